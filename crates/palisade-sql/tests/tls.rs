//! Encrypted connections, and servers that are not who they should be.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod support;

use palisade_sql::{OpenErrorKind, SqlStore};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use std::path::PathBuf;
use support::{
    found, insert, record,
    server::{Server, patient},
};
use tempfile::TempDir;

/// Who signs certificates of servers.
struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    fn new(name: &str) -> Self {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Self(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }

    /// A certificate for servers of this name, and its key.
    fn certificate(&self, name: &str) -> (String, String) {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        (params.signed_by(&key, &self.0).unwrap().pem(), key.serialize_pem())
    }

    /// A file with its own certificate.
    fn file(&self, directory: &TempDir, name: &str) -> PathBuf {
        let path = directory.path().join(name);
        std::fs::write(&path, self.0.pem()).unwrap();
        path
    }
}

fn url(server: &Server, host: &str, rest: &str) -> String {
    format!("postgres://palisade:secret@{host}:{}/postgres?sslmode=verify-full{rest}", server.port())
}

async fn refused(url: &str) -> OpenErrorKind {
    let error = patient(url).open().await.err().unwrap();
    assert!(!format!("{error:?} {error}").contains("secret"), "{error:?}");
    error.kind()
}

#[tokio::test]
async fn a348_only_a_server_with_the_right_certificate_is_spoken_to() {
    let directory = tempfile::tempdir().unwrap();
    let (ours, theirs) = (Authority::new("ours"), Authority::new("theirs"));
    let (our_file, their_file) = (ours.file(&directory, "ours.pem"), theirs.file(&directory, "theirs.pem"));
    let (certificate, key) = ours.certificate("127.0.0.1");
    let Some(server) = Server::start_with_tls(&certificate, &key) else { return };
    let with = |file: &PathBuf| format!("&sslrootcert={}", file.display());
    let right = url(&server, "127.0.0.1", &with(&our_file));
    if !cfg!(feature = "tls") {
        // Nothing here could check a certificate, so nothing is said.
        assert_eq!(refused(&right).await, OpenErrorKind::Database);
        return;
    }
    let store: SqlStore = patient(&right).open().await.unwrap();
    let record = record();
    insert(&store, &record).await;
    assert_eq!(found(&store, &record.id).await, Ok(true));
    // The one that listens too.
    let encrypted = "SELECT COUNT(*) FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE usename = 'palisade' \
                     AND application_name = 'palisade' AND ";
    assert!(server.number("postgres", &format!("{encrypted} ssl")).await >= 2);
    assert_eq!(server.number("postgres", &format!("{encrypted} NOT ssl")).await, 0);
    // Another authority, none that the file names, and a name that is not in the certificate.
    for url in [
        url(&server, "127.0.0.1", &with(&their_file)),
        url(&server, "127.0.0.1", ""),
        url(&server, "localhost", &with(&our_file)),
    ] {
        assert_eq!(refused(&url).await, OpenErrorKind::Database, "{url}");
    }
    let absent = url(&server, "127.0.0.1", "&sslrootcert=/no/such/file.pem");
    assert_eq!(refused(&absent).await, OpenErrorKind::Database);
}

#[tokio::test]
async fn a348_a_server_without_tls_is_told_no_password() {
    let directory = tempfile::tempdir().unwrap();
    let file = Authority::new("ours").file(&directory, "ours.pem");
    let Some(server) = Server::start() else { return };
    let url = url(&server, "127.0.0.1", &format!("&sslrootcert={}", file.display()));
    assert_eq!(refused(&url).await, OpenErrorKind::Database);
    assert_eq!(
        server
            .number("postgres", "SELECT COUNT(*) FROM pg_stat_activity WHERE application_name = 'palisade'")
            .await,
        0
    );
}
