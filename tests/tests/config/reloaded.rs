//! What goes on across changes of settings, and what no request may see of them.

use axum::body::Body;
use http::Request;
use palisade::{
    Peer, Protected,
    config::{Reload, Sources},
    routes::{Routes, get as page},
};
use std::{
    fs,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering::SeqCst},
    },
};
use tests::client::{get, send, send_from, with_token};
use tower::ServiceExt as _;

/// A service whose routes tell the version of the settings that they were made of.
struct Service {
    _directory: tempfile::TempDir,
    path: PathBuf,
    app: Protected,
    reload: Reload,
}

impl Service {
    async fn start(toml: &str) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("app.toml");
        fs::write(&path, toml).unwrap();
        let made = AtomicU64::new(0);
        let routes = move |_: &_| {
            let version = made.fetch_add(1, SeqCst);
            Routes::new()
                .route("/", page(async move || version.to_string()).public())
                .route("/closed", page(async || "ok").authenticated())
        };
        let (app, reload) = Reload::start(Sources::new().file(&path), routes).await.unwrap();
        Self { _directory: directory, path, app, reload }
    }

    async fn change(&self, toml: &str) {
        fs::write(&self.path, toml).unwrap();
        self.reload.reload().await.unwrap_or_else(|mistakes| panic!("{mistakes}"));
    }
}

const GUESS: &str = "u5vVlqUIBqbbJEMn2b3Ltw9Z";
const CLOSED: &str = "[[auth.tokens]]\nname = \"a\"\nsha256 = \"9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08\"\n";

#[tokio::test]
async fn who_pressed_before_a_change_presses_on_and_who_is_banned_stays_so() {
    let settings = |quota: &str| {
        format!(
            "[limits]\naddress = \"{quota}\"\n[suspicions]\njunk = 10\nunauthenticated = 1000\nban = \"1 h\"\n{CLOSED}"
        )
    };
    let service = Service::start(&settings("1000/second")).await;
    let guesser = [192, 0, 2, 66];
    let guess =
        async || send_from(&service.app, guesser, with_token(get("/closed"), GUESS)).await.status.as_u16();
    for _ in 0..7 {
        assert_eq!(guess().await, 401);
    }
    // Nothing of the settings is the same but the thresholds.
    service.change(&format!("errors.format = \"problem\"\n{}", settings("1000/second"))).await;
    for _ in 0..3 {
        assert_eq!(guess().await, 401);
    }
    assert_eq!(guess().await, 429, "the tenth was too much");
    service.change(&settings("1000/second")).await;
    assert_eq!(guess().await, 429);
    assert_eq!(send(&service.app, get("/")).await.status, 200);
}

#[tokio::test]
async fn another_number_of_places_counts_those_that_are_taken() {
    let settings = |places: u32| {
        format!("auth = \"disabled\"\n[limits]\nin_flight = {places}\nin_flight_retry = \"{places} s\"\n")
    };
    let service = Service::start(&settings(2)).await;
    let held = async || {
        let mut request: Request<Body> = get("/");
        request.extensions_mut().insert(Peer(([192, 0, 2, 1], 40_000).into()));
        // Nobody reads its body, so it stays in flight.
        service.app.clone().oneshot(request).await.unwrap()
    };
    let (first, second) = (held().await, held().await);
    assert_eq!((first.status().as_u16(), second.status().as_u16()), (200, 200));
    service.change(&settings(3)).await;
    let third = held().await;
    assert_eq!(third.status(), 200);
    let full = send(&service.app, get("/")).await;
    assert_eq!((full.status.as_u16(), full.header("retry-after")), (503, "3"));
    // Fewer than there are: nobody comes in until there are fewer.
    service.change(&settings(1)).await;
    drop((first, second));
    assert_eq!(send(&service.app, get("/")).await.status, 503);
    drop(third);
    assert_eq!(send(&service.app, get("/")).await.status, 200);
}

/// What a version of the settings looks like from outside: its header, by which the answer of the handler must agree.
fn version(number: u64) -> String {
    format!(
        "auth = \"disabled\"\n[server]\nalways_https = true\nstrict_transport_security = \"max-age={number}\"\n\
         [limits]\naddress = \"10000000/week\"\nin_flight = {}\n",
        64 + number % 2
    )
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn under_load_no_request_sees_two_versions_and_no_counter_starts_anew() {
    const CHANGES: u64 = 40;
    let service = Arc::new(Service::start(&version(0)).await);
    let (stop, seen) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
    let clients = (0..4_u64).map(|_| {
        let (service, stop, seen) = (service.clone(), stop.clone(), seen.clone());
        tokio::spawn(async move {
            let mut sent = 0_u64;
            let mut last = 0;
            while !stop.load(SeqCst) {
                let answer = send(&service.app, get("/")).await;
                assert_eq!(answer.status, 200);
                let told = String::from_utf8(answer.body.to_vec()).unwrap();
                assert_eq!(answer.header("strict-transport-security"), format!("max-age={told}"));
                let version: u64 = told.parse().unwrap();
                assert!(version >= last, "from {last} back to {version}");
                last = version;
                sent += 1;
                seen.fetch_max(version, SeqCst);
                tokio::task::yield_now().await;
            }
            sent
        })
    });
    let clients: Vec<_> = clients.collect();
    for number in 1..=CHANGES {
        service.change(&version(number)).await;
        // Somebody meets it before the next one comes.
        while seen.load(SeqCst) < number {
            tokio::task::yield_now().await;
        }
    }
    stop.store(true, SeqCst);
    let mut sent = 0;
    for client in clients {
        sent += client.await.unwrap();
    }
    // The counter of the one address that they share knows every one of them.
    let answer = send(&service.app, get("/")).await;
    let left: u64 = answer.header("x-ratelimit-remaining").parse().unwrap();
    // What comes back in the meantime is sixteen a second, and a fresh counter would have all of them.
    assert!(sent > CHANGES && left < 10_000_000 - sent / 2, "{sent} sent, {left} left");
    assert_eq!(send(&service.app, get("/")).await.body, CHANGES.to_string());
}
