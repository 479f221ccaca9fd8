//! Servers that share keys in one PostgreSQL database.

#![allow(clippy::unwrap_used, reason = "a test may")]

mod running;

use running::{Inference, id_of, refused};
use serde_json::json;
use std::{
    env, fs,
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::Duration,
};
use tempfile::TempDir;

const KEYS: &str = "/api/v1/auth/api-keys";

/// A PostgreSQL server on a free port, ended with this value.
struct Postgres {
    child: Child,
    url: String,
    _directory: TempDir,
}

impl Postgres {
    /// Nothing, and a note, where this machine has none. With a certificate and its key, in PEM, it speaks TLS.
    fn start(tls: Option<(&str, &str)>) -> Option<Self> {
        let Some(programs) = programs() else {
            running::not_run("postgres", "postgresql-15");
            return None;
        };
        let directory = tempfile::tempdir().unwrap();
        // Where this is root, it is the other user's from now on.
        let _ = Command::new("chown").arg("postgres").arg(directory.path()).stderr(Stdio::null()).status();
        let data = directory.path().join("data");
        let mut initdb = command(&programs.join("initdb"));
        initdb.args(["--auth=trust", "--username=palisade", "--no-locale", "--no-sync", "-D"]).arg(&data);
        let made = initdb.current_dir("/").output().unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut postgres = command(&programs.join("postgres"));
        if let Some((certificate, key)) = tls {
            postgres.args(["-c", "ssl=on"]);
            for (setting, text) in [("ssl_cert_file", certificate), ("ssl_key_file", key)] {
                let path = directory.path().join(setting);
                fs::write(&path, text).unwrap();
                assert!(Command::new("chmod").arg("600").arg(&path).status().unwrap().success());
                let _ = Command::new("chown").arg("postgres").arg(&path).stderr(Stdio::null()).status();
                postgres.args(["-c", &format!("{setting}={}", path.display())]);
            }
        }
        let child = postgres
            .arg("-D")
            .arg(&data)
            .args(["-p", &port.to_string(), "-h", "127.0.0.1", "-F", "-c", "unix_socket_directories="])
            .current_dir("/")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let url = format!("postgres://palisade@127.0.0.1:{port}/postgres");
        let server = Self { child, url, _directory: directory };
        let ready = (0..2_400).any(|_| {
            thread::sleep(Duration::from_millis(25));
            let status = fs::read_to_string(data.join("postmaster.pid")).unwrap_or_default();
            status.lines().nth(7).is_some_and(|line| line.trim() == "ready")
        });
        assert!(ready);
        Some(server)
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        let stop = format!("kill -QUIT {}", self.child.id());
        let _ = Command::new("sh").args(["-c", &stop]).status();
        let _ = self.child.wait();
    }
}

/// Where Debian has the programs, or the search path.
fn programs() -> Option<PathBuf> {
    let debian = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let debian = debian.map(|version| version.path().join("bin"));
    let path = env::var_os("PATH").unwrap_or_default();
    debian.chain(env::split_paths(&path)).find(|place| place.join("postgres").is_file())
}

/// PostgreSQL does not run as root.
fn command(program: &Path) -> Command {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    if !status.lines().any(|line| line.starts_with("Uid:\t0\t0")) {
        return Command::new(program);
    }
    let mut command = Command::new("setpriv");
    command.args(["--reuid=postgres", "--regid=postgres", "--clear-groups", "--"]).arg(program);
    command
}

#[test]
fn servers_on_one_database_share_keys_and_users_and_one_of_them_makes_the_first() {
    let Some(postgres) = Postgres::start(None) else { return };
    let dir = tempfile::tempdir().unwrap();
    let secret = "0123456789abcdef0123456789abcdef";
    let signing = "s7Vq0pXk2LmZ9cRt4NwB8yHdJ6fGaE1u";
    let shared = [
        ("DATABASE_URL", &*postgres.url),
        ("INFERENCE_CHECK_KEY", secret),
        ("INFERENCE_PEPPER", secret),
        ("INFERENCE_JWT_SECRET", signing),
    ];
    let servers: Vec<_> = thread::scope(|scope| {
        let start = |name: &str| {
            let data = dir.path().join(name);
            scope.spawn(move || Inference::start_with(&data, &[], &shared))
        };
        let starts = [start("one"), start("other")];
        starts.into_iter().map(|start| start.join().unwrap()).collect()
    });
    let admins: Vec<_> = servers.iter().filter_map(Inference::key).collect();
    assert_eq!(admins.len(), 1);
    let [one, other] = &*servers else { unreachable!() };

    // One made the user too; a login on either holds on both, and so does its end.
    let password: Vec<_> = servers.iter().filter_map(Inference::password).collect();
    let [password] = *password else { unreachable!("{}{}", one.greeting, other.greeting) };
    let login = json!({"username": "admin", "password": password}).to_string();
    let session = one.send("POST /api/v1/auth/login", None, &login);
    let (token, refresh) = (session.text("token"), session.text("refresh_token"));
    assert_eq!(other.ask("GET /api/v1/users", &token, "").status, 200);
    let body = json!({ "refresh_token": refresh }).to_string();
    assert_eq!(other.send("POST /api/v1/auth/logout", None, &body).status, 204);
    assert_eq!(one.ask("GET /api/v1/users", &token, "").status, 401);

    let made =
        one.send(&format!("POST {KEYS}"), Some(admins[0]), r#"{"name":"x","permissions":["read_models"]}"#);
    let key = made.text("key");
    assert_eq!(other.send("GET /api/v1/models", Some(&key), "").status, 200);
    assert_eq!(one.send(&format!("DELETE {KEYS}/{}", id_of(&key)), Some(admins[0]), "").status, 204);
    assert_eq!(one.send("GET /api/v1/models", Some(&key), "").status, 401);
    let gone = (0..60).any(|_| {
        thread::sleep(Duration::from_millis(100));
        other.send("GET /api/v1/models", Some(&key), "").status == 401
    });
    assert!(gone);

    // A third one that has no secrets makes none of its own, and one with others is refused.
    let third = dir.path().join("third");
    let serve = ["--listen", "127.0.0.1:0"];
    let text = refused(&third, &serve, &shared[..1]);
    assert!(text.contains("is missing") && !third.join("secrets.json").exists(), "{text}");
    let others = [shared[0], shared[1], ("INFERENCE_PEPPER", "another pepper of thirty-two byte")];
    assert!(refused(&third, &serve, &others).contains("other secrets"));
}

#[test]
fn a348_a_database_is_asked_over_tls_and_only_the_right_one() {
    let dir = tempfile::tempdir().unwrap();
    let authority = |name: &str| {
        let mut params = rcgen::CertificateParams::default();
        params.distinguished_name.push(rcgen::DnType::CommonName, name);
        params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        let made = rcgen::CertifiedIssuer::self_signed(params, rcgen::KeyPair::generate().unwrap()).unwrap();
        fs::write(dir.path().join(name), made.pem()).unwrap();
        made
    };
    let (ours, _theirs) = (authority("ours.pem"), authority("theirs.pem"));
    let key = rcgen::KeyPair::generate().unwrap();
    let params = rcgen::CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap();
    let certificate = params.signed_by(&key, &ours).unwrap();
    let Some(postgres) = Postgres::start(Some((&certificate.pem(), &key.serialize_pem()))) else { return };
    let url = |roots: &str| {
        let roots = dir.path().join(roots);
        format!("{}?sslmode=verify-full&sslrootcert={}", postgres.url, roots.display())
    };
    let secret = "0123456789abcdef0123456789abcdef";
    let variables =
        |url| [("DATABASE_URL", url), ("INFERENCE_CHECK_KEY", secret), ("INFERENCE_PEPPER", secret)];
    let (right, wrong) = (url("ours.pem"), url("theirs.pem"));
    let server = Inference::start_with(&dir.path().join("data"), &[], &variables(&right));
    let served = (0..100).any(|_| {
        thread::sleep(Duration::from_millis(100));
        server.send("GET /api/v1/models", server.key(), "").status == 200
    });
    assert!(served);
    let listen = ["--listen", "127.0.0.1:0"];
    let text = refused(&dir.path().join("other"), &listen, &variables(&wrong));
    assert!(text.contains("the database cannot be used"), "{text}");
}
