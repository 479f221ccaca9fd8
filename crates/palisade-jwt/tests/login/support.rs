use crate::store::Store;
use axum::{Router, body::Body};
use http::{HeaderMap, Request, StatusCode};
use palisade_core::{
    Authenticate, ClientIp, Clock, Denial, DenialKind, Envelope, Event, EventSink, Format, Guard as _, Guess,
    Guessed, Guesses, ManualClock, Principal, Reply, Roles, Scope, UnixTime, UserEvent, gate,
};
use palisade_jwt::{
    Issuer, Jwt, MemoryRevocations, SigningKeys,
    login::{
        Caller, CanonicalName, FirstPassword, HashCost, Hashing, Login, MemoryRefresh, MemoryUsers, NewUser,
        Password, PasswordHash, User, UserStore as _, Users,
    },
};
use palisade_routes::{Routes, get};
use serde_json::{Value, json};
use std::{
    net::IpAddr,
    sync::{Arc, Mutex},
};
use tower::ServiceExt as _;

pub(crate) const READ: Scope = Scope::from_static("read_models");
pub(crate) const WRITE: Scope = Scope::from_static("write_models");
pub(crate) const MANAGE: Scope = Scope::from_static("manage_users");
pub(crate) const NOW: u64 = 1_795_331_718;
pub(crate) const PASSWORD: &str = "correct horse battery staple";
pub(crate) const ISSUER: &str = "https://api.example";

/// Keeps what is told.
#[derive(Clone, Debug, Default)]
pub(crate) struct Told(Arc<Mutex<Vec<UserEvent>>>);

impl EventSink for Told {
    fn emit(&self, event: &Event) {
        if let Event::User(event) = event {
            self.0.lock().unwrap().push(event.clone());
        }
    }
}

impl Told {
    pub(crate) fn take(&self) -> Vec<UserEvent> {
        std::mem::take(&mut self.0.lock().unwrap())
    }

    /// The reasons of refused logins since the last time.
    pub(crate) fn reasons(&self) -> Vec<&'static str> {
        let reasons = self.take().into_iter().filter_map(|event| match event {
            UserEvent::LoginRefused { reason, .. } => Some(reason),
            _ => None,
        });
        reasons.collect()
    }
}

/// Counts guesses, and refuses where it is told to.
#[derive(Clone, Debug, Default)]
pub(crate) struct Counted(Arc<Mutex<Counts>>);

#[derive(Debug, Default)]
struct Counts {
    settled: Vec<Option<Guessed>>,
    accounts: Vec<(IpAddr, String)>,
    closed: Option<DenialKind>,
}

/// Says what became of a guess, also of one that was dropped.
struct Open(Counted, Option<Guessed>);

impl Drop for Open {
    fn drop(&mut self) {
        self.0.0.lock().unwrap().settled.push(self.1);
    }
}

impl Guesses for Counted {
    fn begin(&self, client: IpAddr, account: &str) -> Reply<Result<Guess, Denial>> {
        let mut counts = self.0.lock().unwrap();
        counts.accounts.push((client, account.to_owned()));
        if let Some(kind) = counts.closed {
            return Reply::now(Err(Denial::new(kind).because("too_many_failures").retry_after(60)));
        }
        let mut open = Open(self.clone(), None);
        Reply::now(Ok(Guess::new(move |guessed| {
            open.1 = Some(guessed);
            drop(open);
            Reply::now(())
        })))
    }
}

impl Counted {
    pub(crate) fn settled(&self) -> Vec<Option<Guessed>> {
        std::mem::take(&mut self.0.lock().unwrap().settled)
    }

    pub(crate) fn accounts(&self) -> Vec<(IpAddr, String)> {
        std::mem::take(&mut self.0.lock().unwrap().accounts)
    }

    pub(crate) fn close(&self, kind: Option<DenialKind>) {
        self.0.lock().unwrap().closed = kind;
    }
}

/// A service with logins.
#[derive(Clone)]
pub(crate) struct App {
    pub(crate) users: Store<MemoryUsers>,
    pub(crate) families: Store<MemoryRefresh>,
    pub(crate) revocations: Store<MemoryRevocations>,
    pub(crate) guesses: Counted,
    pub(crate) told: Told,
    pub(crate) time: ManualClock,
    pub(crate) login: Login,
    pub(crate) directory: Users,
    pub(crate) service: Router,
}

pub(crate) fn app() -> App {
    with(HashCost::dangerous_cheap(), |login| login)
}

pub(crate) fn with(cost: HashCost, edit: impl FnOnce(Login) -> Login) -> App {
    assemble(cost, true, edit)
}

pub(crate) fn without_refresh() -> App {
    assemble(HashCost::dangerous_cheap(), false, |login| login)
}

fn assemble(cost: HashCost, refresh: bool, edit: impl FnOnce(Login) -> Login) -> App {
    let (users, families, revocations) = (Store::default(), Store::default(), Store::default());
    let (guesses, told) = (Counted::default(), Told::default());
    let time = ManualClock::new(UnixTime::from_nanos(NOW * 1_000_000_000 + 250_000_000));
    let clock = Clock::manual(&time);
    let roles = Roles::new([
        ("reader", [READ].into_iter().collect()),
        ("admin", [READ, MANAGE].into_iter().collect()),
    ]);
    let keys = SigningKeys::in_memory().open().unwrap();
    let issuer = Issuer::builder(ISSUER).audience(ISSUER).keys(&keys).unwrap();
    let jwt = Jwt::new(issuer.verifier().unwrap()).revocations(revocations.clone()).without_cache();
    let login = Login::new(users.clone(), Hashing::new(cost).unwrap(), issuer, guesses.clone())
        .roles(roles)
        .revocations(revocations.clone())
        .events(told.clone())
        .clock(clock.clone());
    let login = edit(if refresh { login.refresh(families.clone()) } else { login });
    let directory = Users::new(&login, [READ, WRITE, MANAGE], MANAGE);
    let who = async |principal: Principal| format!("{} {}", principal.id(), principal.scopes());
    let routes: Routes = Routes::new()
        .route("/models", get(async || "[]").requires(READ))
        .route("/whoami", get(who).authenticated())
        .nest("/auth", login.routes())
        .nest("/users", directory.routes());
    let chain = ClientIp::peer()
        .without_peer_as([192, 0, 2, 7].into())
        .then(Authenticate::with(jwt).identify().strip());
    let layer = gate(chain).clock(clock).expose_facts().with_envelope(Envelope::new(Format::Json));
    let service = routes.into_router().unwrap().layer(layer);
    App { users, families, revocations, guesses, told, time, login, directory, service }
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("{self:?}"))
    }

    pub(crate) fn member(&self, name: &str) -> String {
        self.json()[name].as_str().unwrap_or_else(|| panic!("{name}: {self:?}")).to_owned()
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

/// While it is kept a paused clock stands: hashing takes time of the machine's, and none of the clock's.
pub(crate) fn clock_stands() -> std::sync::mpsc::Sender<()> {
    let (kept, gone) = std::sync::mpsc::channel::<()>();
    // What a runtime does on its blocking threads keeps a paused clock from running on.
    drop(tokio::task::spawn_blocking(move || gone.recv()));
    kept
}

pub(crate) fn operator() -> Caller {
    Caller::operator("test")
}

impl App {
    pub(crate) async fn user(&self, name: &str, roles: &[&str]) -> Arc<User> {
        let mut new =
            NewUser::new(name.parse().unwrap(), FirstPassword::Chosen(Password::new(PASSWORD).unwrap()));
        new.roles = roles.iter().map(|role| role.parse().unwrap()).collect();
        self.directory.create(&operator(), new).await.unwrap()
    }

    /// A user whose stored hash is this text.
    pub(crate) async fn user_with(&self, name: &str, stored: &str) -> Arc<User> {
        let hash = PasswordHash::stored(stored);
        let new = NewUser::new(name.parse().unwrap(), FirstPassword::Imported(hash));
        self.directory.create(&operator(), new).await.unwrap()
    }

    pub(crate) async fn stored(&self, name: &str) -> Option<Arc<User>> {
        self.users.0.memory.find(&CanonicalName::of(name)).await.unwrap()
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        let Ok(response) = self.service.clone().oneshot(request).await;
        let (head, body) = response.into_parts();
        let body = axum::body::to_bytes(body, 1 << 20).await.unwrap();
        Answer {
            status: head.status.as_u16(),
            headers: head.headers,
            text: String::from_utf8(body.to_vec()).unwrap(),
        }
    }

    pub(crate) async fn post(&self, path: &str, kind: &str, body: impl Into<Body>) -> Answer {
        let request = Request::post(path).header("content-type", kind).body(body.into()).unwrap();
        self.send(request).await
    }

    pub(crate) async fn log_in(&self, name: &str, password: &str) -> Answer {
        let body = json!({ "username": name, "password": password });
        self.post("/auth/login", "application/json", body.to_string()).await
    }

    /// The access token and the refresh token of somebody who logs in.
    pub(crate) async fn tokens(&self, name: &str) -> (String, String) {
        let answer = self.log_in(name, PASSWORD).await;
        (answer.member("token"), answer.member("refresh_token"))
    }

    pub(crate) async fn renew(&self, token: &str) -> Answer {
        self.post("/auth/refresh", "application/json", json!({ "refresh_token": token }).to_string()).await
    }

    pub(crate) async fn ask(&self, method: &str, path: &str, token: &str, body: &str) -> Answer {
        let request =
            Request::builder().method(method).uri(path).header("authorization", format!("Bearer {token}"));
        let request =
            if body.is_empty() { request } else { request.header("content-type", "application/json") };
        self.send(request.body(Body::from(body.to_owned())).unwrap()).await
    }

    pub(crate) async fn holds(&self, token: &str) -> bool {
        let status = self.ask("GET", "/whoami", token, "").await.status;
        assert!(status == 200 || status == 401, "{status}");
        status == 200
    }
}

pub(crate) fn assert_refused(answer: &Answer) {
    assert_eq!(StatusCode::from_u16(answer.status).unwrap(), StatusCode::UNAUTHORIZED, "{answer:?}");
    let expected =
        r#"{"error":{"code":"AUTHENTICATION_FAILED","message":"Invalid credentials","details":null}}"#;
    assert_eq!(answer.text, expected);
    assert_eq!(answer.header("www-authenticate"), r#"Bearer realm="api""#);
}

/// Begins a request, and leaves.
pub(crate) async fn begin_and_leave<T>(request: impl Future<Output = T>) {
    let mut request = Box::pin(request);
    let _ = std::future::poll_fn(|cx| std::task::Poll::Ready(request.as_mut().poll(cx).is_ready())).await;
}
