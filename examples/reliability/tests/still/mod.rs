//! The service and its dependency in this process, with a clock that stands still until the test moves it.

#![allow(dead_code, reason = "every file of tests uses a part of it")]

use crate::running::{Answer, JSON, SECRET_KEY};
use palisade::{ClientIp, Clock, ManualClock, Secret, UnixTime, jwt::SigningKeys};
use palisade_testing::servers::{flood, send};
use reliability::{
    accounts::Accounts,
    client::Upstream,
    exchange::Exchange,
    server::app,
    upstream::OwnUpstream,
    users::{self, UserFile},
};
use std::{sync::Arc, time::Duration};
use tokio::{net::TcpListener, runtime::Runtime};

/// The breaker stays open so long at first.
pub(crate) const OPEN: Duration = Duration::from_secs(5);

pub(crate) struct Still {
    address: String,
    time: ManualClock,
    upstream: OwnUpstream,
    password: String,
    /// Serves until it is dropped.
    _runtime: Runtime,
}

impl Still {
    /// Starts at 37 seconds past a minute, so that a window that begins with the minute would be seen.
    pub(crate) fn start() -> Self {
        let time = ManualClock::new(UnixTime::from_secs(1_700_000_017));
        let clock = Clock::manual(&time);
        let runtime = Runtime::new().unwrap();
        let (listener, upstream) = runtime.block_on(async {
            (TcpListener::bind("127.0.0.1:0").await.unwrap(), OwnUpstream::start().await.unwrap())
        });
        let exchange = Exchange::new(Upstream::parse(&upstream.url()).unwrap(), OPEN, clock.clone()).unwrap();
        let accounts = accounts(clock.clone());
        let password = runtime.block_on(users::demo(&accounts.management())).unwrap();
        let password = String::from_utf8(password.expose().to_vec()).unwrap();
        let app = app(&Arc::new(exchange), &accounts, None, ClientIp::peer(), clock).unwrap();
        let address = listener.local_addr().unwrap().to_string();
        runtime.spawn(async move { axum::serve(listener, app).await });
        Self { address, time, upstream, password, _runtime: runtime }
    }

    pub(crate) fn get(&self, path: &str, times: usize) -> Vec<Answer> {
        flood(&self.address, &format!("GET {path}"), "", "", times)
    }

    /// Logs the one user in.
    pub(crate) fn login(&self) -> Answer {
        let body = serde_json::json!({"username": users::DEMO, "password": self.password}).to_string();
        self.send("POST /login", JSON, &body)
    }

    pub(crate) fn send(&self, request: &str, lines: &str, body: &str) -> Answer {
        send(&self.address, request, lines, body.as_bytes())
    }

    /// Says something to the dependency.
    pub(crate) fn upstream(&self, request: &str, body: &str) -> Answer {
        send(self.upstream.url().trim_start_matches("http://"), request, "", body.as_bytes())
    }

    pub(crate) fn pass(&self, millis: u64) {
        self.time.advance(Duration::from_millis(millis));
    }
}

/// Nobody yet; tokens hold for half an hour.
pub(crate) fn accounts(clock: Clock) -> Accounts {
    let keys = SigningKeys::from_secret("SECRET_KEY", &Secret::new(SECRET_KEY)).unwrap();
    Accounts::new(UserFile::default(), &keys, Duration::from_secs(1_800), None, clock).unwrap()
}

/// A token of the one user, who logs in.
pub(crate) async fn token(accounts: &Accounts) -> String {
    let password = users::demo(&accounts.management()).await.unwrap();
    let password = String::from_utf8(password.expose().to_vec()).unwrap();
    let routes = accounts.login().routes();
    let app = palisade::Stack::new(palisade::Auth::jwt(accounts.jwt())).protect(routes).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let server = tokio::spawn(async move { axum::serve(listener, app).await });
    let body = serde_json::json!({"username": users::DEMO, "password": password}).to_string();
    let answer = tokio::task::spawn_blocking(move || send(&address, "POST /login", JSON, body.as_bytes()))
        .await
        .unwrap();
    server.abort();
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.json()["token"].as_str().unwrap().to_owned()
}
