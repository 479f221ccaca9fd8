//! One server, in this process.

use crate::{
    ask::{self, Ask},
    case::{
        api_key::served_keys,
        bare::router,
        limit::governor_with,
        policy::{SCOPE, tokens},
        token::tower_http,
    },
    clock::process_nanos,
    failure::Failure,
};
use axum::Router;
use clap::ValueEnum;
use palisade::{AccessLog, Auth, Protected, Stack, routes::get};
use palisade_routes::Routes;
use std::{
    io::{self, Write as _},
    net::SocketAddr,
    time::Duration,
};

/// A bucket that fills faster than anybody asks here, and is large enough for a thread that has lost its processor meanwhile.
pub(super) const QUOTA: &str = "1000000/second burst 99999";
/// The same, for the peers.
pub(super) const PERIOD: Duration = Duration::from_micros(1);
pub(super) const BURST: u32 = 99_999;

/// What is served.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Kind {
    /// axum alone
    Bare,
    /// Two limits, a token and a route with a policy
    Stack,
    /// The same, and one line of JSON a request
    StackAndLog,
    /// The same, and an audit log, and numbers into a recorder
    #[cfg(feature = "metrics")]
    StackAndAll,
    /// Two limits, an API key among a thousand and a route with a policy
    Keys,
    /// The same without headers for browsers and caches: no more than what the peers are measured with, and a request's name
    KeysAlone,
    /// axum alone, whose handler answers with the header lines that the stack sends
    Lines,
    /// Two limits and an API key among a thousand in one gate, and nothing else
    Guards,
    /// As much, of tower_governor's and tower-http's parts
    PeersGuards,
    /// What the stack does, of tower_governor's and tower-http's parts
    Parts,
    /// tower_governor and tower-http's bearer, each a layer of the router
    Peers,
}

impl Kind {
    /// The first is what the others are told above.
    pub(super) const ALL: &[Self] = &[
        Self::Bare,
        Self::Stack,
        Self::StackAndLog,
        #[cfg(feature = "metrics")]
        Self::StackAndAll,
        Self::Keys,
        Self::KeysAlone,
        Self::Lines,
        Self::Parts,
        Self::Guards,
        Self::PeersGuards,
        Self::Peers,
    ];

    pub(super) const fn label(self) -> &'static str {
        match self {
            Self::Bare => "bare axum",
            Self::Stack => "stack: two limits, token, policy",
            Self::StackAndLog => "stack, and JSON access log",
            #[cfg(feature = "metrics")]
            Self::StackAndAll => "stack, access log, audit log, metrics",
            Self::Keys => "stack: two limits, API key, policy",
            Self::KeysAlone => "the same, without security headers",
            Self::Lines => "bare axum that sends the stack's lines",
            Self::Guards => "one gate: two limits, API key",
            Self::PeersGuards => "tower_governor twice, tower-http's bearer",
            Self::Parts => "its work, from the peers' parts",
            Self::Peers => "tower_governor, tower-http's bearer",
        }
    }
}

/// Serves until standard input ends. Prints the port and a credential, and then for every line of input the processor time of this process.
pub(crate) fn run(kind: Kind) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let listener = runtime.block_on(tokio::net::TcpListener::bind(("127.0.0.1", 0)))?;
    let port = listener.local_addr()?.port();
    let mut credential = ask::TOKEN.to_owned();
    match kind {
        Kind::Bare => {
            let app: Router = router();
            runtime.spawn(async move { axum::serve(listener, app).await });
        }
        Kind::Parts | Kind::Guards | Kind::PeersGuards | Kind::Peers => {
            let app = match kind {
                Kind::Parts => super::parts::app()?,
                Kind::PeersGuards => super::parts::guards()?,
                Kind::Guards => {
                    let (app, presented) = super::guards::app()?;
                    credential = presented;
                    app
                }
                _ => router().layer(tower_http()).layer(governor_with(PERIOD, BURST)?),
            };
            let app = app.into_make_service_with_connect_info::<SocketAddr>();
            runtime.spawn(async move { axum::serve(listener, app).await });
        }
        Kind::Lines => {
            let stack = Stack::new(Auth::with(tokens()?));
            let ask = Ask::palisade().with_token();
            let app = super::lines::app(&protected(stack)?, ask)?;
            runtime.spawn(async move { axum::serve(listener, app).await });
        }
        guarded => {
            let auth = if matches!(guarded, Kind::Keys | Kind::KeysAlone) {
                let (keys, presented) = served_keys(&SCOPE)?;
                credential = presented;
                Auth::keys(keys)
            } else {
                Auth::with(tokens()?)
            };
            let mut stack = Stack::new(auth);
            if guarded == Kind::KeysAlone {
                stack = stack.security_headers(None);
            }
            if !matches!(guarded, Kind::Stack | Kind::Keys | Kind::KeysAlone) {
                let log = AccessLog::json(super::alone::tempfile()?).build().map_err(Failure::setup)?;
                stack = stack.access_log(log);
            }
            #[cfg(feature = "metrics")]
            if guarded == Kind::StackAndAll {
                stack = stack.audit(&super::observed::recorder()?).metrics(palisade::observe::Metrics::new());
            }
            let app = protected(stack)?;
            runtime.spawn(async move { axum::serve(listener, app).await });
        }
    }
    let mut out = io::stdout();
    writeln!(out, "{port}\n{credential}")?;
    for line in io::stdin().lines() {
        line?;
        writeln!(out, "{}", process_nanos())?;
    }
    Ok(())
}

/// Two limits around a route with a policy.
fn protected(stack: Stack) -> Result<Protected, Failure> {
    let routes = Routes::new().route("/models", get(crate::case::bare::models).requires(SCOPE));
    stack.address_limit(QUOTA).principal_limit(QUOTA).protect(routes).map_err(Failure::setup)
}
