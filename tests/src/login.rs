//! A service with logins, slowed down by what counts guesses; and how long its refusals take.

use axum::body::Body;
use http::{HeaderMap, Request};
use palisade::{
    Auth, Clock, ManualClock, Peer, Protected, Scope, Stack, UnixTime,
    jwt::{
        Issuer, Jwt, MemoryRevocations, SigningKeys,
        login::{
            Caller, FirstPassword, HashCost, Hashing, Login, MemoryRefresh, MemoryUsers, NewUser, Password,
            UserPatch, Users,
        },
    },
    limit::GrowingBlock,
    routes::{Routes, get},
};
use std::{net::IpAddr, sync::Arc, time::Instant};
use tower::ServiceExt as _;

/// What everybody here has chosen.
pub const PASSWORD: &str = "correct horse battery staple";

/// The service.
#[derive(Clone, Debug)]
pub struct Service {
    /// Its time, as guesses are counted.
    pub time: ManualClock,
    /// Its logins.
    pub login: Login,
    /// Its users.
    pub users: Users,
    stack: Arc<Protected>,
}

/// What came back.
#[derive(Debug, PartialEq, Eq)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The headers, without those that name the request.
    pub headers: HeaderMap,
    /// The body.
    pub text: String,
}

impl Service {
    /// With users `ada`, `bob` and `disabled`, and hashes of this cost.
    ///
    /// # Panics
    ///
    /// Where it cannot be put together.
    pub async fn new(cost: HashCost) -> Self {
        let manage = Scope::from_static("manage_users");
        let time = ManualClock::new(UnixTime::from_secs(1_795_331_718));
        let guesses = GrowingBlock::new("login").unwrap().clock(Clock::manual(&time));
        let keys = SigningKeys::in_memory().open().unwrap();
        let issuer =
            Issuer::builder("https://api.example").audience("https://api.example").keys(&keys).unwrap();
        let revocations = Arc::new(MemoryRevocations::new());
        let jwt = Jwt::new(issuer.verifier().unwrap()).revocations(revocations.clone());
        let hashing = Hashing::new(cost).unwrap();
        let login = Login::new(MemoryUsers::new(), hashing, issuer, guesses)
            .refresh(MemoryRefresh::new())
            .revocations(revocations);
        let users = Users::new(&login, [manage.clone()], manage);
        let operator = Caller::operator("test");
        for name in ["ada", "bob", "disabled"] {
            let chosen = FirstPassword::Chosen(Password::new(PASSWORD).unwrap());
            let user = users.create(&operator, NewUser::new(name.parse().unwrap(), chosen)).await.unwrap();
            let mut patch = UserPatch::default();
            patch.disabled = Some(name == "disabled");
            users.update(&operator, user.id, patch, None).await.unwrap();
        }
        let routes: Routes = Routes::new()
            .route("/whoami", get(async || "somebody").authenticated())
            .nest("/auth", login.routes())
            .nest("/users", users.routes());
        let stack = Stack::new(Auth::jwt(jwt).strip()).protect(routes).unwrap();
        Self { time, login, users, stack: Arc::new(stack) }
    }

    /// The service as it can be served.
    #[must_use]
    pub fn app(&self) -> Protected {
        Protected::clone(&self.stack)
    }

    /// Sends a request from an address.
    ///
    /// # Panics
    ///
    /// Where the answer is no text.
    pub async fn send(&self, from: &str, mut request: Request<Body>) -> Answer {
        request.extensions_mut().insert(Peer(format!("{from}:1").parse().unwrap()));
        let Ok(response) = Protected::clone(&self.stack).oneshot(request).await;
        let (mut head, body) = response.into_parts();
        head.headers.remove("x-request-id");
        let body = axum::body::to_bytes(Body::new(body), 1 << 20).await.unwrap();
        let text = String::from_utf8(body.to_vec()).unwrap();
        Answer { status: head.status.as_u16(), headers: head.headers, text }
    }

    /// Logs in from an address.
    ///
    /// # Panics
    ///
    /// As [`send`](Self::send).
    pub async fn log_in(&self, from: &str, name: &str, password: &str) -> Answer {
        let body = serde_json::json!({ "username": name, "password": password }).to_string();
        let request = Request::post("/auth/login").header("content-type", "application/json");
        self.send(from, request.body(Body::from(body)).unwrap()).await
    }
}

/// How long refusals of an unknown user, a wrong password and a disabled user take, in nanoseconds: so many of each, in turns,
/// each from an address and at an account that were not charged before.
///
/// # Panics
///
/// Where the service answers anything but a refusal.
#[allow(clippy::disallowed_methods, reason = "a measurement of time")]
pub async fn refusals(cost: HashCost, samples: usize) -> [Vec<f64>; 3] {
    let service = Service::new(cost).await;
    let mut times = [const { Vec::new() }; 3];
    for round in 0..samples {
        for (class, (name, password)) in
            [("nobody", PASSWORD), ("ada", "wrong battery"), ("disabled", PASSWORD)].into_iter().enumerate()
        {
            let ip = IpAddr::from((0x0a00_0000 + u32::try_from(round * 3 + class).unwrap()).to_be_bytes());
            // A quarter of an hour later all quotas are whole again, and blocks are over.
            service.time.advance(std::time::Duration::from_secs(86_400));
            let start = Instant::now();
            let answer = service.log_in(&ip.to_string(), name, password).await;
            let nanos = start.elapsed().as_nanos() as f64;
            assert_eq!(answer.status, 401);
            times[class].push(nanos);
        }
    }
    times
}

/// The middle one.
#[must_use]
pub fn median(times: &[f64]) -> f64 {
    let mut sorted = times.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted[sorted.len() / 2]
}

/// How far two samples differ in order: the z of the Mann-Whitney test, |z| > 2.58 at p < 0.01.
#[must_use]
pub fn mann_whitney_z(one: &[f64], other: &[f64]) -> f64 {
    let mut all: Vec<(f64, bool)> =
        one.iter().map(|time| (*time, true)).chain(other.iter().map(|time| (*time, false))).collect();
    all.sort_by(|a, b| a.0.total_cmp(&b.0));
    let ranks: f64 =
        all.iter().enumerate().filter(|(_, (_, first))| *first).map(|(at, _)| at as f64 + 1.0).sum();
    let (n, m) = (one.len() as f64, other.len() as f64);
    let u = ranks - n * (n + 1.0) / 2.0;
    (u - n * m / 2.0) / (n * m * (n + m + 1.0) / 12.0).sqrt()
}
