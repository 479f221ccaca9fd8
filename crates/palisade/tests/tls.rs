//! TLS that this process ends, against clients that others wrote.
#![cfg(all(feature = "tls", feature = "observe"))]
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use palisade::{
    AccessLog, Auth, Protected, Routes, ServerTls, Stack, StaticToken, StaticTokens, TlsError, routes::get,
    serve_tls_until, serve_until,
};
use palisade_testing::programs::find;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use std::{
    fs,
    io::{self, Write},
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Output, Stdio},
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    process::Command,
    sync::oneshot,
    task::JoinHandle,
    time::timeout,
};

const TOKEN: &str = "Hf2qVbnKx7dPz0sWmT4cLe9R";

/// A directory with `ca.pem`, `server.pem` and `server.key`.
struct Papers {
    directory: tempfile::TempDir,
    authority: CertifiedIssuer<'static, KeyPair>,
}

impl Papers {
    fn new() -> Self {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, "an authority of this test");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let authority = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        let papers = Self { directory: tempfile::tempdir().unwrap(), authority };
        fs::write(papers.path("ca.pem"), papers.authority.pem()).unwrap();
        papers.issue();
        papers
    }

    /// Writes another certificate of the same authority.
    fn issue(&self) {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(vec!["localhost".to_owned(), "127.0.0.1".to_owned()]).unwrap();
        fs::write(self.path("server.pem"), params.signed_by(&key, &self.authority).unwrap().pem()).unwrap();
        fs::write(self.path("server.key"), key.serialize_pem()).unwrap();
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    fn tls(&self) -> ServerTls {
        ServerTls::files(self.path("server.pem"), self.path("server.key")).unwrap()
    }
}

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn app(lines: &Lines) -> Protected {
    let routes = Routes::new()
        .route("/health", get(async || "ok").public())
        .route("/models", get(async || "llama-7b").authenticated());
    let tokens = StaticTokens::new([StaticToken::named("ci").value(TOKEN)]).unwrap();
    let log = AccessLog::json(lines.clone()).build().unwrap();
    Stack::new(Auth::with(tokens)).require_https().access_log(log).protect(routes).unwrap()
}

struct Server {
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    task: JoinHandle<io::Result<()>>,
}

impl Server {
    async fn start(app: Protected, tls: Option<ServerTls>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel::<()>();
        let stopped = async { drop(stopped.await) };
        let task = match tls {
            Some(tls) => tokio::spawn(serve_tls_until(listener, app, tls, stopped)),
            None => tokio::spawn(serve_until(listener, app, stopped)),
        };
        Self { address, stop, task }
    }

    async fn stop(self) {
        self.stop.send(()).unwrap();
        timeout(Duration::from_secs(10), self.task).await.unwrap().unwrap().unwrap();
    }
}

/// Whether the program is there; a missing one is said aloud.
fn has(program: &str) -> bool {
    find(program, program).is_some()
}

async fn curl(authority: &Path, address: SocketAddr, args: &[&str]) -> Output {
    let url = format!("https://localhost:{}/models", address.port());
    let mut command = Command::new("curl");
    command.args(["-sS", "--max-time", "10", "--cacert"]).arg(authority).args(args).arg(url);
    command.output().await.unwrap()
}

async fn s_client(address: SocketAddr, args: &[&str]) -> String {
    let address = address.to_string();
    let mut command = Command::new("openssl");
    command
        .args(["s_client", "-connect", &address, "-brief"])
        .args(args)
        .stdin(Stdio::null())
        .kill_on_drop(true);
    let output = timeout(Duration::from_secs(10), command.output()).await.unwrap().unwrap();
    String::from_utf8_lossy(&output.stderr).into_owned() + &String::from_utf8_lossy(&output.stdout)
}

#[tokio::test]
async fn a250_what_is_older_than_tls_1_2_gets_an_alert_and_the_version_is_logged() {
    if !(has("openssl") && has("curl")) {
        return;
    }
    let (papers, lines) = (Papers::new(), Lines::default());
    let server = Server::start(app(&lines), Some(papers.tls())).await;
    // Security level 0, or this client itself would not even try.
    for old in ["-tls1_1", "-tls1"] {
        let said = s_client(server.address, &[old, "-cipher", "ALL:@SECLEVEL=0"]).await;
        assert!(said.contains("SSL alert number") && !said.contains("ESTABLISHED"), "{old}: {said}");
    }
    let said =
        s_client(server.address, &["-tls1_2", "-cipher", "AES128-SHA:AES256-SHA:RC4-SHA:@SECLEVEL=0"]).await;
    assert!(said.contains("handshake failure"), "{said}");
    let bearer = format!("authorization: Bearer {TOKEN}");
    for (versions, http, expected) in [
        (["--tls-max", "1.2"], "--http1.1", "TLSv1.2"),
        (["--tlsv1.3", "--no-keepalive"], "--http1.1", "TLSv1.3"),
        (["--tlsv1.3", "--no-keepalive"], "--http2", "TLSv1.3"),
    ] {
        lines.0.lock().unwrap().clear();
        let args = [versions[0], versions[1], http, "-i", "-H", &bearer];
        let output = curl(&papers.path("ca.pem"), server.address, &args).await;
        let text = String::from_utf8_lossy(&output.stdout).to_lowercase();
        assert!(output.status.success() && text.ends_with("llama-7b"), "{versions:?} {output:?}");
        assert!(text.starts_with(if http == "--http2" { "http/2 200" } else { "http/1.1 200" }), "{text}");
        assert!(text.contains("strict-transport-security: max-age=31536000"), "{text}");
        let mut line = String::new();
        for _ in 0..100 {
            line = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
            if line.contains('\n') {
                break;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        assert!(line.contains(&format!(r#""tls":"{expected}""#)), "{line}");
    }
    server.stop().await;
}

#[tokio::test]
async fn without_tls_everything_is_refused_and_a_credential_is_told_to_be_exposed() {
    let lines = Lines::default();
    let server = Server::start(app(&lines), None).await;
    let ask = async |head: &str| {
        let mut stream = TcpStream::connect(server.address).await.unwrap();
        let request = format!("{head}\r\nhost: localhost\r\nconnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        answer
    };
    let plain = ask("GET /health HTTP/1.1").await;
    assert!(
        plain.starts_with("HTTP/1.1 403") && plain.contains(r#""message":"HTTPS is required""#),
        "{plain}"
    );
    let forged = ask("GET /health HTTP/1.1\r\nx-forwarded-proto: https").await;
    assert!(forged.starts_with("HTTP/1.1 403"), "{forged}");
    let exposed = ask(&format!("GET /models HTTP/1.1\r\nauthorization: Bearer {TOKEN}")).await;
    assert!(exposed.starts_with("HTTP/1.1 403") && exposed.contains("must be replaced"), "{exposed}");
    assert!(!exposed.contains("strict-transport-security"), "{exposed}");
    server.stop().await;
    let told = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
    assert!(told.contains(r#""denied":"credential_in_clear""#) && !told.contains(r#""tls""#), "{told}");
}

#[tokio::test]
async fn a_client_that_never_shakes_hands_keeps_nobody_waiting() {
    if !has("curl") {
        return;
    }
    let (papers, lines) = (Papers::new(), Lines::default());
    let server = Server::start(app(&lines), Some(papers.tls())).await;
    let mut silent = Vec::new();
    for _ in 0..50 {
        silent.push(TcpStream::connect(server.address).await.unwrap());
    }
    let mut garbage = TcpStream::connect(server.address).await.unwrap();
    garbage.write_all(b"GET / HTTP/1.1\r\n\r\n").await.unwrap();
    let bearer = format!("authorization: Bearer {TOKEN}");
    let output = curl(&papers.path("ca.pem"), server.address, &["-H", &bearer]).await;
    assert_eq!(output.stdout, b"llama-7b", "{output:?}");
    server.stop().await;
}

#[tokio::test]
async fn a_certificate_is_replaced_without_a_restart_and_a_broken_one_is_not_taken() {
    let papers = Papers::new();
    let tls = papers.tls();
    assert!(!tls.reload().unwrap(), "nothing changed");
    papers.issue();
    // Two files written within the clock's grain of each other still differ in what they hold, not always in length.
    fs::write(papers.path("server.pem"), fs::read_to_string(papers.path("server.pem")).unwrap() + "\n")
        .unwrap();
    assert!(tls.reload().unwrap());
    assert!(!tls.reload().unwrap());
    fs::write(papers.path("server.pem"), "not a certificate").unwrap();
    assert!(matches!(tls.reload(), Err(TlsError::NoCertificate)));
    assert!(!tls.reload().unwrap(), "told once, not every minute");
    if has("curl") {
        let server = Server::start(app(&Lines::default()), Some(tls)).await;
        let bearer = format!("authorization: Bearer {TOKEN}");
        let output = curl(&papers.path("ca.pem"), server.address, &["-H", &bearer]).await;
        assert_eq!(output.stdout, b"llama-7b", "the one before still serves: {output:?}");
        server.stop().await;
    }
}

#[test]
fn papers_that_do_not_belong_together_refuse_to_start() {
    let (ours, theirs) = (Papers::new(), Papers::new());
    let read = |papers: &Papers, name: &str| fs::read(papers.path(name)).unwrap();
    let (certificate, key) = (read(&ours, "server.pem"), read(&theirs, "server.key"));
    assert!(matches!(ServerTls::pem(&certificate, &key), Err(TlsError::Unusable(_))));
    assert!(matches!(ServerTls::pem(b"", &key), Err(TlsError::NoCertificate)));
    assert!(matches!(ServerTls::pem(&certificate, b"secret"), Err(TlsError::NoKey)));
    let error = ServerTls::files(ours.path("none.pem"), ours.path("server.key")).unwrap_err();
    assert!(error.to_string().contains("none.pem"), "{error}");
    let debug = format!("{:?}", ours.tls());
    assert!(!debug.contains("PRIVATE"), "{debug}");
}

#[tokio::test]
async fn as_many_clients_as_may_shake_hands_at_once_keep_nobody_out() {
    if !has("curl") {
        return;
    }
    let papers = Papers::new();
    let server = Server::start(app(&Lines::default()), Some(papers.tls())).await;
    let mut silent = Vec::new();
    for _ in 0..palisade::HANDSHAKES + 10 {
        silent.push(TcpStream::connect(server.address).await.unwrap());
    }
    let bearer = format!("authorization: Bearer {TOKEN}");
    let args = ["--connect-timeout", "5", "-H", &bearer];
    let output = curl(&papers.path("ca.pem"), server.address, &args).await;
    assert_eq!(output.stdout, b"llama-7b", "{output:?}");
    server.stop().await;
}

#[test]
fn a_certificate_that_could_not_be_read_for_a_moment_is_read_again() {
    let papers = Papers::new();
    let tls = papers.tls();
    papers.issue();
    fs::write(papers.path("server.pem"), fs::read_to_string(papers.path("server.pem")).unwrap() + "\n")
        .unwrap();
    let (key, away) = (papers.path("server.key"), papers.path("away"));
    fs::rename(&key, &away).unwrap();
    fs::create_dir(&key).unwrap();
    assert!(matches!(tls.reload(), Err(TlsError::Unreadable { .. })));
    assert!(tls.reload().is_err(), "nothing was read, so it is tried again");
    fs::remove_dir(&key).unwrap();
    fs::rename(&away, &key).unwrap();
    assert!(tls.reload().unwrap());
}

#[tokio::test]
async fn only_tls_1_3_where_that_is_said() {
    if !has("openssl") {
        return;
    }
    let papers = Papers::new();
    let server = Server::start(app(&Lines::default()), Some(papers.tls().only_tls13())).await;
    let said = s_client(server.address, &["-tls1_2"]).await;
    assert!(said.contains("SSL alert number") && !said.contains("ESTABLISHED"), "{said}");
    let said = s_client(server.address, &["-tls1_3"]).await;
    assert!(said.contains("ESTABLISHED"), "{said}");
    server.stop().await;
}
