//! TLS as settings name it.

#![cfg(all(feature = "config", feature = "tls"))]
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod support;

use palisade::{
    config::Sources,
    routes::{Routes, get},
    serve_tls_until,
};
use rcgen::{CertifiedKey, generate_simple_self_signed};
use std::{path::Path, process::Stdio};
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
    let has_curl = std::process::Command::new("curl").arg("--version").stdout(Stdio::null()).status();
    if has_curl.is_err() {
        return support::not_run("needs curl (Debian package curl)");
    }
    let directory = tempfile::tempdir().unwrap();
    write_certificate(directory.path());
    for (more, old) in [("", true), ("minimum = \"1.2\"", true), ("minimum = \"1.3\"", false)] {
        let loaded = Sources::new().text("app.toml", toml(directory.path(), more)).load().unwrap();
        assert!(loaded.warnings().iter().all(|warning| warning.path() != "server.require_https"));
        let assembly = loaded.build().await.unwrap();
        let routes = Routes::new().route("/", get(async || "ok").public());
        let app = assembly.stack.protect(routes).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (stop, stopped) = oneshot::channel::<()>();
        let task = tokio::spawn(serve_tls_until(listener, app, assembly.tls.unwrap(), async {
            drop(stopped.await);
        }));
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
