//! Whatever breaks, nobody is let in who was not let in before, and nothing breaks out of an answer.

#![allow(clippy::unwrap_used, clippy::panic, reason = "these are tests")]

use http::{Request, Response, request};
use http_body_util::{BodyExt as _, Full};
use palisade::{
    Auth, Authenticator, By, Challenge, Credential, Denial, DenialKind, Envelope, EnvelopeLayer, Facts,
    Format, Moment, Principal, Quota, RateLimit, Reply, Scope, Stack, gate, guard_fn,
    limit::{Charge, Op, Outcome, RateStore, StoreError, StoreErrorKind},
};
use std::{convert::Infallible, sync::Arc};
use tests::{
    client::{get, send, with_token},
    server::{Handled, TOKEN, routes, stack},
};
use tower::{Layer as _, ServiceExt as _, service_fn};

/// A store in one kind of trouble.
#[derive(Clone, Copy, Debug)]
enum Store {
    Down,
    DownLater,
    Panics,
}

impl RateStore for Store {
    fn apply(&self, _: Op, _: &[Charge<'_>], _: Moment) -> Reply<Result<Outcome, StoreError>> {
        let down = || Err(StoreError::new(StoreErrorKind::Unavailable).with_source("canary"));
        match self {
            Self::Down => Reply::now(down()),
            Self::DownLater => Reply::later(async move { down() }),
            Self::Panics => panic!("canary"),
        }
    }
}

/// A verifier in one kind of trouble.
#[derive(Clone, Copy, Debug)]
enum Verifier {
    Unavailable,
    Panics,
    PanicsLater,
}

impl Authenticator for Verifier {
    fn find<'h>(&self, head: &'h request::Parts) -> Result<Option<Credential<'h>>, Denial> {
        let named = head.headers.iter().find(|(name, _)| *name == "authorization");
        Ok(named.map(|(name, value)| Credential::new(name, value.as_bytes())))
    }

    fn verify(&self, _: Credential<'_>, _: &request::Parts, _: &Facts) -> Reply<Result<Principal, Denial>> {
        match self {
            Self::Unavailable => Reply::now(Err(Denial::new(DenialKind::Unavailable).because("store_down"))),
            Self::Panics => panic!("canary"),
            Self::PanicsLater => Reply::later(async { panic!("canary") }),
        }
    }
}

#[tokio::test]
async fn a277_whatever_breaks_a_protected_route_never_answers_200() {
    let limited = |store: Store| {
        let limit = RateLimit::new("address", "5/second", By::client()).unwrap().store(Arc::new(store));
        stack().address_limit(limit)
    };
    let verified = |verifier: Verifier| Stack::new(Auth::with(verifier));
    for (name, stack, expected) in [
        ("limiter down", limited(Store::Down), 503),
        ("limiter down, told later", limited(Store::DownLater), 503),
        ("limiter panics", limited(Store::Panics), 500),
        ("verifier unavailable", verified(Verifier::Unavailable), 503),
        ("verifier panics", verified(Verifier::Panics), 500),
        ("verifier panics later", verified(Verifier::PanicsLater), 500),
        ("limit by a header that nobody sets", stack().address_limit(nameless()), 503),
    ] {
        let handled = Handled::default();
        let app = stack.protect(routes(&handled)).unwrap();
        for request in [with_token(get("/v1/models"), TOKEN), with_token(get("/v1/whoami"), "anything")] {
            let answer = send(&app, request).await;
            assert_eq!(answer.status.as_u16(), expected, "{name}");
            assert!(!answer.code().is_empty(), "{name}: {:?}", answer.body);
            assert!(!format!("{answer:?}").contains("canary"), "{name}");
        }
        assert_eq!(handled.count(), 0, "{name}");
        assert!(!send(&app, get("/v1/models")).await.status.is_success(), "{name}");
    }
}

fn nameless() -> RateLimit {
    RateLimit::new("tenant", "5/second", By::header(http::HeaderName::from_static("x-tenant"))).unwrap()
}

#[test]
fn a267_nothing_that_breaks_a_header_gets_near_one() {
    for text in ["a\r\nSet-Cookie: x", "a\0", "\u{e9}", "a\"b", "\u{2028}"] {
        assert!(Challenge::new("Bearer", text).is_err(), "{text:?}");
        assert!(text.parse::<Scope>().is_err(), "{text:?}");
        assert!(RateLimit::new(text, "5/second", By::client()).is_err(), "{text:?}");
        assert!(text.parse::<Quota>().is_err(), "{text:?}");
    }
}

#[tokio::test]
async fn a273_every_answer_is_whole_json_whatever_its_details_hold() {
    let details = serde_json::json!({ "a\"b\n": ["\u{2028}", "</script>", "\u{0}", f64::MAX, u64::MAX, null], "policy": "x\"y" });
    for format in [Format::Json, Format::Problem, Format::Dual, Format::Negotiated] {
        for kind in DenialKind::ALL {
            let denial = Denial::new(*kind).with_details(details.clone());
            let refused =
                gate(guard_fn(move |_, _| Err(denial.clone()))).layer(service_fn(|_: Request<()>| async {
                    Ok::<_, Infallible>(Response::new(Full::<bytes::Bytes>::default()))
                }));
            let response =
                EnvelopeLayer::new(Envelope::new(format)).layer(refused).oneshot(Request::new(())).await;
            let body = response.unwrap().into_body().collect().await.unwrap().to_bytes();
            serde_json::from_slice::<serde_json::Value>(&body).unwrap();
        }
    }
}
