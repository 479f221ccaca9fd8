//! The guard, at a clock that the tests move.

mod after;
mod declared;
mod headers;
#[cfg(feature = "metrics")]
mod metered;
mod obeying;
mod refusing;
mod sharing;

use super::*;
use crate::{
    outcome::Outcome,
    store::{Charge, Op},
    store_error::{StoreError, StoreErrorKind},
    suite::run,
};
use http::{HeaderMap, Request, Response};
use palisade_core::{
    Denial, DenialKind, Facts, GateLayer, Guard as _, Key, ManualClock, Moment, UnixTime, gate,
};
use std::{
    convert::Infallible,
    sync::atomic::{AtomicU32, Ordering::Relaxed},
    time::Duration,
};
use tower::{Layer, ServiceExt, service_fn};

const EPOCH: u64 = 1_700_000_000;

/// A clock, and a service behind gates that read it.
struct Rig {
    clock: ManualClock,
    handled: Arc<AtomicU32>,
}

impl Rig {
    fn new() -> Self {
        Self { clock: ManualClock::new(UnixTime::from_secs(EPOCH)), handled: Arc::default() }
    }

    fn clock(&self) -> Clock {
        Clock::manual(&self.clock)
    }

    /// A handler that thinks it knows better about headers, behind the gates, the first outermost.
    fn ask<C>(&self, gate: GateLayer<C>, request: Request<()>) -> Response<String>
    where
        C: palisade_core::Chain + 'static,
    {
        let handled = self.handled.clone();
        let handler = service_fn(move |_: Request<()>| {
            handled.fetch_add(1, Relaxed);
            let response = Response::builder()
                .header("X-RateLimit-Remaining", "999")
                .header("x-ratelimit-remaining", "998")
                .header("ratelimit", "mine");
            async { Ok::<_, Infallible>(response.body(String::from("done")).unwrap()) }
        });
        run(gate.clock(self.clock()).layer(handler).oneshot(request)).unwrap()
    }

    fn advance(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
    }
}

fn limit(name: &str, quotas: &str) -> RateLimit {
    RateLimit::new(name, quotas, By::everyone()).unwrap()
}

fn request() -> Request<()> {
    Request::new(())
}

fn header<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    let mut values = headers.get_all(name).iter();
    let value = values.next().map(|value| value.to_str().unwrap());
    assert!(values.next().is_none(), "{name} twice");
    value
}

/// `Limit Remaining Reset | RateLimit | RateLimit-Policy | Retry-After`, the reset as seconds after the start.
fn told<B>(response: &Response<B>) -> String {
    let one = |name| header(response.headers(), name).unwrap_or("-");
    let reset = one("x-ratelimit-reset").parse::<u64>().map_or("-".into(), |at| format!("+{}", at - EPOCH));
    format!(
        "{} {} {reset} | {} | {} | {}",
        one("x-ratelimit-limit"),
        one("x-ratelimit-remaining"),
        one("ratelimit"),
        one("ratelimit-policy"),
        one("retry-after"),
    )
}

/// A store that fails, or answers later.
#[derive(Debug)]
struct Odd {
    answers: MemoryStore,
    fails: bool,
}

impl RateStore for Odd {
    fn apply(&self, op: Op, charges: &[Charge<'_>], now: Moment) -> Reply<Result<Outcome, StoreError>> {
        let answer = self.answers.apply(op, charges, now).try_now();
        let fails = self.fails;
        Reply::later(
            async move { if fails { Err(StoreErrorKind::Unavailable.into()) } else { answer.unwrap() } },
        )
    }
}
