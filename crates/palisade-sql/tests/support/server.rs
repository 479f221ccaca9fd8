//! A PostgreSQL server of this machine on a free port.

use super::{Notes, until};
use palisade_sql::{SqlStore, SqlStoreBuilder};
use sqlx::{AssertSqlSafe, Connection as _, PgConnection, Row as _};
use std::{
    env, fs,
    io::Write as _,
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{
        Arc, Mutex, PoisonError, Weak,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    thread,
    time::Duration,
};
use tempfile::TempDir;

/// A server, ended with this value.
#[derive(Debug)]
pub struct Server {
    child: Child,
    pub port: u16,
    directory: TempDir,
    programs: PathBuf,
    arguments: Vec<String>,
    databases: AtomicUsize,
}

static SHARED: Mutex<Weak<Server>> = Mutex::new(Weak::new());

/// The server of the tests that leave it as it was; it ends with the last of them. Nothing, and a note, where there is none.
pub fn shared() -> Option<Arc<Server>> {
    let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(server) = shared.upgrade() {
        return Some(server);
    }
    let server = Arc::new(Server::start()?);
    *shared = Arc::downgrade(&server);
    Some(server)
}

/// Where Debian has the programs, or the search path.
fn programs() -> Option<PathBuf> {
    let debian = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut places: Vec<_> = debian.map(|version| version.path().join("bin")).collect();
    places.extend(env::var_os("PATH").iter().flat_map(env::split_paths));
    let found = places.into_iter().find(|place| place.join("postgres").is_file());
    if found.is_none() {
        not_run("needs postgres (Debian package postgresql-15)");
    }
    found
}

fn not_run(reason: &str) {
    eprintln!("NOT RUN: {reason}");
    if let Some(path) = env::var_os("PALISADE_NOT_RUN") {
        let mut file = fs::OpenOptions::new().create(true).append(true).open(path).unwrap();
        writeln!(file, "{reason}").unwrap();
    }
}

/// PostgreSQL does not run as root.
fn command(program: &Path) -> Command {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let is_root = status.lines().any(|line| line.starts_with("Uid:\t0\t0"));
    if !is_root {
        return Command::new(program);
    }
    let mut command = Command::new("setpriv");
    command.args(["--reuid=postgres", "--regid=postgres", "--clear-groups", "--"]).arg(program);
    command
}

fn run(command: &mut Command) {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
}

impl Server {
    /// One for a test alone.
    pub fn start() -> Option<Self> {
        Self::start_with(&[])
    }

    /// One that speaks TLS, with this certificate and key in PEM.
    pub fn start_with_tls(certificate: &str, key: &str) -> Option<Self> {
        Self::start_with(&[("server.crt", certificate), ("server.key", key)])
    }

    /// One with these files beside its data, which are those of TLS.
    fn start_with(files: &[(&str, &str)]) -> Option<Self> {
        let programs = programs()?;
        let directory = tempfile::tempdir().unwrap();
        // Where this is root, it is the other user's from now on.
        let _ = Command::new("chown").arg("postgres").arg(directory.path()).stderr(Stdio::null()).status();
        let data = directory.path().join("data");
        let mut initdb = command(&programs.join("initdb"));
        initdb.args([
            "--auth=trust",
            "--username=palisade",
            "--encoding=UTF8",
            "--no-locale",
            "--no-sync",
            "-D",
        ]);
        run(initdb.arg(&data).current_dir("/"));
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut arguments = Vec::new();
        if !files.is_empty() {
            let place = |name: &str| directory.path().join(name);
            for (name, text) in files {
                fs::write(place(name), text).unwrap();
                // Keys are for the server alone.
                run(Command::new("chmod").arg("600").arg(place(name)));
                let _ = Command::new("chown").arg("postgres").arg(place(name)).stderr(Stdio::null()).status();
            }
            let (certificate, key) = (place("server.crt"), place("server.key"));
            arguments.extend(["-c".to_owned(), "ssl=on".to_owned(), "-c".to_owned()]);
            arguments.push(format!("ssl_cert_file={}", certificate.display()));
            arguments.push("-c".to_owned());
            arguments.push(format!("ssl_key_file={}", key.display()));
        }
        let child = spawn(&programs, &data, port, &arguments);
        let server = Self { child, port, directory, programs, arguments, databases: AtomicUsize::new(0) };
        server.wait();
        Some(server)
    }

    fn data(&self) -> PathBuf {
        self.directory.path().join("data")
    }

    fn wait(&self) {
        for _ in 0..2_400 {
            let status = fs::read_to_string(self.data().join("postmaster.pid")).unwrap_or_default();
            if status.lines().nth(7).is_some_and(|line| line.trim() == "ready") {
                return;
            }
            thread::sleep(Duration::from_millis(25));
        }
        panic!("the server on port {} is not ready", self.port);
    }

    pub fn url(&self, database: &str) -> String {
        format!("postgres://palisade:secret@127.0.0.1:{}/{database}", self.port)
    }

    /// A database that no other test uses.
    pub async fn database(&self) -> String {
        let name = format!("test{}", self.databases.fetch_add(1, Relaxed));
        self.say("postgres", &format!("CREATE DATABASE {name}")).await;
        name
    }

    pub async fn client(&self, database: &str) -> PgConnection {
        PgConnection::connect(&self.url(database)).await.unwrap()
    }

    /// Says something to a database.
    pub async fn say(&self, database: &str, words: &str) {
        let mut client = self.client(database).await;
        sqlx::raw_sql(AssertSqlSafe(words.to_owned())).execute(&mut client).await.unwrap();
        client.close().await.unwrap();
    }

    /// Asks for a number.
    pub async fn number(&self, database: &str, words: &str) -> i64 {
        let mut client = self.client(database).await;
        sqlx::query(AssertSqlSafe(words.to_owned())).fetch_one(&mut client).await.unwrap().get(0)
    }

    /// Waits until a store hears of changes: of one that means that anything may have changed.
    pub async fn hears(&self, database: &str, notes: &Notes) {
        let before = notes.missed();
        until("hearing of changes", async || {
            self.say(database, "NOTIFY palisade_keys, 'anything'").await;
            notes.missed() > before
        })
        .await;
    }

    /// As a crash of the machine would; what it started ends with it.
    pub fn kill(&mut self) {
        self.signal("QUIT");
        let _ = self.child.wait();
    }

    pub fn start_again(&mut self) {
        let _ = fs::remove_file(self.data().join("postmaster.pid"));
        self.child = spawn(&self.programs, &self.data(), self.port, &self.arguments);
        self.wait();
    }

    fn signal(&self, signal: &str) {
        let pid = self.child.id().to_string();
        let _ = Command::new("kill").args(["-s", signal, &pid]).stderr(Stdio::null()).status();
    }
}

fn spawn(programs: &Path, data: &Path, port: u16, arguments: &[String]) -> Child {
    command(&programs.join("postgres"))
        .arg("-D")
        .arg(data)
        .args(["-p", &port.to_string(), "-h", "127.0.0.1", "-k", "", "-F", "-c", "max_connections=200"])
        .args(arguments)
        .current_dir("/")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

impl Drop for Server {
    fn drop(&mut self) {
        // Fast, not immediate: nothing of it is left in memory that processes share.
        self.signal("INT");
        let _ = self.child.wait();
    }
}

/// A store that waits for a machine that is busy with other things.
pub fn patient(url: &str) -> SqlStoreBuilder {
    SqlStore::builder(url).acquire_timeout(Duration::from_secs(2)).query_timeout(Duration::from_secs(2))
}
