use axum::{Router, body::Body};
use http::{HeaderMap, Request, StatusCode};
use palisade_apikey::{
    ApiKeys, CachedStore, Caller, Change, Created, KeyFormat, KeyId, KeyPage, KeyQuery, KeyRecord, KeyStore,
    Keyring, MemoryStore, NewKey, Peppers, Roles, StoreError, StoreErrorKind,
};
use palisade_core::{
    Authenticate, ClientIp, Clock, Envelope, Event, EventSink, Facts, Format, Guard as _, KeyEvent,
    ManualClock, Peer, Principal, Reply, Scope, ScopeSet, Secret, UnixTime, gate,
};
use palisade_routes::{Routes, get};
use serde_json::Value;
use std::sync::{
    Arc, Mutex,
    atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst},
};
use tower::ServiceExt as _;

pub(crate) const READ: Scope = Scope::from_static("read_models");
pub(crate) const WRITE: Scope = Scope::from_static("write_models");
pub(crate) const DELETE: Scope = Scope::from_static("delete_models");
pub(crate) const MANAGE: Scope = Scope::from_static("manage_users");
pub(crate) const BASE: &str = "/api/v1/auth/api-keys";
pub(crate) const NOW: u64 = 1_795_331_718;

/// A store that counts, and that can be broken.
#[derive(Clone, Debug, Default)]
pub(crate) struct Store(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    memory: Arc<MemoryStore>,
    gets: AtomicUsize,
    touches: AtomicUsize,
    broken: AtomicBool,
    untouchable: AtomicBool,
}

impl Store {
    pub(crate) fn gets(&self) -> usize {
        self.0.gets.load(SeqCst)
    }

    pub(crate) fn touches(&self) -> usize {
        self.0.touches.load(SeqCst)
    }

    pub(crate) fn set_broken(&self, broken: bool) {
        self.0.broken.store(broken, SeqCst);
    }

    pub(crate) fn set_untouchable(&self) {
        self.0.untouchable.store(true, SeqCst);
    }

    pub(crate) fn memory(&self) -> &MemoryStore {
        &self.0.memory
    }

    fn whole(&self) -> Result<(), StoreError> {
        if self.0.broken.load(SeqCst) { Err(StoreErrorKind::Unavailable.into()) } else { Ok(()) }
    }
}

impl KeyStore for Store {
    fn get(&self, id: &KeyId) -> Reply<Result<Option<Arc<KeyRecord>>, StoreError>> {
        self.0.gets.fetch_add(1, SeqCst);
        let (this, id) = (self.clone(), *id);
        Reply::later(async move {
            this.whole()?;
            this.0.memory.get(&id).await
        })
    }

    fn write(&self, changes: Vec<Change>) -> Reply<Result<(), StoreError>> {
        let this = self.clone();
        Reply::later(async move {
            this.whole()?;
            tokio::task::yield_now().await;
            this.0.memory.write(changes).await
        })
    }

    fn list(&self, query: &KeyQuery) -> Reply<Result<KeyPage, StoreError>> {
        match self.whole() {
            Ok(()) => self.0.memory.list(query),
            Err(error) => Reply::now(Err(error)),
        }
    }

    fn touch(&self, id: &KeyId, at: UnixTime) -> Reply<Result<(), StoreError>> {
        self.0.touches.fetch_add(1, SeqCst);
        if self.0.untouchable.load(SeqCst) {
            return Reply::now(Err(StoreErrorKind::Unavailable.into()));
        }
        self.0.memory.touch(id, at)
    }
}

/// Keeps what is told.
#[derive(Clone, Debug, Default)]
pub(crate) struct Told(Arc<Mutex<Vec<KeyEvent>>>);

impl EventSink for Told {
    fn emit(&self, event: &Event) {
        if let Event::Key(event) = event {
            self.0.lock().unwrap().push(event.clone());
        }
    }
}

impl Told {
    pub(crate) fn all(&self) -> Vec<KeyEvent> {
        self.0.lock().unwrap().clone()
    }
}

/// A service behind keys, with its management API.
#[derive(Clone)]
pub(crate) struct App {
    pub(crate) store: Store,
    pub(crate) cached: CachedStore,
    pub(crate) keyring: Keyring,
    pub(crate) time: ManualClock,
    pub(crate) told: Told,
    pub(crate) reached: Arc<AtomicUsize>,
    service: Router,
}

pub(crate) fn format() -> KeyFormat {
    KeyFormat::new("acme", "live", &Secret::new("the check key of tests")).unwrap()
}

pub(crate) fn peppers() -> Peppers {
    Peppers::new(1, &Secret::new([7; 32])).unwrap()
}

pub(crate) fn app() -> App {
    with(|keys| keys, |keyring| keyring)
}

pub(crate) fn with(keys: impl FnOnce(ApiKeys) -> ApiKeys, keyring: impl FnOnce(Keyring) -> Keyring) -> App {
    let (store, told) = (Store::default(), Told::default());
    let time = ManualClock::new(UnixTime::from_secs(NOW));
    let clock = Clock::manual(&time);
    let cached = CachedStore::new(store.clone()).clock(clock.clone());
    let roles =
        Roles::new([("reader", [READ].into_iter().collect()), ("eraser", [DELETE].into_iter().collect())]);
    let keys = keys(ApiKeys::new(format(), peppers(), cached.clone()).events(told.clone()).roles(roles));
    let keyring = keyring(Keyring::new(&keys, [READ, WRITE, DELETE, MANAGE], MANAGE).clock(clock.clone()));
    let reached = Arc::new(AtomicUsize::new(0));
    let count = reached.clone();
    let handler = move |facts: Facts| {
        count.fetch_add(1, SeqCst);
        let principal = facts.identity().and_then(|identity| identity.principal().cloned());
        async move { principal.map_or_else(String::new, |principal| shown(&principal)) }
    };
    let routes: Routes = Routes::new()
        .route("/public", get(handler.clone()).public())
        .route("/models", get(handler.clone()).requires(READ).post(handler.clone()).requires(WRITE))
        .route("/any", get(handler).authenticated())
        .nest(BASE, keyring.routes());
    let headers = keys.headers();
    let chain = ClientIp::peer()
        .without_peer_as([192, 0, 2, 7].into())
        .then(Authenticate::with(keys).identify().strip())
        .then(headers);
    let router = routes.into_router().unwrap();
    let layer = gate(chain).clock(clock).expose_facts().with_envelope(Envelope::new(Format::Json));
    let service = router.layer(layer);
    App { store, cached, keyring, time, told, reached, service }
}

fn shown(principal: &Principal) -> String {
    format!("{} {} {} {:?}", principal.id(), principal.scopes(), principal.lineage(), principal.tenant())
}

pub(crate) fn scopes(scopes: &[Scope]) -> ScopeSet {
    scopes.iter().cloned().collect()
}

pub(crate) fn new_key(permissions: &[Scope]) -> NewKey {
    let mut new = NewKey::named("test".parse().unwrap());
    new.permissions = scopes(permissions);
    new
}

pub(crate) fn operator() -> Caller {
    Caller::operator("test")
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
    pub(crate) reason: Option<&'static str>,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("{self:?}"))
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

impl App {
    /// A key with these permissions, made by an operator.
    pub(crate) async fn key(&self, permissions: &[Scope]) -> Created {
        self.keyring.create(&operator(), new_key(permissions)).await.unwrap()
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        let Ok(response) = self.service.clone().oneshot(request).await;
        let (head, body) = response.into_parts();
        let body = axum::body::to_bytes(body, 1 << 20).await.unwrap();
        let reason =
            Facts::of(&head.extensions).and_then(|facts| facts.denial()).map(|denial| denial.reason());
        Answer {
            status: head.status.as_u16(),
            headers: head.headers,
            text: String::from_utf8(body.to_vec()).unwrap(),
            reason,
        }
    }

    /// Asks with a key in `X-API-Key`.
    pub(crate) async fn ask(&self, method: &str, path: &str, key: &str, body: &str) -> Answer {
        let request = Request::builder().method(method).uri(path).header("x-api-key", key);
        let request =
            if body.is_empty() { request } else { request.header("content-type", "application/json") };
        self.send(request.body(Body::from(body.to_owned())).unwrap()).await
    }

    pub(crate) async fn status(&self, key: &str) -> u16 {
        self.ask("GET", "/models", key, "").await.status
    }

    pub(crate) async fn from(&self, address: &str, key: &str) -> Answer {
        let mut request = Request::get("/models").header("x-api-key", key).body(Body::empty()).unwrap();
        request.extensions_mut().insert(Peer(format!("{address}:1").parse().unwrap()));
        self.send(request).await
    }

    pub(crate) async fn manage(&self, method: &str, path: &str, key: &Created, body: &str) -> Answer {
        self.ask(method, &format!("{BASE}{path}"), key.key.expose(), body).await
    }

    pub(crate) fn reached(&self) -> usize {
        self.reached.load(SeqCst)
    }
}

pub(crate) fn assert_refused(answer: &Answer) {
    assert_eq!(StatusCode::from_u16(answer.status).unwrap(), StatusCode::UNAUTHORIZED, "{answer:?}");
    let expected = r#"{"error":{"code":"AUTHENTICATION_FAILED","message":"Invalid API key","details":null}}"#;
    assert_eq!(answer.text, expected);
    assert_eq!(answer.header("www-authenticate"), r#"ApiKey realm="api", header="X-API-Key""#);
}
