//! A stack that logs, records, counts and explains everything, and what of that a request feels.

#![allow(clippy::unwrap_used, clippy::panic, reason = "these are tests")]

use axum::{body::Body, extract::ConnectInfo};
use http::Request;
use http_body_util::BodyExt as _;
use palisade::{
    AccessLog, Auth, Protected, Reply, Secret, Stack, Tracing, UnixTime,
    jwt::login::HashCost,
    keys::{ApiKeys, Caller, KeyFormat, KeyQuery, KeyStore as _, Keyring, MemoryStore, NewKey, Peppers},
    observe::{
        Explain, Metrics, Suspicions,
        audit::{
            AuditError, AuditLog, AuditPage, AuditQuery, Chain, Entry, Link, MemoryAudit, Recorder,
            Verification,
        },
    },
    routes::{Routes, get},
};
use std::{
    future::Future as _,
    io::{self, Write},
    net::SocketAddr,
    pin::pin,
    sync::{
        Arc, Condvar, Mutex,
        atomic::{AtomicBool, AtomicU64, Ordering::SeqCst},
        mpsc,
    },
    task::{Context, Poll, Waker},
    time::Duration,
};
use tests::{
    client::{get as asked, request, send, with_token},
    keys::Counting,
    login::{PASSWORD, Service},
    server::{CANARY, Handled, READ, TOKEN, WRITE, routes, tokens},
};
use tower::{Service as _, ServiceExt as _};

const LONG: Duration = Duration::from_secs(30);

fn memory() -> MemoryAudit {
    MemoryAudit::new(Chain::keyed(&Secret::new("the key of the chain, in a test")).unwrap(), 10_000)
}

/// Open or shut; whoever writes while it is shut waits.
#[derive(Clone, Debug, Default)]
struct Lock(Arc<(Mutex<bool>, Condvar)>);

impl Lock {
    fn shut(&self, shut: bool) {
        *self.0.0.lock().unwrap() = shut;
        self.0.1.notify_all();
    }

    fn pass(&self) {
        let shut = self.0.0.lock().unwrap();
        drop(self.0.1.wait_while(shut, |shut| *shut).unwrap());
    }
}

impl Write for Lock {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.pass();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// An audit log behind such a lock.
#[derive(Debug)]
struct Stuck(Lock, MemoryAudit);

impl AuditLog for Stuck {
    fn append(&self, entries: Arc<[Entry]>) -> Reply<Result<Link, AuditError>> {
        self.0.pass();
        self.1.append(entries)
    }

    fn page(&self, query: &AuditQuery) -> Reply<Result<AuditPage, AuditError>> {
        self.1.page(query)
    }

    fn verify(&self, known: Option<Link>) -> Reply<Result<Verification, AuditError>> {
        self.1.verify(known)
    }

    fn prune(&self, before: UnixTime) -> Reply<Result<Link, AuditError>> {
        self.1.prune(before)
    }
}

fn everything(stack: Stack, log: impl Write + Send + 'static, recorder: &Recorder) -> Stack {
    stack
        .access_log(AccessLog::json(log).build().unwrap())
        .audit(recorder)
        .metrics(Metrics::new())
        .explain(&Explain::with(1 << 20, 1))
        .suspicions(Suspicions::new(Tracing).unwrap())
        .address_limit("1000000/second")
        .principal_limit("1000000/second")
        .in_flight_limit(10_000)
}

/// Whether the answer is there after one poll; what it was.
fn at_once(app: &Protected, mut request: Request<Body>) -> Option<u16> {
    request.extensions_mut().insert(ConnectInfo(SocketAddr::from(([192, 0, 2, 1], 40_000))));
    let (mut app, mut cx) = (app.clone(), Context::from_waker(Waker::noop()));
    assert!(tower::Service::<Request<Body>>::poll_ready(&mut app, &mut cx).is_ready());
    let Poll::Ready(Ok(response)) = pin!(app.call(request)).poll(&mut cx) else { return None };
    let status = response.status().as_u16();
    let mut body = response.into_body();
    while let Poll::Ready(Some(Ok(_))) = pin!(body.frame()).poll(&mut cx) {}
    Some(status)
}

#[tokio::test]
async fn a317_no_poll_waits_for_a_log_that_is_stuck() {
    let lock = Lock::default();
    let recorder = Recorder::builder(Stuck(lock.clone(), memory())).build().unwrap();
    let handled = Handled::default();
    let stack = everything(Stack::new(Auth::with(tokens())), lock.clone(), &recorder);
    let app = stack.protect(routes(&handled)).unwrap();
    lock.shut(true);
    for _ in 0..500 {
        for (request, status) in [
            (with_token(asked("/v1/models"), TOKEN), 200),
            (asked("/v1/models"), 401),
            (with_token(asked("/v1/models"), "u5vVlqUIBqbbJEMn2b3Ltw9Z"), 401),
            (asked("/nowhere"), 404),
            (asked("/healthz"), 200),
        ] {
            assert_eq!(at_once(&app, request), Some(status));
        }
    }
    assert_eq!(handled.count(), 500);
    lock.shut(false);
    assert!(recorder.drain(LONG).await);
}

/// Panics when it writes, if it is told to.
#[derive(Clone, Debug, Default)]
struct Fragile(Arc<AtomicBool>);

impl Write for Fragile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        assert!(!self.0.load(SeqCst), "a writer that panics");
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn a316_panics_of_handlers_and_of_the_log_spoil_no_other_request() {
    let recorder = Recorder::builder(memory()).build().unwrap();
    let (handled, fragile) = (Handled::default(), Fragile::default());
    let stack = everything(Stack::new(Auth::with(tokens())), fragile.clone(), &recorder);
    let app = stack.protect(routes(&handled)).unwrap();
    for broken in [false, true] {
        fragile.0.store(broken, SeqCst);
        for _ in 0..50 {
            let panicked = send(&app, with_token(asked("/v1/panic"), TOKEN)).await;
            assert_eq!((panicked.status.as_u16(), panicked.code().as_str()), (500, "INTERNAL_ERROR"));
            assert!(!format!("{panicked:?}").contains(CANARY));
            let next = send(&app, with_token(asked("/v1/models"), TOKEN)).await;
            assert_eq!((next.status.as_u16(), &*next.body), (200, &b"llama-7b"[..]));
        }
    }
    assert_eq!(handled.count(), 100);
    assert!(recorder.drain(LONG).await);
}

#[tokio::test]
async fn a315_a_change_whose_client_hangs_up_at_any_poll_is_whole_or_not_there_and_recorded() {
    let store = Counting::default();
    let recorder = Recorder::builder(memory()).build().unwrap();
    let keys = ApiKeys::new(
        KeyFormat::with_public_checksum("acme", "live").unwrap(),
        Peppers::none(),
        store.clone(),
    );
    let keys = keys.events(recorder.clone());
    let keyring = Keyring::new(&keys, [READ, WRITE], WRITE);
    let mut admin = NewKey::named("admin".parse().unwrap());
    admin.permissions = [READ, WRITE].into_iter().collect();
    let admin = keyring.create(&Caller::operator("setup"), admin).await.unwrap().key.expose().to_owned();
    let stack = everything(Stack::new(Auth::keys(keys)), io::sink(), &recorder);
    let app = stack.protect(Routes::new().nest("/keys", keyring.routes())).unwrap();
    let mut answered = 0;
    for polls in 0..40 {
        let mut create = request(http::Method::POST, "/keys");
        for (name, value) in [("x-api-key", &*admin), ("content-type", "application/json")] {
            create.headers_mut().insert(name, value.parse().unwrap());
        }
        *create.body_mut() = Body::from(r#"{"name":"ci","permissions":[]}"#);
        create.extensions_mut().insert(ConnectInfo(SocketAddr::from(([192, 0, 2, 1], 40_000))));
        let mut future = Box::pin(app.clone().oneshot(create));
        let mut cx = Context::from_waker(Waker::noop());
        for _ in 0..polls {
            if let Poll::Ready(Ok(response)) = future.as_mut().poll(&mut cx) {
                assert_eq!(response.status(), 201);
                answered += 1;
                break;
            }
            // The last ones stay until they are answered, however slow the machine is.
            let stay = Duration::from_millis(if polls < 30 { 0 } else { 10 });
            tokio::time::sleep(stay).await;
        }
        drop(future);
    }
    // What was begun goes on without its client.
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert!(recorder.drain(LONG).await);
    let count = async |outcome: &str| {
        let mut query = AuditQuery::default();
        query.limit = 200;
        let page = recorder.page(&query).await.unwrap();
        let named = |it: &&palisade::observe::audit::Record| {
            &*it.entry.act == "key.created" && format!("{:?}", it.entry.outcome).eq_ignore_ascii_case(outcome)
        };
        page.records.iter().filter(named).count()
    };
    let (begun, done) = (count("begun").await, count("done").await);
    let mut all = KeyQuery::default();
    all.limit = 100;
    let kept = store.list(&all).await.unwrap().records.len();
    assert_eq!((begun, done), (kept, kept));
    assert!(answered > 0 && kept > answered, "{answered} answered, {kept} made");
}

#[test]
fn a318_with_every_blocking_thread_taken_callers_are_known_and_logins_go_on() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .max_blocking_threads(4)
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let login = Service::new(HashCost::dangerous_cheap()).await;
        let recorder = Recorder::builder(memory()).build().unwrap();
        let keys = ApiKeys::new(
            KeyFormat::with_public_checksum("acme", "live").unwrap(),
            Peppers::none(),
            MemoryStore::new(),
        );
        let keyring = Keyring::new(&keys, [READ, WRITE], WRITE);
        let mut new = NewKey::named("ci".parse().unwrap());
        new.permissions = [READ].into_iter().collect();
        let key = keyring.create(&Caller::operator("setup"), new).await.unwrap().key.expose().to_owned();
        let handled = Handled::default();
        let all =
            routes(&handled).nest("/auth", login.login.routes()).route("/blocked", get(async || "").public());
        let stack = everything(Stack::new(Auth::keys(keys).or(tokens())), io::sink(), &recorder);
        let app = stack.protect(all).unwrap();
        let log_in = |name: String| {
            let mut request = request(http::Method::POST, "/auth/login");
            request.headers_mut().insert("content-type", "application/json".parse().unwrap());
            *request.body_mut() = Body::from(format!(r#"{{"username":"{name}","password":"{PASSWORD}"}}"#));
            request
        };
        assert_eq!(send(&app, log_in("ada".to_owned())).await.status, 200);

        let (free, taken) = (Arc::new(AtomicU64::new(0)), mpsc::channel::<()>());
        let (release, held) = (taken.0, Arc::new(Mutex::new(taken.1)));
        for _ in 0..4 {
            let (free, held) = (free.clone(), held.clone());
            tokio::task::spawn_blocking(move || {
                free.fetch_add(1, SeqCst);
                // Until there is nobody who could release it.
                let _ = held.lock().unwrap().recv();
            });
        }
        while free.load(SeqCst) < 4 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        for _ in 0..100 {
            assert_eq!(send(&app, with_token(asked("/v1/models"), TOKEN)).await.body, "llama-7b");
            let mut with_key = asked("/v1/models");
            with_key.headers_mut().insert("x-api-key", key.parse().unwrap());
            assert_eq!(send(&app, with_key).await.body, "llama-7b");
            assert_eq!(send(&app, asked("/v1/models")).await.status, 401);
        }
        assert_eq!(handled.count(), 200);
        let mut logins = tokio::task::JoinSet::new();
        for nth in 0..12 {
            let (app, request) = (app.clone(), log_in(format!("nobody-{nth}")));
            logins.spawn(async move { send(&app, request).await });
        }
        // Hashes have threads of their own.
        for _ in 0..12 {
            let refused = tokio::time::timeout(LONG, logins.join_next()).await.unwrap().unwrap().unwrap();
            assert_eq!(refused.status, 401);
        }
        drop(release);
        assert!(recorder.drain(LONG).await);
    });
}
