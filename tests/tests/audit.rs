//! What a whole service leaves in its audit log, also when it is stopped under load.

#![allow(clippy::unwrap_used, clippy::panic, reason = "these are tests")]

use palisade::{
    Auth, Scope, Secret, Stack,
    keys::{ApiKeys, Caller, KeyFormat, Keyring, MemoryStore, NewKey, Peppers},
    observe::audit::{AuditLog, AuditQuery, Chain, FileAudit, Outcome, Recorder, Sync},
    routes::{Routes, get},
};
use std::{
    net::SocketAddr,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::SeqCst},
    },
    time::Duration,
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    sync::oneshot,
    task::JoinSet,
};

const MANAGE: Scope = Scope::from_static("manage_users");
const VIEW: Scope = Scope::from_static("view_audit_logs");
const LONG: Duration = Duration::from_secs(30);

fn open(path: &Path) -> FileAudit {
    let key = Secret::new("the key of the chain, in a test");
    FileAudit::open(path, Chain::keyed(&key).unwrap(), Sync::Every(Duration::from_millis(50))).unwrap()
}

struct Service {
    address: SocketAddr,
    admin: String,
    stop: oneshot::Sender<()>,
    served: tokio::task::JoinHandle<std::io::Result<()>>,
}

async fn start(recorder: &Recorder) -> Service {
    let format = KeyFormat::with_public_checksum("acme", "live").unwrap();
    let keys = ApiKeys::new(format, Peppers::none(), MemoryStore::new()).events(recorder.clone());
    let keyring = Keyring::new(&keys, [MANAGE, VIEW], MANAGE);
    let mut admin = NewKey::named("admin".parse().unwrap());
    admin.permissions = [MANAGE, VIEW].into_iter().collect();
    let admin = keyring.create(&Caller::operator("setup"), admin).await.unwrap();
    let routes = Routes::new()
        .route("/private", get(async || "ok").requires(VIEW))
        .nest("/api-keys", keyring.routes())
        .nest("/audit", recorder.routes(VIEW));
    let app = Stack::new(Auth::with(keys)).audit(recorder).protect(routes).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel();
    let served = tokio::spawn(palisade::serve_until(listener, app, async move {
        let _ = stopped.await;
    }));
    Service { address, admin: admin.key.expose().to_owned(), stop, served }
}

async fn ask(
    address: SocketAddr,
    line: &str,
    key: &str,
    body: &str,
) -> std::io::Result<(u16, serde_json::Value)> {
    let mut stream = TcpStream::connect(address).await?;
    let length = body.len();
    let request = format!(
        "{line} HTTP/1.1\r\nhost: a\r\nconnection: close\r\nx-api-key: {key}\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}"
    );
    stream.write_all(request.as_bytes()).await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    let (head, body) = answer.split_once("\r\n\r\n").ok_or(std::io::ErrorKind::UnexpectedEof)?;
    Ok((head[9..12].parse().unwrap(), serde_json::from_str(body).unwrap_or_default()))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a286_what_happens_is_told_once_with_who_what_when_where_and_how_it_ended() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("audit.jsonl");
    let recorder = Recorder::builder(open(&path)).build().unwrap();
    let Service { address, admin, stop: _stop, .. } = start(&recorder).await;
    let (status, made) =
        ask(address, "POST /api-keys", &admin, r#"{"name":"ci","permissions":[]}"#).await.unwrap();
    assert_eq!(status, 201);
    let key = made["key"].as_str().unwrap();
    assert_eq!(ask(address, "GET /private", key, "").await.unwrap().0, 403);
    assert_eq!(ask(address, "GET /private", "junk", "").await.unwrap().0, 401);
    let id = made["id"].as_str().unwrap();
    assert_eq!(ask(address, &format!("DELETE /api-keys/{id}"), &admin, "").await.unwrap().0, 204);
    assert!(recorder.drain(LONG).await);
    let (status, page) = ask(address, "GET /audit", &admin, "").await.unwrap();
    assert_eq!(status, 200);
    let mut told: Vec<_> = page["events"].as_array().unwrap().clone();
    told.reverse();
    let acts: Vec<_> =
        told.iter().map(|it| (it["act"].as_str().unwrap(), it["outcome"].as_str().unwrap())).collect();
    assert_eq!(
        acts,
        [
            ("key.created", "begun"),
            ("key.created", "done"),
            ("key.created", "begun"),
            ("key.created", "done"),
            ("authz.denied", "refused"),
            ("authn.failure", "refused"),
            ("key.revoked", "begun"),
            ("key.revoked", "done"),
        ]
    );
    let denied = &told[4];
    assert_eq!((&denied["actor"], &denied["client"]), (&format!("api_key:{id}").into(), &"127.0.0.1".into()));
    assert_eq!((&told[7]["target"], &page["chain"]["holds"]), (&format!("key:{id}").into(), &true.into()));
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(!text.contains(key) && !text.contains(&admin), "A285: no key");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a328_a_service_that_is_stopped_under_load_loses_no_event() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("audit.jsonl");
    let recorder = Recorder::builder(open(&path)).strangers_a_second(u32::MAX).build().unwrap();
    let Service { address, admin, stop, served } = start(&recorder).await;
    let (made, refused) = (Arc::new(AtomicU64::new(1)), Arc::new(AtomicU64::new(0)));
    let mut clients = JoinSet::new();
    for client in 0..8 {
        let (admin, made, refused) = (admin.clone(), made.clone(), refused.clone());
        clients.spawn(async move {
            for _ in 0..10_000 {
                let answer = if client % 2 == 0 {
                    ask(address, "POST /api-keys", &admin, r#"{"name":"ci","permissions":[]}"#).await
                } else {
                    ask(address, "GET /private", "junk", "").await
                };
                match answer {
                    Ok((201, _)) => made.fetch_add(1, SeqCst),
                    Ok((401, _)) => refused.fetch_add(1, SeqCst),
                    // It is being stopped.
                    Ok((503, _)) | Err(_) => break,
                    Ok(other) => panic!("{other:?}"),
                };
            }
        });
    }
    while made.load(SeqCst) < 50 || refused.load(SeqCst) < 50 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    stop.send(()).unwrap();
    served.await.unwrap().unwrap();
    while clients.join_next().await.is_some() {}
    assert!(recorder.drain(LONG).await);
    drop(recorder);
    let log = open(&path);
    assert_eq!(log.verify(None).await.unwrap().fault, None);
    let count = async |act: &str, outcome| {
        let mut query = AuditQuery::default();
        (query.act, query.limit) = (Some(act.into()), 200);
        let mut count = 0;
        loop {
            let page = log.page(&query).await.unwrap();
            count += page.records.iter().filter(|it| it.entry.outcome == outcome).count() as u64;
            query.before = page.next;
            if query.before.is_none() {
                return count;
            }
        }
    };
    let done = count("key.created", Outcome::Done).await;
    assert!(done >= made.load(SeqCst), "{done} of {made:?}");
    assert_eq!(count("key.created", Outcome::Begun).await, done);
    let told = count("authn.failure", Outcome::Refused).await;
    assert!(told >= refused.load(SeqCst), "{told} of {refused:?}");
}
