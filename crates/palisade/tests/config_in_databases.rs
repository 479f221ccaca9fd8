//! Keys and the audit log in databases that settings name.

#![cfg(all(feature = "config", feature = "sql", feature = "observe"))]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may")]

mod support;

use palisade::{
    Scope, ScopeSet,
    config::{Assembly, Sources},
    keys::{Caller, Keyring, NewKey},
    observe::audit::Entry,
    routes::{Routes, get},
};
use std::net::SocketAddr;
use support::{PASSWORD, fetch, postgres};
use tokio::{net::TcpListener, task::JoinHandle};

#[tokio::test]
async fn a_database_that_is_named_is_opened_and_kept() {
    let directory = tempfile::tempdir().unwrap();
    let at = |name: &str| format!("sqlite:{}", directory.path().join(name).display());
    let toml = format!(
        "auth.keys = {{ prefix = \"acme\", store = \"{}\" }}\nauth.roles = {{ reader = [\"read_models\"] }}\naudit.store = \"{}\"\nlimits.address = \"5/second\"",
        at("keys.db"),
        at("audit.db")
    );
    let sources = Sources::new().text("app.toml", toml);
    for opened in 1..=2_u64 {
        let assembly = sources.load().unwrap().build().await.unwrap();
        assert!(assembly.keys.is_some() && assembly.database.is_some());
        let told = palisade::Event::SettingsReloaded { version: opened };
        assembly.events.record(&told).await.unwrap();
        assert!(assembly.roles.get("reader").is_some_and(|scopes| scopes.to_string() == "read_models"));
        let recorder = assembly.audit.unwrap();
        recorder.record_entry(Entry::new("config.changed").by("user:17")).await.unwrap();
        let verified = recorder.verify().await.unwrap();
        assert!(verified.fault.is_none());
        assert_eq!(verified.records, 2 * opened);
    }
    // What is inside of a file cannot be made.
    std::fs::write(directory.path().join("file"), "").unwrap();
    let wrong = format!("auth.keys = {{ prefix = \"acme\", store = \"{}\" }}", at("file/keys.db"));
    let found = Sources::new().text("app.toml", wrong).load().unwrap().build().await.map(drop).unwrap_err();
    assert!(found.to_string().starts_with("app.toml:1: auth.keys.store: "), "{found}");
}

const READ: Scope = Scope::from_static("read_models");
const MANAGE: Scope = Scope::from_static("manage_users");

/// A service of these settings on a free port, and what it is made of.
async fn serve(sources: &Sources) -> (SocketAddr, Assembly, JoinHandle<()>) {
    let assembly = sources.load().unwrap_or_else(|mistakes| panic!("{mistakes}")).build().await.unwrap();
    let routes = Routes::new().route("/models", get(async || "[]").requires(READ));
    let app = assembly.stack.clone().protect(routes).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let task = tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
    (address, assembly, task)
}

fn keyring(assembly: &Assembly) -> Keyring {
    Keyring::new(assembly.keys.as_ref().unwrap(), [READ, MANAGE], MANAGE)
}

/// Settings whose URLs come from the environment, where passwords may stand.
fn in_postgres(url: &str) -> Sources {
    let toml = "[auth.keys]\nprefix = \"acme\"\nconnections = 3\nacquire_timeout = \"2 s\"\nquery_timeout = \"2 s\"\ncache = \"0 ms\"\n[audit]\n";
    Sources::new().text("app.toml", toml).variables([
        ("PALISADE__AUTH__KEYS__STORE", url),
        ("PALISADE__AUDIT__STORE", url),
        ("PALISADE__AUDIT__KEY", "u5vVlqUIBqbbJEMn2b3Ltw9Y"),
    ])
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn services_on_one_postgresql_know_the_same_keys_and_share_a_chain() {
    let Some(server) = postgres() else { return };
    let sources = in_postgres(&server.url("postgres"));
    let (one, first, serving_one) = serve(&sources).await;
    let (other, second, serving_other) = serve(&sources).await;
    let mut key = NewKey::named("ci".parse().unwrap());
    key.permissions = ScopeSet::of([READ]);
    let operator = Caller::operator("setup");
    let key = keyring(&first).create(&operator, key).await.unwrap();
    let line = format!("x-api-key: {}\r\n", key.key.expose());
    for address in [one, other] {
        assert_eq!(fetch(address, "GET", "/models", &line, "").await, (200, "[]".to_owned()));
        assert_eq!(fetch(address, "GET", "/models", "", "").await.0, 401);
    }
    keyring(&second).revoke(&operator, key.record.id, None).await.unwrap();
    for address in [one, other] {
        assert_eq!(fetch(address, "GET", "/models", &line, "").await.0, 401);
    }
    let recorder = first.audit.as_ref().unwrap();
    recorder.drain(std::time::Duration::from_secs(10)).await;
    second.audit.as_ref().unwrap().drain(std::time::Duration::from_secs(10)).await;
    let verified = recorder.verify().await.unwrap();
    assert!(verified.fault.is_none() && verified.records >= 2, "{verified:?}");
    serving_one.abort();
    serving_other.abort();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrong_password_is_told_once_and_not_repeated() {
    let Some(server) = postgres() else { return };
    let wrong = "canary-3f9a1c77";
    let loaded = in_postgres(&server.url("postgres").replace(PASSWORD, wrong)).load().unwrap();
    assert!(!loaded.effective().to_string().contains(wrong));
    let found = loaded.build().await.map(drop).unwrap_err();
    let lines: Vec<_> = found.iter().filter(|mistake| mistake.path() == "auth.keys.store").collect();
    assert_eq!(lines.len(), 1, "{found}");
    let text = found.to_string();
    assert!(text.contains("PALISADE__AUTH__KEYS__STORE: ") && !text.contains(wrong), "{text}");
    assert!(!format!("{found:?}").contains(wrong) && !text.contains(PASSWORD));
    assert!(!text.contains("audit.store"), "{text}");
}

/// Logins alone: users in a database, and no kind of credentials that settings name.
#[tokio::test]
async fn users_have_a_database_without_keys() {
    let directory = tempfile::tempdir().unwrap();
    let store = format!("sqlite:{}", directory.path().join("users.db").display());
    let toml = format!(
        "[auth]\napplication = true\nroles = {{ reader = [\"read_models\"] }}\ndatabase.store = \"{store}\"\n[audit]\nstore = \"{store}\"\nkey_file = \"KEY\""
    );
    let key = directory.path().join("key");
    std::fs::write(&key, "u5vVlqUIBqbbJEMn2b3Ltw9Y").unwrap();
    let sources = Sources::new().text("app.toml", toml.replace("KEY", key.to_str().unwrap()));
    let assembly = sources.load().unwrap_or_else(|mistakes| panic!("{mistakes}")).build().await.unwrap();
    assert!(assembly.database.is_some() && assembly.keys.is_none() && assembly.audit.is_some());
    assert!(assembly.stack.protect(Routes::new()).is_err());
}
