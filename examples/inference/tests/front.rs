//! What stands between clients and the program: TLS of its own, and proxies.

#![allow(clippy::unwrap_used, reason = "a test may")]

mod running;

use running::Inference;
use std::{fs, path::Path, process::Command};

/// A certificate for 127.0.0.1 that signed itself, and its key.
fn certificate(directory: &Path) -> (String, String) {
    let key = rcgen::KeyPair::generate().unwrap();
    let params = rcgen::CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap();
    let made = params.self_signed(&key).unwrap().pem();
    let write = |name: &str, text: &str| {
        let path = directory.join(name);
        fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    (write("api.pem", &made), write("api.key", &key.serialize_pem()))
}

fn curl(arguments: &[&str]) -> String {
    let mut command = Command::new("curl");
    command.args(["-sS", "--max-time", "20", "-w", "\n%{http_code}"]).args(arguments);
    let out = command.output().unwrap();
    String::from_utf8_lossy(&out.stdout).into_owned()
}

#[test]
fn a250_it_ends_tls_itself_and_speaks_nothing_older_than_1_2() {
    let dir = tempfile::tempdir().unwrap();
    let (pem, key) = certificate(dir.path());
    let given = ["--tls-certificates", &pem, "--tls-key", &key];
    let server = Inference::start(&dir.path().join("data"), &given);
    let url = format!("https://{}/api/v1/health", server.address());
    assert!(server.greeting().contains(&format!("curl -i \"{url}\"")), "{}", server.greeting());
    for (versions, expected) in [
        (&["--tlsv1.3"][..], "200"),
        (&["--tlsv1.2", "--tls-max", "1.2"], "200"),
        (&["--tlsv1.0", "--tls-max", "1.1", "--ciphers", "DEFAULT@SECLEVEL=0"], "000"),
    ] {
        let told = curl(&[&["--cacert", pem.as_str(), url.as_str()], versions].concat());
        assert!(told.ends_with(&format!("\n{expected}")), "{versions:?}: {told}");
    }
    assert!(curl(&[&url]).ends_with("\n000"), "nobody vouches for it");
    assert!(curl(&[&url.replace("https", "http")]).ends_with("\n000"), "nothing in the clear");
}

#[test]
fn clients_behind_a_trusted_proxy_are_counted_one_by_one_and_others_are_not_believed() {
    let dir = tempfile::tempdir().unwrap();
    for (name, given, expected) in [
        ("believed", &["--trusted-proxies", "127.0.0.0/8"][..], "200"),
        ("not", &["--trusted-proxies", "10.0.0.0/8"], "429"),
    ] {
        let server =
            Inference::start(&dir.path().join(name), &[given, &["--address-limit", "1/hour"]].concat());
        let url = format!("http://{}/api/v1/health", server.address());
        let from = |client: &str| curl(&[&url, "-H", &format!("X-Forwarded-For: {client}")]);
        assert!(from("192.0.2.1").ends_with("\n200"));
        let told = from("192.0.2.2");
        assert!(told.ends_with(&format!("\n{expected}")), "{name}: {told}");
    }
}
