//! Servers that share keys in one PostgreSQL database.

#![allow(clippy::unwrap_used, reason = "a test may")]

mod running;

use palisade_testing::servers::Postgres;
use running::{Inference, id_of, refused};
use serde_json::json;
use std::{fs, thread, time::Duration};

const KEYS: &str = "/api/v1/auth/api-keys";

#[test]
fn servers_on_one_database_share_keys_and_users_and_one_of_them_makes_the_first() {
    let Some(postgres) = Postgres::start() else { return };
    let dir = tempfile::tempdir().unwrap();
    let database = postgres.url("postgres");
    let secret = "0123456789abcdef0123456789abcdef";
    let signing = "s7Vq0pXk2LmZ9cRt4NwB8yHdJ6fGaE1u";
    let shared = [
        ("DATABASE_URL", &*database),
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
    let [password] = *password else { unreachable!("{}{}", one.greeting(), other.greeting()) };
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
    let Some(postgres) = Postgres::options().tls(certificate.pem(), key.serialize_pem()).start() else {
        return;
    };
    let url = |roots: &str| {
        let roots = dir.path().join(roots);
        format!("{}?sslmode=verify-full&sslrootcert={}", postgres.url("postgres"), roots.display())
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
