//! What is counted, and that strangers cannot add a label.

#![cfg(feature = "metrics")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt as _, Full};
use metrics_util::debugging::{DebugValue, DebuggingRecorder, Snapshotter};
use palisade_core::{
    Authenticate, Clock, Envelope, Event, EventSink as _, Format, Guard as _, ManualClock, Stage,
    StaticToken, StaticTokens, Tracing, UnixTime, gate,
};
use palisade_observe::{CountedEvents, Metrics};
use std::{collections::BTreeMap, convert::Infallible, time::Duration};
use tower::{Layer as _, ServiceExt as _, service_fn};

const TOKEN: &str = "u5vVlqUIBqbbJEMn2b3Ltw9Y";

/// Every series by its name and labels.
fn series(snapshotter: &Snapshotter) -> BTreeMap<String, f64> {
    let value = |value| match value {
        DebugValue::Counter(count) => count as f64,
        DebugValue::Gauge(value) => value.into_inner(),
        DebugValue::Histogram(values) => values.into_iter().map(f64::from).sum(),
    };
    let name = |key: &metrics::Key| {
        let labels: Vec<_> = key.labels().map(|label| format!("{}={}", label.key(), label.value())).collect();
        format!("{}{{{}}}", key.name(), labels.join(","))
    };
    let all = snapshotter.snapshot().into_vec().into_iter();
    all.map(|(key, _, _, found)| (name(key.key()), value(found))).collect()
}

fn counted(requests: Vec<http::request::Builder>) -> BTreeMap<String, f64> {
    let recorder = DebuggingRecorder::new();
    let snapshotter = recorder.snapshotter();
    metrics::with_local_recorder(&recorder, || {
        let time = ManualClock::new(UnixTime::from_secs(1_795_331_718));
        let hands = time.clone();
        let inner = service_fn(move |_: Request<()>| {
            hands.advance(Duration::from_millis(250));
            async { Ok::<_, Infallible>(Response::new(Full::<Bytes>::from("hello"))) }
        });
        let tokens = StaticTokens::new([StaticToken::named("ada").value(TOKEN)]).unwrap();
        let guards = Metrics::new().then(Authenticate::with(tokens)).then(Stage::new("authentication"));
        let app =
            gate(guards).clock(Clock::manual(&time)).with_envelope(Envelope::new(Format::Json)).layer(inner);
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            for request in requests {
                let response = app.clone().oneshot(request.body(()).unwrap()).await.unwrap();
                response.into_body().collect().await.unwrap();
            }
        });
    });
    series(&snapshotter)
}

#[test]
fn a_request_is_counted_with_what_was_decided() {
    let bearer = format!("Bearer {TOKEN}");
    let found = counted(vec![Request::get("/a").header("authorization", bearer), Request::get("/b")]);
    for (name, expected) in [
        (
            "http.server.request.duration{http.request.method=GET,http.route=none,http.response.status_class=2xx}",
            0.25,
        ),
        (
            "http.server.request.duration{http.request.method=GET,http.route=none,http.response.status_class=4xx}",
            0.0,
        ),
        ("http.server.active_requests{http.request.method=GET}", 0.0),
        ("palisade.decisions{policy=none,outcome=allowed,reason=none,mode=enforce}", 1.0),
        ("palisade.endings{outcome=complete}", 2.0),
        ("palisade.stage.duration{stage=handler}", 0.25),
        ("palisade.stage.duration{stage=authentication}", 0.0),
    ] {
        assert_eq!(found.get(name), Some(&expected), "{name} of {found:#?}");
    }
    assert!(
        found.keys().any(|name| name.starts_with("palisade.decisions{policy=none,outcome=denied,reason="))
    );
}

#[test]
fn strangers_cannot_add_a_series() {
    let requests = |from: u32, until: u32| {
        (from..until)
            .map(|n| {
                Request::builder()
                    .method(format!("X{n}").as_str())
                    .uri(format!("/{n}?q={n}"))
                    .header("authorization", format!("Bearer {n}"))
                    .header("user-agent", format!("{n}"))
            })
            .collect()
    };
    let (few, many) = (counted(requests(0, 1)), counted(requests(0, 200)));
    assert_eq!(few.keys().collect::<Vec<_>>(), many.keys().collect::<Vec<_>>());
}

#[test]
fn a_state_is_a_gauge_and_an_event_a_count() {
    let recorder = DebuggingRecorder::new();
    let snapshotter = recorder.snapshotter();
    metrics::with_local_recorder(&recorder, || {
        let events = CountedEvents::new(Tracing);
        let store = || String::from("redis");
        events.emit(&Event::LimiterDegraded { store: store(), reason: String::from("refused") });
        events.emit(&Event::BreakerOpened { name: "upstream", cause: "failures", retry_in: None });
        events.emit(&Event::RevocationsDegraded { store: store(), reason: String::from("refused") });
        events.emit(&Event::RevocationsRestored { store: store() });
    });
    let found = series(&snapshotter);
    for (name, expected) in [
        ("palisade.limiter.degraded{store=redis}", 1.0),
        ("palisade.revocations.degraded{store=redis}", 0.0),
        ("palisade.events{event=limiter_degraded}", 1.0),
        ("palisade.events{event=breaker_opened}", 1.0),
    ] {
        assert_eq!(found.get(name), Some(&expected), "{name} of {found:#?}");
    }
}
