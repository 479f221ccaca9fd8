//! A real OpenID provider (`oidc-provider` on Node.js), started, rotated and ended by the test.

use crate::{told::until, wire::Authority};
use palisade_core::{Clock, ManualClock};
use palisade_jwt::{KeySource as _, Rejection, Verifier, remote::RemoteKeys};
use palisade_testing::{
    programs::{find, not_run},
    servers::free_port,
};
use rustls::{
    ClientConfig, RootCertStore,
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, ServerName, pem::PemObject as _},
};
use std::{
    fs,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst},
    },
    time::Duration,
};
use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    task::JoinSet,
};
use tokio_rustls::TlsConnector;

const AUDIENCE: &str = "https://api.example.com";

/// The provider's own directory, with its program and all that it needs; or nothing, and a note that the test did not run.
fn installed() -> Option<PathBuf> {
    for (program, package) in [("node", "nodejs"), ("npm", "npm")] {
        find(program, package)?;
    }
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/remote/oidc-provider");
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join("oidc-provider");
    let lock = fs::read(source.join("package-lock.json")).unwrap();
    // Copied last, so that it says that the rest is there.
    let stamp = directory.join("installed.json");
    if fs::read(&stamp).ok().as_ref() != Some(&lock) {
        fs::create_dir_all(&directory).unwrap();
        for file in ["package.json", "package-lock.json"] {
            fs::copy(source.join(file), directory.join(file)).unwrap();
        }
        let arguments = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
        let output = Command::new("npm").args(arguments).current_dir(&directory).output().unwrap();
        if !output.status.success() {
            eprintln!("{}", String::from_utf8_lossy(&output.stderr));
            not_run("needs oidc-provider (npm package oidc-provider), which npm could not install");
            return None;
        }
        fs::write(&stamp, lock).unwrap();
    }
    fs::copy(source.join("provider.js"), directory.join("provider.js")).unwrap();
    Some(directory)
}

/// Ended with this value.
struct Provider {
    child: Option<Child>,
    program: PathBuf,
    port: u16,
    directory: TempDir,
    authority: Authority,
    client: TlsConnector,
}

impl Provider {
    fn new(program: PathBuf) -> Self {
        let (directory, authority) = (tempfile::tempdir().unwrap(), Authority::new("ours"));
        let (certificate, key) = authority.pem_of("localhost");
        fs::write(directory.path().join("server.pem"), certificate).unwrap();
        fs::write(directory.path().join("server.key"), key).unwrap();
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_slice(authority.pem().as_bytes()).unwrap()).unwrap();
        let config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        let port = free_port();
        Self { child: None, program, port, directory, authority, client: Arc::new(config).into() }
    }

    fn issuer(&self) -> String {
        format!("https://localhost:{}", self.port)
    }

    fn end(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }

    /// Starts with these keys, in place of the one that runs.
    async fn start(&mut self, keys: &[&str]) {
        self.end();
        let child = Command::new("node")
            .arg("provider.js")
            .arg(self.port.to_string())
            .arg(self.directory.path())
            .args(keys)
            .current_dir(&self.program)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        self.child = Some(child);
        for _ in 0..1_200 {
            if TcpStream::connect(("127.0.0.1", self.port)).await.is_ok() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        panic!("the provider on port {} does not answer", self.port);
    }

    /// A token from its token endpoint.
    async fn token(&self) -> String {
        let body = "grant_type=client_credentials&scope=models:read&client_id=service&client_secret=a-secret-of-the-tests";
        let request = format!(
            "POST /token HTTP/1.1\r\nhost: localhost:{}\r\ncontent-type: application/x-www-form-urlencoded\r\n\
             content-length: {}\r\nconnection: close\r\n\r\n{body}",
            self.port,
            body.len()
        );
        let stream = TcpStream::connect(("127.0.0.1", self.port)).await.unwrap();
        let mut stream =
            self.client.connect(ServerName::try_from("localhost").unwrap(), stream).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        let (_, body) = answer.split_once("\r\n\r\n").unwrap();
        let begin = body.find("\"access_token\":\"").unwrap_or_else(|| panic!("{answer}")) + 16;
        body[begin..].split('"').next().unwrap().to_owned()
    }
}

impl Drop for Provider {
    fn drop(&mut self) {
        self.end();
    }
}

/// Callers whose tokens are good, all the time.
struct Load {
    tokens: Arc<Mutex<Vec<String>>>,
    passed: Arc<AtomicUsize>,
    over: Arc<AtomicBool>,
    callers: JoinSet<()>,
}

impl Load {
    fn start(verifier: &Verifier, token: String) -> Self {
        let (tokens, passed) = (Arc::new(Mutex::new(vec![token])), Arc::new(AtomicUsize::new(0)));
        let (over, mut callers) = (Arc::new(AtomicBool::new(false)), JoinSet::new());
        for _ in 0..8 {
            let (verifier, tokens) = (verifier.clone(), Arc::clone(&tokens));
            let (passed, over) = (Arc::clone(&passed), Arc::clone(&over));
            callers.spawn(async move {
                while !over.load(SeqCst) {
                    let all = tokens.lock().unwrap().clone();
                    for token in all {
                        let now = Clock::system().now().wall;
                        assert_eq!(verifier.verify(&token, now).await.map(drop), Ok(()));
                        passed.fetch_add(1, SeqCst);
                    }
                    tokio::time::sleep(Duration::from_millis(2)).await;
                }
            });
        }
        Self { tokens, passed, over, callers }
    }

    fn with(&self, token: &str) {
        self.tokens.lock().unwrap().push(token.to_owned());
    }

    /// How many passed; a single one that did not is a panic.
    async fn end(mut self) -> usize {
        self.over.store(true, SeqCst);
        while let Some(caller) = self.callers.join_next().await {
            caller.unwrap();
        }
        self.passed.load(SeqCst)
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_real_provider_rotates_under_load_goes_away_and_comes_back() {
    let Some(program) = installed() else { return };
    let mut provider = Provider::new(program);
    let time = ManualClock::new(Clock::system().now().wall);
    let keys = RemoteKeys::issuer(provider.issuer())
        .certificate_authority(provider.authority.pem().as_bytes())
        .allow_network("127.0.0.1/32")
        .clock(Clock::manual(&time))
        .build()
        .unwrap();
    let verifier = Verifier::builder(provider.issuer()).audience(AUDIENCE).keys(keys.clone()).unwrap();
    let verify = async |token: &str| {
        let verdict = verifier.verify(token, Clock::system().now().wall).await;
        verdict.map(|claims| claims.subject().to_owned())
    };
    let service = || Ok("service".to_owned());

    // Not there yet: nothing can be decided, and nothing is kept from starting.
    until("a first round", || keys.status().failures() > 0).await;
    assert!(!keys.status().is_usable());
    provider.start(&["es256-1"]).await;
    let first = provider.token().await;
    time.advance(Duration::from_secs(61));
    assert_eq!(verify(&first).await, service());
    let status = keys.status();
    assert_eq!((status.keys(), status.failures(), status.is_stale()), (1, 0, false), "{status:?}");

    // Rotation: another algorithm even, while callers never stop, and while the provider itself is away for a moment.
    let load = Load::start(&verifier, first.clone());
    time.advance(Duration::from_secs(31));
    provider.start(&["rs256-2", "es256-1"]).await;
    let second = provider.token().await;
    load.with(&second);
    assert_eq!(verify(&second).await, service());
    assert_eq!((verify(&first).await, keys.status().keys()), (service(), 2));
    time.advance(Duration::from_secs(31));
    provider.start(&["eddsa-3", "rs256-2", "es256-1"]).await;
    let third = provider.token().await;
    load.with(&third);
    assert_eq!(verify(&third).await, service());
    assert_eq!(keys.status().keys(), 3);
    assert!(load.end().await > 100);

    // The old keys leave the set, and with them their tokens.
    provider.start(&["eddsa-3"]).await;
    time.advance(Duration::from_secs(700));
    assert!(keys.current().is_some());
    until("the set without old keys", || keys.status().keys() == 1).await;
    assert_eq!(verify(&first).await, Err(Rejection::UnknownKey));
    assert_eq!(verify(&third).await, service());

    // Away: known keys serve a day, an unknown one cannot be decided; then nothing can.
    provider.end();
    time.advance(Duration::from_secs(23 * 3_600));
    assert_eq!(verify(&third).await, service());
    until("a round that fails", || keys.status().failures() > 0).await;
    assert_eq!(verify(&second).await, Err(Rejection::Unavailable));
    time.advance(Duration::from_secs(2 * 3_600));
    assert_eq!(verify(&third).await, Err(Rejection::Unavailable));
    assert!(!keys.status().is_usable() && keys.is_stale());

    // Back.
    provider.start(&["eddsa-3"]).await;
    time.advance(Duration::from_secs(61));
    assert_eq!(verify(&third).await, service());
    assert_eq!((keys.status().is_usable(), keys.status().failures()), (true, 0));
}
