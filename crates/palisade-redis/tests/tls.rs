//! Encrypted connections, and servers that are not who they should be.
#![cfg(feature = "tls")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod support;

use palisade_limit::{Quota, StoreError};
use palisade_redis::{BuildErrorKind, RedisStore};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use std::time::Duration;
use support::{
    key,
    server::{self, Server},
    take,
};

/// Who signs certificates of servers.
fn authority(name: &str) -> CertifiedIssuer<'static, KeyPair> {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

/// Asks until there is an answer: the first connection is made meanwhile.
async fn asked(url: &str, roots: Option<String>) -> Result<bool, StoreError> {
    let mut builder = RedisStore::builder(url)
        .connect_timeout(Duration::from_secs(5))
        .operation_timeout(Duration::from_millis(250));
    if let Some(roots) = roots {
        builder = builder.root_certificates(roots);
    }
    let store = builder.build().unwrap();
    let quota: Quota = "5/minute".parse().unwrap();
    let mut answer = take(&store, key(), &quota).await;
    for _ in 0..20 {
        if answer.is_ok() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
        answer = take(&store, key(), &quota).await;
    }
    answer
}

#[tokio::test]
async fn a348_only_a_server_with_the_right_certificate_is_spoken_to() {
    let Some(program) = server::redis() else { return };
    let directory = tempfile::tempdir().unwrap();
    let (ours, theirs) = (authority("ours"), authority("theirs"));
    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap();
    let file = |name: &str, text: String| {
        let path = directory.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.display().to_string()
    };
    let certificate = file("server.crt", params.signed_by(&key, &ours).unwrap().pem());
    let private = file("server.key", key.serialize_pem());
    let authorities = file("ours.pem", ours.pem());
    let port = server::free_port().to_string();
    let arguments = [
        "--tls-port",
        &port,
        "--tls-cert-file",
        &certificate,
        "--tls-key-file",
        &private,
        "--tls-ca-cert-file",
        &authorities,
        "--tls-auth-clients",
        "no",
    ];
    let plain = Server::start(&program, &arguments);
    let url = format!("rediss://127.0.0.1:{port}");
    assert!(asked(&url, Some(ours.pem())).await.unwrap());
    // Another authority, the roots of the web, a name that is not in the certificate, and a server that does not encrypt.
    for (url, roots) in [
        (url.clone(), Some(theirs.pem())),
        (url.clone(), None),
        (format!("rediss://localhost:{port}"), Some(ours.pem())),
        (format!("rediss://127.0.0.1:{}", plain.port()), Some(ours.pem())),
    ] {
        assert!(asked(&url, roots).await.is_err(), "{url}");
    }
}

#[test]
fn what_is_trusted_is_a_certificate() {
    for roots in ["", "junk", "-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n"] {
        for url in ["rediss://127.0.0.1", "rediss+cluster://127.0.0.1"] {
            let error = RedisStore::builder(url).root_certificates(roots).build().unwrap_err();
            assert_eq!(error.kind(), BuildErrorKind::Roots, "{roots}");
        }
    }
}
