//! TLS as settings name it.

#![cfg(all(feature = "config", feature = "tls"))]
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use palisade::{
    BoundedListener,
    config::{Assembly, Reload, Sources},
    routes::{Routes, get},
    serve_until,
};
use palisade_testing::programs::find;
use rcgen::{CertifiedKey, generate_simple_self_signed};
use std::path::Path;
use tokio::{net::TcpListener, process::Command, sync::oneshot};

fn toml(directory: &Path, more: &str) -> String {
    format!(
        "auth = \"disabled\"\nserver.require_https = true\n[tls]\ncertificates = \"{0}/api.pem\"\nkey = \"{0}/api.key\"\n{more}",
        directory.display()
    )
}

fn write_certificate(directory: &Path) {
    let CertifiedKey { cert, signing_key } = generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    std::fs::write(directory.join("api.pem"), cert.pem()).unwrap();
    std::fs::write(directory.join("api.key"), signing_key.serialize_pem()).unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_certificate_that_is_named_is_served_from_the_version_on_that_is_named() {
    if find("curl", "curl").is_none() {
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    write_certificate(directory.path());
    for (more, old) in [("", true), ("minimum = \"1.2\"", true), ("minimum = \"1.3\"", false)] {
        let loaded = Sources::new().text("app.toml", toml(directory.path(), more)).load().unwrap();
        assert!(loaded.warnings().iter().all(|warning| warning.path() != "server.require_https"));
        let assembly = loaded.build().await.unwrap();
        let routes = Routes::new().route("/", get(async || "ok").public());
        let app = assembly.stack.clone().protect(routes).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (stop, stopped) = oneshot::channel::<()>();
        assert!(assembly.tls.is_some());
        let task =
            tokio::spawn(
                async move { assembly.serve_until(listener, app, async { drop(stopped.await) }).await },
            );
        let curl = async |version: &[&str]| {
            let mut command = Command::new("curl");
            command.args(["-sS", "--max-time", "10", "--cacert"]).arg(directory.path().join("api.pem"));
            let output =
                command.args(version).arg(format!("https://localhost:{port}/")).output().await.unwrap();
            output.status.success() && output.stdout == b"ok"
        };
        assert!(curl(&["--tlsv1.3"]).await, "{more}");
        assert_eq!(curl(&["--tls-max", "1.2"]).await, old, "{more}");
        stop.send(()).unwrap();
        task.await.unwrap().unwrap();
    }
}

#[tokio::test]
async fn a_certificate_that_cannot_be_used_is_told_with_its_place() {
    let directory = tempfile::tempdir().unwrap();
    let found = async || {
        let loaded = Sources::new().text("app.toml", toml(directory.path(), "")).load().unwrap();
        loaded.build().await.map(drop).unwrap_err().to_string()
    };
    let missing = found().await;
    assert!(missing.starts_with("app.toml:3: tls: ") && missing.contains("api.pem"), "{missing}");
    write_certificate(directory.path());
    std::fs::write(directory.path().join("api.key"), "canary").unwrap();
    let broken = found().await;
    assert!(broken.contains("no private key") && !broken.contains("canary"), "{broken}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_has_as_many_connections_as_settings_say_gets_no_further_one() {
    use tokio::io::AsyncReadExt as _;
    let toml = "auth = \"disabled\"\n[server]\nconnections = 50\nconnections_each = 2\nwrite_time = \"5 s\"";
    let assembly = Sources::new().text("app.toml", toml).load().unwrap().build().await.unwrap();
    let app = assembly.stack.clone().protect(Routes::new().route("/", get(async || "ok").public())).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel::<()>();
    let task =
        tokio::spawn(async move { assembly.serve_until(listener, app, async { drop(stopped.await) }).await });
    let held = [
        tokio::net::TcpStream::connect(address).await.unwrap(),
        tokio::net::TcpStream::connect(address).await.unwrap(),
    ];
    let mut third = tokio::net::TcpStream::connect(address).await.unwrap();
    let read = third.read(&mut [0; 1]).await;
    assert!(matches!(read, Ok(0) | Err(_)), "it was closed: {read:?}");
    drop(held);
    let mut answered = 0;
    for _ in 0..200 {
        // The places are given back a moment after the connections ended.
        if let Ok(answer) = tokio::time::timeout(std::time::Duration::from_secs(5), ask(address)).await
            && answer.contains("200 OK")
        {
            answered += 1;
            break;
        }
    }
    assert_eq!(answered, 1);
    stop.send(()).unwrap();
    task.await.unwrap().unwrap();
}

/// Whoever serves by another name than `Assembly::serve` is served by the settings all the same.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bounds_of_settings_hold_wherever_their_stack_is_served() {
    use tokio::io::AsyncReadExt as _;
    let toml = "auth = \"disabled\"\n[server]\nconnections_each = 1";
    let routes = |_: &Assembly| Routes::new().route("/", get(async || "ok").public());
    let (live, _settings) = Reload::start(Sources::new().text("app.toml", toml), routes).await.unwrap();
    let assembly = Sources::new().text("app.toml", toml).load().unwrap().build().await.unwrap();
    let fixed = assembly.stack.clone().protect(routes(&assembly)).unwrap();
    for (app, own) in [(fixed.clone(), false), (live, false), (fixed, true)] {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let stop = std::future::pending();
        // Bounds that the program says itself are stronger.
        let task = if own {
            let bounded = BoundedListener::new(listener).connections_each(2).unwrap();
            tokio::spawn(serve_until(bounded, app, stop))
        } else {
            tokio::spawn(serve_until(listener, app, stop))
        };
        let _held = tokio::net::TcpStream::connect(address).await.unwrap();
        let mut second = tokio::net::TcpStream::connect(address).await.unwrap();
        let mut byte = [0; 1];
        let reading = second.read(&mut byte);
        let closed = tokio::time::timeout(std::time::Duration::from_millis(500), reading).await.is_ok();
        assert_eq!(closed, !own);
        task.abort();
    }
}

/// Whoever listens does not hear of a reload, so it must not say that such a change is in force.
#[tokio::test]
async fn a322_bounds_on_connections_are_not_changed_by_a_reload() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("app.toml");
    std::fs::write(&path, "auth = \"disabled\"").unwrap();
    let routes = |_: &Assembly| Routes::new().route("/", get(async || "ok").public());
    let (_app, settings) = Reload::start(Sources::new().file(&path), routes).await.unwrap();
    for line in ["connections = 5", "connections_each = 5", "write_time = \"5 s\""] {
        std::fs::write(&path, format!("auth = \"disabled\"\n[server]\n{line}")).unwrap();
        let told = settings.reload().await.unwrap_err().to_string();
        let name = line.split(' ').next().unwrap();
        assert!(told.contains(&format!(":3: server.{name}: is opened once; start anew")), "{told}");
    }
    std::fs::write(&path, "auth = \"disabled\"\n[server]\nbody_limit = \"1 KiB\"").unwrap();
    settings.reload().await.unwrap();
}

#[tokio::test]
async fn what_is_to_be_served_over_tls_is_not_served_without() {
    let directory = tempfile::tempdir().unwrap();
    write_certificate(directory.path());
    let loaded = Sources::new().text("app.toml", toml(directory.path(), "")).load().unwrap();
    let stack = loaded.build().await.unwrap().stack;
    let app = stack.protect(Routes::new().route("/", get(async || "ok").public())).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let refused = serve_until(listener, app, std::future::pending()).await.unwrap_err();
    assert_eq!(refused.kind(), std::io::ErrorKind::InvalidInput);
    assert!(refused.to_string().contains("assembly.serve(listener, app)"), "{refused}");
}

/// `axum::serve` asks nobody whether it may: what comes without TLS is refused in words.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_axum_serves_without_the_certificate_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    write_certificate(directory.path());
    let toml = toml(directory.path(), "").replace("server.require_https = true\n", "");
    let loaded = Sources::new().text("app.toml", toml).load().unwrap();
    let assembly = loaded.build().await.unwrap();
    let routes = || Routes::new().route("/", get(async || "ok").public());
    let app = assembly.stack.clone().protect(routes()).unwrap();
    for as_router in [false, true] {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let app = app.clone();
        let task = tokio::spawn(async move {
            if as_router {
                let router = axum::Router::from(app);
                axum::serve(listener, router.into_make_service_with_connect_info::<std::net::SocketAddr>())
                    .await
            } else {
                axum::serve(listener, app).await
            }
        });
        let answer = ask(address).await;
        assert!(answer.starts_with("HTTP/1.1 403") && answer.contains("HTTPS is required"), "{answer}");
        task.abort();
    }
    let proxied = [("x-forwarded-proto", "https")];
    let mut request = http::Request::get("/").extension(palisade::Peer(([127, 0, 0, 1], 1).into()));
    for (name, value) in proxied {
        request = request.header(name, value);
    }
    let answer =
        tower::ServiceExt::oneshot(app.clone(), request.body(axum::body::Body::empty()).unwrap()).await;
    assert_eq!(answer.unwrap().status(), 403);
    if find("curl", "curl").is_none() {
        return;
    }
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let listener = palisade::TlsListener::new(listener, assembly.tls.clone().unwrap()).unwrap();
    let task = tokio::spawn(async move { axum::serve(listener, app).await });
    let mut curl = Command::new("curl");
    curl.args(["-sS", "--max-time", "10", "--cacert"]).arg(directory.path().join("api.pem"));
    let output = curl.arg(format!("https://localhost:{port}/")).output().await.unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stdout), "ok", "{output:?}");
    task.abort();
}

async fn ask(address: std::net::SocketAddr) -> String {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let mut socket = tokio::net::TcpStream::connect(address).await.unwrap();
    let _ = socket.write_all(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").await;
    let mut answer = String::new();
    let _ = socket.read_to_string(&mut answer).await;
    answer
}
