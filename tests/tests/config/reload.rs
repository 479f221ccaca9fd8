//! Settings that change while a service runs.

use futures_util::FutureExt as _;
use palisade::{
    Peer, Protected,
    config::{Reload, Sources},
    routes::{Routes, get as page},
};
use std::{
    fs,
    path::PathBuf,
    sync::{Arc, Mutex, OnceLock},
};
use tests::{
    client::{get, send, with_token},
    server::{Handled, POOR, TOKEN, routes},
};
use tower::ServiceExt as _;

struct Service {
    directory: tempfile::TempDir,
    app: Protected,
    reload: Reload,
}

impl Service {
    async fn start(toml: &str) -> Self {
        let directory = tempfile::tempdir().unwrap();
        fs::write(directory.path().join("token"), TOKEN).unwrap();
        fs::write(directory.path().join("other"), POOR).unwrap();
        let path = directory.path().join("app.toml");
        write(&path, &directory, toml);
        let started = Reload::start(Sources::new().file(&path), |_: &_| routes(&Handled::default())).await;
        let (app, reload) = started.unwrap_or_else(|mistakes| panic!("{mistakes}"));
        Self { directory, app, reload }
    }

    fn write(&self, toml: &str) {
        write(&self.directory.path().join("app.toml"), &self.directory, toml);
    }

    async fn status(&self, token: &str) -> u16 {
        send(&self.app, with_token(get("/v1/models"), token)).await.status.as_u16()
    }
}

/// `DIR` in the text is the directory.
fn write(path: &PathBuf, directory: &tempfile::TempDir, toml: &str) {
    fs::write(path, toml.replace("DIR", directory.path().to_str().unwrap())).unwrap();
}

const ONE: &str = "[audit]\n[limits]\naddress = \"100/minute\"\n[[auth.tokens]]\nname = \"a\"\nscopes = [\"read_models\"]\nvalue_file = \"DIR/token\"\n";

#[tokio::test]
async fn a322_what_is_wrong_changes_nothing_and_is_told() {
    let service = Service::start(ONE).await;
    let recorder = service.reload.assembly().audit.unwrap();
    let long = "x".repeat(5 * 1024 * 1024);
    for (what, toml) in [
        ("blank", String::new()),
        ("blank fields", ONE.replace("\"a\"", "\"\"").replace("\"100/minute\"", "\"\"")),
        ("oversized", format!("# {long}\n{ONE}")),
        ("wrong type", ONE.replace("\"100/minute\"", "7")),
        ("duplicate", format!("{ONE}{}", &ONE[ONE.find("[[auth").unwrap()..])),
        ("unknown", format!("{ONE}scope = []\n")),
        ("no TOML", format!("{ONE}[")),
        ("no token", ONE.replace("DIR/token", "DIR/missing")),
        ("a weak token", ONE.replace("DIR/token", "DIR/app.toml")),
        ("what was opened at the start", ONE.replace("[audit]", "[audit]\ncapacity = 5")),
        ("open to all", "auth = \"disabled\"\n[audit]\ncapacity = 0\n".to_owned()),
    ] {
        service.write(&toml);
        let found = service.reload.reload().await.unwrap_err();
        assert!(!found.is_empty() && !found.to_string().contains(TOKEN), "{what}: {found}");
        assert_eq!((service.status(TOKEN).await, service.status(POOR).await), (200, 401), "{what}");
        assert_eq!(service.reload.loaded().config().limits.address.as_deref(), Some("100/minute"), "{what}");
    }
    assert!(recorder.drain(std::time::Duration::from_secs(10)).await);
    let query = palisade::observe::audit::AuditQuery::default();
    let page = recorder.page(&query).await.unwrap();
    let failed = page.records.iter().filter(|record| record.entry.act == "config.changed");
    assert_eq!(failed.count(), 11);
}

#[tokio::test]
async fn a322_what_is_right_is_in_force_whole_and_quotas_go_on() {
    let service = Service::start(&ONE.replace("100/minute", "3/minute")).await;
    assert_eq!((service.status(TOKEN).await, service.status(POOR).await), (200, 401));
    service.write(&ONE.replace("100/minute", "3/minute").replace("DIR/token", "DIR/other"));
    assert_eq!(service.reload.reload().await.unwrap(), 1);
    // Other tokens, and the same counters: a reload gives nobody a fresh quota.
    assert_eq!((service.status(POOR).await, service.status(POOR).await), (200, 429));
    service.write(ONE);
    assert_eq!(service.reload.reload().await.unwrap(), 2);
    assert_eq!((service.status(TOKEN).await, service.status(POOR).await), (200, 401));
}

#[tokio::test]
async fn what_is_in_flight_counts_after_a_change_too() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("app.toml");
    fs::write(&path, "auth = \"disabled\"\n[limits]\nin_flight = 1\n").unwrap();
    let routes = |_: &_| Routes::new().route("/", page(async || "ok").public());
    let (app, reload) = Reload::start(Sources::new().file(&path), routes).await.unwrap();
    let peer = Peer(([192, 0, 2, 1], 40_000).into());
    let mut request = get("/");
    request.extensions_mut().insert(peer);
    // Nobody reads its body, so it stays in flight.
    let held = app.clone().oneshot(request).await.unwrap();
    assert_eq!((held.status().as_u16(), send(&app, get("/")).await.status.as_u16()), (200, 503));
    reload.reload().await.unwrap();
    assert_eq!(send(&app, get("/")).await.status, 503);
    drop(held);
    assert_eq!(send(&app, get("/")).await.status, 200);
}

#[tokio::test]
async fn while_settings_are_read_again_nobody_else_reads_them() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("app.toml");
    fs::write(&path, "auth = \"disabled\"\n").unwrap();
    let (itself, told) = (Arc::new(OnceLock::<Reload>::new()), Arc::new(Mutex::new(Vec::new())));
    let routes = {
        let (itself, told) = (itself.clone(), told.clone());
        move |_: &_| {
            // In the middle of the first one.
            if let Some(reload) = itself.get().filter(|_| told.lock().unwrap().is_empty()) {
                told.lock().unwrap().push(String::new());
                let second = reload.reload().now_or_never();
                told.lock().unwrap()[0] = second.map_or_else(String::new, |second| match second {
                    Ok(version) => version.to_string(),
                    Err(mistakes) => mistakes.to_string(),
                });
            }
            Routes::new().route("/", page(async || "ok").public())
        }
    };
    let (_app, reload) = Reload::start(Sources::new().file(&path), routes).await.unwrap();
    assert!(itself.set(reload).is_ok());
    assert_eq!(itself.get().unwrap().reload().await.unwrap(), 1);
    assert_eq!(*told.lock().unwrap(), ["settings are being read again already"]);
}
