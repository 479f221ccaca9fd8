//! The files for nginx in `docs/deploy.md`, taken out of the page and run in front of a service.

#![allow(clippy::unwrap_used, clippy::panic, reason = "these are tests")]

use palisade::routes::{Routes, get};
use palisade::{Auth, Client, ClientIp, ProxyHeader, SecurityHeaders, Stack, TrustedProxies};
use std::{
    fs,
    net::{SocketAddr, TcpListener, TcpStream},
    path::Path,
    process::{Child, Command, Stdio},
    thread::sleep,
    time::Duration,
};
use tempfile::TempDir;
use tests::{
    program::has,
    server::{Handled, READ, Server, TOKEN, tokens},
};

const PAGE: &str = include_str!("../../docs/deploy.md");

/// The block of the page whose first line begins so.
fn file(first: &str) -> &'static str {
    let blocks = PAGE.split("```nginx\n").skip(1).filter_map(|rest| rest.split("```").next());
    let mut found = blocks.filter(|block| block.starts_with(first));
    let block = found.next().unwrap_or_else(|| panic!("no block `{first}` in docs/deploy.md"));
    assert!(found.next().is_none(), "two blocks `{first}`");
    block
}

/// Replaces what stands there, and only where it does.
fn swap(text: &str, from: &str, to: &str) -> String {
    assert!(text.contains(from), "`{from}` is gone from docs/deploy.md");
    text.replace(from, to)
}

fn openssl(directory: &Path, line: &str) {
    let output = Command::new("openssl").args(line.split(' ')).current_dir(directory).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// A service behind nginx; both end when dropped.
struct Fronted {
    service: Server,
    nginx: Child,
    plain: u16,
    tls: u16,
    directory: TempDir,
}

/// The settings that the page shows, behind nginx with the file of the page and these lines in its server; nothing where a program is missing.
async fn front(more: &str) -> Option<Fronted> {
    let programs = [("nginx", "nginx-light"), ("openssl", "openssl"), ("curl", "curl")];
    if !programs.map(|(program, package)| has(program, package)).into_iter().all(|found| found) {
        return None;
    }
    let routes = Routes::new()
        .route("/who", get(async |client: Client| client.ip.to_string()).public())
        .route(
            "/authorization",
            get(async |headers: http::HeaderMap| headers.contains_key("authorization").to_string()).public(),
        )
        .route("/models", get(async |client: Client| client.ip.to_string()).requires(READ));
    let client_ip =
        ClientIp::behind(TrustedProxies::parse(["127.0.0.1"]).unwrap(), ProxyHeader::XForwardedFor);
    let stack = Stack::new(Auth::with(tokens()))
        .client_ip(client_ip)
        .require_https()
        .security_headers(SecurityHeaders::api().always_https());
    let service = Server::serve(stack.protect(routes).unwrap(), Handled::default()).await;

    let directory = tempfile::tempdir().unwrap();
    let at = directory.path();
    openssl(
        at,
        "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost \
         -addext subjectAltName=DNS:localhost,IP:127.0.0.1 -keyout api.key -out api.pem",
    );
    fs::write(at.join("api.htpasswd"), format!("ops:{}\n", hash("correct horse"))).unwrap();
    authority(at);

    // Taken just now and free again: another may be faster, and then nginx is started once more.
    for _ in 0..5 {
        let [plain, tls] = free();
        let server = file("# /etc/nginx/conf.d/api.conf");
        let server = swap(server, "127.0.0.1:8080", &service.addr.to_string());
        let server = swap(&server, "listen 80;", &format!("listen 127.0.0.1:{plain};"));
        let server = swap(&server, "listen 443 ssl;", &format!("listen 127.0.0.1:{tls} ssl;"));
        let server = swap(&server, "location / {", &format!("{more}\n    location / {{"));
        let server = server.replace("/etc/ssl", &at.display().to_string());
        let server = server.replace("/etc/nginx", &at.display().to_string());
        let paths: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
            .map(|kind| format!("{kind}_temp_path {}/{kind};\n", at.display()))
            .concat();
        let whole = format!(
            "daemon off; master_process off; pid {0}/pid; error_log stderr warn;\nevents {{}}\n\
             http {{ access_log off;\n{paths}{server}}}\n",
            at.display()
        );
        fs::write(at.join("nginx.conf"), whole).unwrap();
        let mut nginx = Command::new("nginx")
            .args(["-e", "stderr", "-p"])
            .arg(at)
            .arg("-c")
            .arg(at.join("nginx.conf"))
            .stdin(Stdio::null())
            .stderr(fs::File::create(at.join("faults")).unwrap())
            .spawn()
            .unwrap();
        if listens(&mut nginx, plain, &at.join("pid")) {
            return Some(Fronted { service, nginx, plain, tls, directory });
        }
    }
    panic!("nginx does not start: {}", fs::read_to_string(at.join("faults")).unwrap());
}

/// As the page says: `openssl passwd -6`.
fn hash(password: &str) -> String {
    let output = Command::new("openssl").args(["passwd", "-6", password]).output().unwrap();
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// The authority and the client of the page, by its own lines.
fn authority(at: &Path) {
    let lines = PAGE.lines().filter(|line| line.starts_with("openssl ") && line.contains("-out c"));
    let mut count = 0;
    for line in lines {
        openssl(at, &line.trim_start_matches("openssl ").replace('"', ""));
        count += 1;
    }
    assert_eq!(count, 3, "an authority, a request and a certificate");
}

fn free() -> [u16; 2] {
    let listeners = [TcpListener::bind("127.0.0.1:0").unwrap(), TcpListener::bind("127.0.0.1:0").unwrap()];
    listeners.map(|listener| listener.local_addr().unwrap().port())
}

/// Whether it takes connections, within half a minute and before it ends. It writes its number when the ports are its own;
/// without that, somebody else may listen there.
fn listens(nginx: &mut Child, port: u16, number: &Path) -> bool {
    for _ in 0..1_500 {
        if nginx.try_wait().unwrap().is_some() {
            return false;
        }
        if number.exists() && TcpStream::connect(SocketAddr::from(([127, 0, 0, 1], port))).is_ok() {
            return true;
        }
        sleep(Duration::from_millis(20));
    }
    let _ = nginx.kill();
    let _ = nginx.wait();
    false
}

impl Drop for Fronted {
    fn drop(&mut self) {
        let _ = self.nginx.kill();
        let _ = self.nginx.wait();
    }
}

/// Whose client is asked from another address than the proxy's, so that the two can be told apart.
const FROM: &str = "127.0.0.2";

impl Fronted {
    /// Status and body of what curl reads over TLS.
    async fn get(&self, path: &str, arguments: &[&str]) -> (u16, String) {
        self.curl(FROM, &format!("https://127.0.0.1:{}{path}", self.tls), arguments).await
    }

    async fn curl(&self, from: &str, url: &str, arguments: &[&str]) -> (u16, String) {
        let mut curl = Command::new("curl");
        curl.args(["-sS", "--max-time", "60", "--noproxy", "*", "--interface", from, "--cacert", "api.pem"])
            .args(["-w", "\n%{http_code}", url])
            .args(arguments)
            .current_dir(self.directory.path());
        let text = tests::program::printed(curl).await;
        let (body, status) = text.rsplit_once('\n').unwrap();
        (status.parse().unwrap(), body.to_owned())
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn behind_nginx_the_client_is_the_client_and_nothing_comes_in_the_clear() {
    let Some(fronted) = front("").await else { return };
    let bearer = format!("Authorization: Bearer {TOKEN}");

    assert_eq!(fronted.get("/who", &[]).await, (200, FROM.to_owned()));
    assert_eq!(fronted.get("/models", &["-H", &bearer]).await, (200, FROM.to_owned()));
    assert_eq!(fronted.get("/models", &[]).await.0, 401);
    let (_, head) = fronted.get("/who", &["-D", "-", "-o", "/dev/null"]).await;
    assert!(head.to_ascii_lowercase().contains("strict-transport-security:"), "{head}");

    // What a client says of itself is not believed, in whatever header and however often.
    for spoofed in ["X-Forwarded-For: 203.0.113.9", "Forwarded: for=203.0.113.9", "X-Real-IP: 203.0.113.9"] {
        let lines = ["-H", spoofed, "-H", "X-Forwarded-For: 127.0.0.1", "-H", "X-Forwarded-Proto: https"];
        assert_eq!(fronted.get("/who", &lines).await, (200, FROM.to_owned()), "{spoofed}");
    }

    // Without TLS, whatever it says of the scheme.
    let plain = format!("http://127.0.0.1:{}/models", fronted.plain);
    for line in ["A: b", "X-Forwarded-Proto: https", "X-Forwarded-Proto: https, http"] {
        let (status, body) = fronted.curl(FROM, &plain, &["-H", line, "-H", &bearer]).await;
        assert!(status == 403 && body.contains("\"error\""), "{line}: {status} {body}");
    }

    // Around the proxy: neither the address nor the scheme is believed of a stranger.
    let around = format!("http://{}/who", fronted.service.addr);
    let lines = ["-H", "X-Forwarded-For: 203.0.113.9", "-H", "X-Forwarded-Proto: https"];
    assert_eq!(fronted.curl("127.0.0.3", &around, &lines).await.0, 403);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_password_in_front_is_asked_for_and_goes_no_further() {
    let Some(fronted) = front(file("# basic.conf")).await else { return };
    assert_eq!(fronted.get("/who", &[]).await.0, 401);
    assert_eq!(fronted.get("/who", &["-u", "ops:wrong"]).await.0, 401);
    assert_eq!(fronted.get("/who", &["-u", "nobody:correct horse"]).await.0, 401);
    let (_, head) = fronted.get("/who", &["-D", "-", "-o", "/dev/null"]).await;
    assert!(head.contains("WWW-Authenticate: Basic realm=\"api\""), "{head}");

    let known = ["-u", "ops:correct horse"];
    assert_eq!(fronted.get("/who", &known).await, (200, FROM.to_owned()));
    assert_eq!(fronted.get("/authorization", &known).await, (200, "false".to_owned()));
    // What the service demands itself it still demands.
    assert_eq!(fronted.get("/models", &known).await.0, 401);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn certificates_of_clients_are_demanded_in_front() {
    let Some(fronted) = front(file("# certificates.conf")).await else { return };
    assert_eq!(fronted.get("/who", &[]).await.0, 400);
    // A certificate that the authority did not sign.
    assert_eq!(fronted.get("/who", &["--cert", "api.pem", "--key", "api.key"]).await.0, 400);
    let known = ["--cert", "ci.pem", "--key", "ci.key"];
    assert_eq!(fronted.get("/who", &known).await, (200, FROM.to_owned()));
    assert_eq!(fronted.get("/models", &known).await.0, 401);
}
