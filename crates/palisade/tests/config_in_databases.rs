//! Keys and the audit log in databases that settings name.

#![cfg(all(feature = "config", feature = "sql", feature = "observe"))]
#![allow(clippy::unwrap_used, reason = "a test may")]

use palisade::{config::Sources, observe::audit::Entry};

#[tokio::test]
async fn a_database_that_is_named_is_opened_and_kept() {
    let directory = tempfile::tempdir().unwrap();
    let at = |name: &str| format!("sqlite:{}", directory.path().join(name).display());
    let toml = format!(
        "auth.keys = {{ prefix = \"acme\", store = \"{}\" }}\naudit.store = \"{}\"\nlimits.address = \"5/second\"",
        at("keys.db"),
        at("audit.db")
    );
    let sources = Sources::new().text("app.toml", toml);
    for opened in 1..=2_u64 {
        let assembly = sources.load().unwrap().build().await.unwrap();
        assert!(assembly.keys.is_some());
        let recorder = assembly.audit.unwrap();
        recorder.record_entry(Entry::new("config.changed").by("user:17")).await.unwrap();
        let verified = recorder.verify().await.unwrap();
        assert!(verified.fault.is_none());
        assert_eq!(verified.records, opened);
    }
    // What is inside of a file cannot be made.
    std::fs::write(directory.path().join("file"), "").unwrap();
    let wrong = format!("auth.keys = {{ prefix = \"acme\", store = \"{}\" }}", at("file/keys.db"));
    let found = Sources::new().text("app.toml", wrong).load().unwrap().build().await.map(drop).unwrap_err();
    assert!(found.to_string().starts_with("app.toml:1: auth.keys.store: "), "{found}");
}
