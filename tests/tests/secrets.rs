//! No secret, and no line of a stranger's, in anything that is written down.

#![allow(clippy::unwrap_used, clippy::panic, reason = "these are tests")]

use data_encoding::{BASE64, BASE64URL_NOPAD};
use metrics_util::debugging::DebuggingRecorder;
use palisade::{
    AccessLog, Auth, Protected, Secret, Sign, Stack,
    jwt::{Issuer, Jwt, KeySource as _, SigningKeys, login::HashCost, remote::RemoteKeys},
    keys::{ApiKeys, Caller, KeyFormat, Keyring, MemoryStore, NewKey, Peppers},
    observe::{
        CountedEvents, Explain, Metrics, Suspicions, Threshold,
        audit::{AuditQuery, Recorder},
    },
    redis::RedisStore,
    routes::{Routes, get},
};
use serde_json::Value;
use std::{
    net::SocketAddr,
    sync::{Arc, LazyLock},
    time::Duration,
};
use tests::{
    login::Service,
    server::{CANARY, Handled, POOR, READ, TOKEN, WRITE, routes, tokens},
    socket::exchange,
    written::{Out, forms, memory},
};
use tokio::{net::TcpListener, task::JoinHandle, time::sleep};

const LONG: Duration = Duration::from_secs(30);

/// Everything that anybody in this process says to `tracing`, whatever its level.
static SAID: LazyLock<Out> = LazyLock::new(|| {
    let out = Out::default();
    let writer = out.clone();
    tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_ansi(false)
        .with_writer(move || writer.clone())
        .init();
    out
});

/// A service with every kind of credential, that writes down everything it can.
struct Everything {
    address: SocketAddr,
    app: Protected,
    access: Out,
    recorder: Recorder,
    explain: Explain,
    key: String,
    handled: Handled,
    task: JoinHandle<()>,
}

impl Drop for Everything {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Everything {
    /// The access log, once it has so many lines.
    async fn lines(&self, many: usize) -> String {
        for _ in 0..500 {
            if self.access.text().lines().count() >= many {
                return self.access.text();
            }
            sleep(Duration::from_millis(10)).await;
        }
        panic!("no {many} lines: {}", self.access.text());
    }
}

async fn everything(limit_store: Option<RedisStore>) -> Everything {
    LazyLock::force(&SAID);
    let login = Service::new(HashCost::dangerous_cheap()).await;
    let access = Out::default();
    // Lines for people, too.
    let log =
        if limit_store.is_some() { AccessLog::text(access.clone()) } else { AccessLog::json(access.clone()) };
    let log = log.query(["page"]).build().unwrap();
    let recorder = Recorder::builder(memory()).build().unwrap();
    let keys = ApiKeys::new(
        KeyFormat::with_public_checksum("acme", "live").unwrap(),
        Peppers::none(),
        MemoryStore::new(),
    );
    let keys = keys.events(recorder.clone());
    let keyring = Keyring::new(&keys, [READ, WRITE], WRITE);
    let mut new = NewKey::named("ci".parse().unwrap());
    new.permissions = [READ].into_iter().collect();
    let key = keyring.create(&Caller::operator("setup"), new).await.unwrap().key.expose().to_owned();
    let signing = SigningKeys::in_memory().open().unwrap();
    let issuer =
        Issuer::builder("https://api.example").audience("https://api.example").keys(&signing).unwrap();
    let explain = Explain::with(1 << 20, 1);
    let suspicions = Suspicions::new(CountedEvents::new(recorder.clone())).unwrap();
    let suspicions = suspicions.threshold(Sign::Junk, Threshold::new(3, Duration::from_secs(60)));
    let handled = Handled::default();
    let cookies =
        Routes::new().route("/cookie", get(async || [("set-cookie", "session=c4n4ry-set-cookie")]).public());
    let all =
        routes(&handled).merge(cookies).nest("/auth", login.login.routes()).nest("/keys", keyring.routes());
    let auth = Auth::keys(keys).or(Jwt::new(issuer.verifier().unwrap())).or(tokens()).strip();
    let mut stack = Stack::new(auth)
        .access_log(log)
        .audit(&recorder)
        .metrics(Metrics::new())
        .explain(&explain)
        .suspicions(suspicions)
        .follow_traces();
    if let Some(store) = limit_store {
        stack = stack
            .address_limit("1000/second")
            .limit_store(Arc::new(store), &Secret::new("sixteen bytes or more"));
    }
    let app = stack.protect(all).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let served = app.clone();
    let task = tokio::spawn(async move {
        palisade::serve_until(listener, served, std::future::pending()).await.unwrap();
    });
    Everything { address, app, access, recorder, explain, key, handled, task }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a278_a280_a283_nothing_that_was_presented_is_written_anywhere_by_anybody() {
    let recorder = DebuggingRecorder::new();
    let numbers = recorder.snapshotter();
    recorder.install().unwrap();
    // Nobody answers there, so that all errors of the client are told too.
    let redis = RedisStore::builder("redis://user:c4n4ry-redis-password@127.0.0.1:1").build().unwrap();
    let (down, service) = (everything(Some(redis)).await, everything(None).await);
    let claims = BASE64URL_NOPAD.encode(br#"{"sub":"c4n4ry-unverified-sub","iss":"https://api.example","aud":"https://api.example","exp":9999999999}"#);
    let token = format!(
        "{}.{claims}.{}",
        BASE64URL_NOPAD.encode(br#"{"alg":"EdDSA","kid":"c4n4ry-kid"}"#),
        BASE64URL_NOPAD.encode(&[7; 64])
    );
    let basic = format!("Basic {}", BASE64.encode(b"c4n4ry-basic-user:c4n4ry-basic-password"));
    let lines = |authorization: &str| {
        format!(
            "Authorization: {authorization}\r\nCookie: session=c4n4ry-cookie\r\nReferer: https://x.example/?code=c4n4ry-referer\r\n\
             Signature: sig=:c4n4ry-signature:\r\nX-Forwarded-Client-Cert: Hash=c4n4ry-xfcc\r\nX-Request-Id: c4n4ry-request-id\r\n\
             User-Agent: c4n4ry-agent\r\nTraceparent: c4n4ry-traceparent\r\nX-Forwarded-For: c4n4ry-forwarded\r\n"
        )
    };
    let query = "?access_token=c4n4ry-access&api_key=c4n4ry-api&sig=c4n4ry-sig&code=c4n4ry-code&state=c4n4ry-state\
                 &ACCESS_TOKEN=c4n4ry-upper&%61ccess_token=c4n4ry-escaped&access_token[]=c4n4ry-list\
                 &redirect_uri=https%3A%2F%2Fx%3Faccess_token%3Dc4n4ry-nested&page=password%3Dc4n4ry-page";
    for service in [&service, &down] {
        for authorization in [
            "Bearer c4n4ry-bearer",
            "ApiKey c4n4ry-apikey",
            "Digest c4n4ry-digest",
            "c4n4ry-scheme x",
            "c4n4ry-bare",
            &basic,
            &format!("Bearer {token}"),
            &format!("Bearer {TOKEN}"),
            &format!("Bearer {POOR}"),
            "Bearer acme_live_c4n4ry",
            "DPoP c4n4ry-dpop",
        ] {
            for path in [
                "/v1/models",
                "/v1/panic",
                "/public/c4n4ry-path",
                "/c4n4ry-nowhere",
                "/v1/%2e/c4n4ry-strict",
                "/cookie",
            ] {
                let target = format!("http://c4n4ry-user:c4n4ry-password@api.example{path}{query}");
                let head = format!(
                    "GET {target} HTTP/1.1\r\nHost: api.example\r\nConnection: close\r\n{}\r\n",
                    lines(authorization)
                );
                assert!(exchange(service.address, &head).await.status >= 200);
            }
        }
        for key in ["c4n4ry-key", &service.key, &format!("{}x", service.key)] {
            let head = format!(
                "GET /v1/models HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-API-Key: {key}\r\n\r\n"
            );
            exchange(service.address, &head).await;
        }
        for body in [
            r#"{"username":"c4n4ry-login-user","password":"c4n4ry-login-password"}"#,
            r#"{"username":"ada","password":"c4n4ry-wrong-password"}"#,
            r#"{"username":"ada","password":"c4n4ry-broken"#,
        ] {
            let head = format!(
                "POST /auth/login{query} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
                body.len()
            );
            assert!((400..504).contains(&exchange(service.address, &head).await.status));
        }
        // What is no HTTP.
        exchange(service.address, "c4n4ry-no-http \r\n\r\n").await;
    }
    assert!(service.handled.count() > 0 && down.handled.count() == 0);
    let mut sinks = vec![("tracing", SAID.text())];
    for service in [&service, &down] {
        assert!(service.recorder.drain(LONG).await);
        let page = service.recorder.page(&AuditQuery::default()).await.unwrap();
        sinks.push(("audit", format!("{:?}", page.records)));
        sinks.push(("access", service.access.text()));
        let lines = service.lines(70).await;
        for line in lines.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok()) {
            let id = palisade::RequestId::parse(line["request_id"].as_str().unwrap().as_bytes()).unwrap();
            let account = service.explain.find(id).unwrap_or_default();
            sinks.push(("explain", String::from_utf8(account.into()).unwrap()));
        }
    }
    sinks.push(("metrics", format!("{:?}", numbers.snapshot().into_vec())));
    sinks.push(("debug", format!("{:?} {:?} {:?}", service.app, service.recorder, service.explain)));
    assert!(sinks.len() > 50 && sinks.iter().all(|(_, text)| !text.is_empty()));
    let mut secrets = vec!["c4n4ry".to_owned(), TOKEN.to_owned(), POOR.to_owned(), CANARY.to_owned(), token];
    secrets.push(BASE64.encode(b"c4n4ry-basic-user:c4n4ry-basic-password"));
    for service in [&service, &down] {
        // The prefix and the public id stand there by right; what follows them does not.
        secrets.push(service.key[service.key.len() - 30..].to_owned());
    }
    for secret in &secrets {
        for form in forms(secret) {
            for (sink, text) in &sinks {
                // A panic of a handler is told to its operator, in its own words.
                let text = if *secret == CANARY && *sink == "tracing" { "" } else { text };
                if let Some(at) = text.find(&form) {
                    let from = text[..at].rfind('\n').map_or(0, |at| at + 1);
                    panic!("{secret} as {form} in {sink}: {}", text[from..].lines().next().unwrap());
                }
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a279_whatever_is_sent_one_request_is_one_line_of_json() {
    let service = everything(None).await;
    let long = "x".repeat(8_000);
    let mut sent = 0;
    for (path, agent) in [
        ("/v1/models%0a%0d{\"forged\":true}", "a"),
        ("/public/%1b[2J%E2%80%A8", "\u{2028}\u{1f4a5}"),
        ("/v1/models?page=%0A%1B[2J%00%E2%80%A8%FF", "\"}"),
        (&*format!("/v1/models?page={}", &long[..7_000]), &long),
        ("/v1/models/%ff%fe", "x\t\u{e9}"),
    ] {
        let head = format!(
            "GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nUser-Agent: {agent}\r\nAuthorization: Bearer {TOKEN}\r\n\r\n"
        );
        exchange(service.address, &head).await;
        sent += 1;
    }
    for name in ["a\nb", "\u{1b}[2J", "\u{2028}", "\0", &long[..3_000]] {
        let body = serde_json::json!({ "username": name, "password": "wrong battery staple" }).to_string();
        let head = format!(
            "POST /auth/login HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        exchange(service.address, &head).await;
        sent += 1;
    }
    let text = service.lines(sent).await;
    assert_eq!(text.lines().count(), sent, "{text}");
    for line in text.lines() {
        let read: Value = serde_json::from_str(line).unwrap();
        assert!(read["forged"].is_null() && read["request_id"].is_string(), "{line}");
        assert!(!line.contains(['\u{1b}', '\u{2028}', '\0']) && line.len() < 1_200, "{}", line.len());
        let page = read["query"]["page"].as_str().unwrap_or_default();
        assert!(page.len() <= 300, "{}", page.len());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a281_no_error_tells_where_keys_are_fetched_from() {
    LazyLock::force(&SAID);
    let keys = RemoteKeys::issuer("https://issuer.example")
        .jwks_uri("http://127.0.0.1:1/jwks?secret=c4n4ry-jwks-query")
        .dangerous_loopback_http()
        .build()
        .unwrap();
    for _ in 0..500 {
        assert!(keys.current().is_none());
        if keys.status().failures() > 0 {
            break;
        }
        sleep(Duration::from_millis(20)).await;
    }
    let status = keys.status();
    assert!(status.failures() > 0 && status.last_error().is_some());
    let told = format!("{status:?} {keys:?} {}", SAID.text());
    assert!(!told.contains("c4n4ry-jwks-query"), "{told}");
    let broken = RemoteKeys::issuer("https://issuer.example")
        .jwks_uri("https://user:c4n4ry-jwks-user@\0/?c4n4ry")
        .build();
    assert!(!broken.unwrap_err().to_string().contains("c4n4ry"));
}
