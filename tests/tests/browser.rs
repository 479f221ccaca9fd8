//! What pages of other origins see, in a real browser.

#![allow(clippy::unwrap_used, clippy::panic, reason = "these are tests")]

use axum::{Router, extract::State, response::Html};
use palisade::{
    Auth, Cors, Stack,
    keys::{ApiKeys, Caller, KeyFormat, Keyring, MemoryStore, NewKey, Peppers},
    routes::{Routes, get, post},
};
use serde_json::{Value, json};
use std::{
    fs,
    net::SocketAddr,
    path::{Path, PathBuf},
    process::Command,
};
use tests::{
    program::{has, node, not_run},
    server::{Handled, READ, Server, WRITE},
};
use tokio::{net::TcpListener, task::JoinHandle};

const MEGABYTE: usize = 1_000_000;

/// What drives the browser, with its libraries; or nothing, said aloud.
fn installed() -> Option<PathBuf> {
    for (program, package) in [("node", "nodejs"), ("npm", "npm"), ("chromium", "chromium")] {
        if !has(program, package) {
            return None;
        }
    }
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("browser");
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join("browser");
    let lock = fs::read(source.join("package-lock.json")).unwrap();
    // Copied last, so that it says that the rest is there.
    let stamp = directory.join("installed.json");
    if fs::read(&stamp).ok().as_ref() != Some(&lock) {
        fs::create_dir_all(&directory).unwrap();
        for file in ["package.json", "package-lock.json"] {
            fs::copy(source.join(file), directory.join(file)).unwrap();
        }
        let arguments = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
        if !Command::new("npm").args(arguments).current_dir(&directory).status().unwrap().success() {
            not_run("needs playwright-core (npm package playwright-core), which npm could not install");
            return None;
        }
        fs::write(&stamp, lock).unwrap();
    }
    fs::copy(source.join("page.mjs"), directory.join("page.mjs")).unwrap();
    Some(directory.join("page.mjs"))
}

/// An origin with an empty page.
struct Site(SocketAddr, JoinHandle<()>);

impl Site {
    async fn start() -> Self {
        let page = Router::new().fallback(async || Html("<!doctype html><title>page</title>"));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        Self(address, tokio::spawn(async move { axum::serve(listener, page).await.unwrap() }))
    }

    fn origin(&self) -> String {
        format!("http://{}", self.0)
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        self.1.abort();
    }
}

async fn models(State(handled): State<Handled>) -> &'static str {
    handled.note();
    "llama-7b"
}

async fn taken(State(handled): State<Handled>, _: bytes::Bytes) -> &'static str {
    handled.note();
    "taken"
}

/// An API that pages of `origin` may call, a key for it, and how often its handlers ran.
async fn api(origin: &str) -> (Server, String) {
    let format = KeyFormat::with_public_checksum("acme", "live").unwrap();
    let keys = ApiKeys::new(format, Peppers::none(), MemoryStore::new());
    let keyring = Keyring::new(&keys, [READ, WRITE], WRITE);
    let mut wanted = NewKey::named("page".parse().unwrap());
    wanted.permissions = [READ].into_iter().collect();
    let key = keyring.create(&Caller::operator("setup"), wanted).await.unwrap();
    let handled = Handled::default();
    let routes = Routes::new()
        .route("/models", get(models).requires(READ))
        .route("/scarce", get(models).requires(READ).limit("1/hour"))
        .route("/scarce-upload", post(taken).requires(READ).limit("1/hour").body_limit(30 * MEGABYTE))
        .route("/upload", post(taken).requires(READ).body_limit(10 * MEGABYTE))
        .with_state(handled.clone());
    let app = Stack::new(Auth::keys(keys)).cors(Cors::origins([origin])).protect(routes).unwrap();
    (Server::serve(app, handled).await, key.key.expose().to_owned())
}

fn code(answer: &Value) -> String {
    let text = answer["text"].as_str().unwrap_or_else(|| panic!("{answer}"));
    let body: Value = serde_json::from_str(text).unwrap();
    body["error"]["code"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a331_a332_a_page_in_chromium_reads_answers_and_refusals_where_its_origin_may() {
    let Some(program) = installed() else { return };
    let (good, evil) = (Site::start().await, Site::start().await);
    let (server, key) = api(&good.origin()).await;
    let call = |from: &str, method: &str, path: &str, key: &str, bytes: usize| {
        let headers = if key.is_empty() { json!({}) } else { json!({ "X-API-Key": key }) };
        json!({ "from": from, "method": method, "path": path, "headers": headers, "bytes": bytes })
    };
    let calls = json!([
        call("good", "GET", "/models", &key, 0),
        call("good", "GET", "/models", "", 0),
        call("good", "GET", "/scarce", &key, 0),
        call("good", "GET", "/scarce", &key, 0),
        call("good", "POST", "/upload", &key, 20 * MEGABYTE),
        call("good", "POST", "/upload", "", 20 * MEGABYTE),
        call("good", "POST", "/scarce-upload", &key, 1),
        call("good", "POST", "/scarce-upload", &key, 20 * MEGABYTE),
        call("evil", "GET", "/models", &key, 0),
        call("evil", "GET", "/models", "", 0),
    ]);
    let directory = tempfile::tempdir().unwrap();
    let told = node(
        &program,
        &json!({
            "api": format!("http://{}", server.addr),
            "pages": { "good": good.origin(), "evil": evil.origin() },
            "directory": directory.path(),
            "calls": calls,
        }),
    )
    .await;
    let status = |at: usize| told[at]["status"].as_u64().unwrap_or(0);
    let statuses: Vec<_> = (0..10).map(status).collect();
    assert_eq!(statuses, [200, 401, 200, 429, 413, 401, 200, 429, 0, 0], "{told}");
    assert_eq!(told[0]["text"], "llama-7b");
    // What a page must read to know what to do next.
    let header = |at: usize, name: &str| told[at]["headers"][name].as_str().unwrap_or_default().to_owned();
    assert_eq!(code(&told[1]), "AUTHENTICATION_FAILED");
    assert!(header(1, "www-authenticate").starts_with("ApiKey "), "{told}");
    for at in [3, 7] {
        assert_eq!(code(&told[at]), "RATE_LIMITED");
        assert!((1..=3_600).contains(&header(at, "retry-after").parse::<u32>().unwrap()), "{told}");
        assert_eq!((&*header(at, "x-ratelimit-limit"), &*header(at, "x-ratelimit-remaining")), ("1", "0"));
        for name in ["x-ratelimit-reset", "ratelimit", "ratelimit-policy", "x-request-id"] {
            assert!(!header(at, name).is_empty(), "{name}: {told}");
        }
    }
    assert_eq!(
        (code(&told[4]), code(&told[5])),
        ("PAYLOAD_TOO_LARGE".into(), "AUTHENTICATION_FAILED".into())
    );
    for at in [8, 9] {
        assert!(told[at]["failed"].as_str().unwrap().contains("Failed to fetch"), "{told}");
    }
    // A page of another origin reaches no handler, by a key not even with its request: the preflight fails.
    assert_eq!(server.handled.count(), 3);
}
