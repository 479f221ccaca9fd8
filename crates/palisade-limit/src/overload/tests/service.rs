//! The guard before a service.

use super::super::*;
use crate::suite::run;
use http::{Request, Response};
use http_body_util::BodyExt as _;
use palisade_core::{Chain, EnvelopeLayer, GateLayer, TailBody, gate};
use std::convert::Infallible;
use tower::{Layer, ServiceExt, service_fn};

#[allow(clippy::needless_pass_by_value, reason = "gates are made where they are asked")]
fn ask<C: Chain>(gate: GateLayer<C>) -> Response<TailBody<String>> {
    let handler =
        service_fn(|_: Request<()>| async { Ok::<_, Infallible>(Response::new(String::from("done"))) });
    run(EnvelopeLayer::problem().layer(gate.layer(handler)).oneshot(Request::new(()))).unwrap()
}

fn read(response: Response<TailBody<String>>) -> String {
    let body = run(response.into_body().collect()).unwrap().to_bytes();
    String::from_utf8(body.to_vec()).unwrap()
}

#[test]
fn too_many_are_503_until_a_body_is_over() {
    let overload = Overload::new(2).unwrap().retry_after(3);
    let one = ask(gate(overload.clone()));
    let _two = ask(gate(overload.clone()));
    assert_eq!(overload.in_flight(), 2);
    let refused = ask(gate(overload.clone()));
    assert_eq!((refused.status().as_u16(), &refused.headers()["retry-after"]), (503, &"3".parse().unwrap()));
    assert!(refused.headers().keys().all(|name| !name.as_str().contains("ratelimit")));
    let words = read(refused);
    for part in ["#temporary-reduced-capacity", r#""code":"SERVICE_UNAVAILABLE""#, r#"{"kind":"overloaded"}"#]
    {
        assert!(words.contains(part), "{words}");
    }
    assert_eq!(read(one), "done");
    assert_eq!(overload.in_flight(), 1);
    assert_eq!(ask(gate(overload.clone())).status(), 200);
}

#[test]
fn what_is_reserved_is_for_critical_requests() {
    let overload = Overload::new(3).unwrap().reserve(1).unwrap().retry_after(9);
    let ordinary = overload.ordinary();
    let critical = || ask(gate(overload.clone()));
    let other = || ask(gate(overload.clone().then(ordinary.clone())));
    let (first, _second) = (other(), other());
    let refused = other();
    assert_eq!((refused.status().as_u16(), &refused.headers()["retry-after"]), (503, &"9".parse().unwrap()));
    // Until it was told, even a refusal is a request in flight.
    assert_eq!((overload.in_flight(), ordinary.in_flight()), (3, 2));
    drop(refused);
    let third = critical();
    assert_eq!((third.status().as_u16(), overload.in_flight()), (200, 3));
    assert_eq!(critical().status(), 503);
    // Critical requests take nothing from the others' share but what the limit itself takes.
    drop(first);
    assert_eq!((ordinary.in_flight(), ordinary.limit()), (1, Some(2)));
    assert_eq!(other().status(), 200);
    drop(third);
    drop(other());
    assert_eq!((overload.in_flight(), ordinary.in_flight()), (1, 1));
}

#[test]
fn twice_is_once_and_clones_count_together() {
    let overload = Overload::new(1).unwrap();
    let twice = || gate(overload.clone().then(overload.clone()));
    let one = ask(twice());
    assert_eq!((one.status().as_u16(), overload.in_flight()), (200, 1));
    assert_eq!(ask(gate(overload.clone())).status(), 503);
    drop(one);
    assert_eq!(overload.in_flight(), 0);
    // Two of them are two.
    let (outer, inner) = (Overload::new(9).unwrap(), Overload::new(1).unwrap());
    let both = || gate(outer.clone().then(inner.clone()));
    let one = ask(both());
    assert!(read(ask(both())).contains("overloaded"));
    assert_eq!((outer.in_flight(), inner.in_flight()), (1, 1));
    drop(one);
    assert_eq!((outer.in_flight(), inner.in_flight()), (0, 0));
}

#[test]
fn report_only_records_and_leaks_nothing() {
    let overload = Overload::new(1).unwrap();
    let reporting = || gate(overload.clone()).report_only().expose_facts();
    let one = ask(reporting());
    let two = ask(reporting());
    let would = Facts::of(two.extensions()).unwrap().would_deny().next().map(Denial::reason);
    assert_eq!((two.status().as_u16(), would, overload.in_flight()), (200, Some("overloaded"), 1));
    drop(two);
    drop(one);
    assert_eq!(overload.in_flight(), 0);
}

#[test]
fn without_a_reserve_everything_is_ordinary() {
    let overload = Overload::new(1).unwrap();
    assert!(Guard::is_absent(&overload.ordinary()) && !overload.has_reserve());
    assert!(Guard::is_absent(&overload.clone().reserve(0).unwrap().ordinary()));
    assert_eq!(ask(gate(overload.ordinary())).status(), 200);
    assert_eq!((overload.ordinary().limit(), overload.limit()), (None, 1));
}

#[test]
fn mistakes_are_told() {
    let kind = |made: Result<Overload, LimitError>| made.unwrap_err().kind();
    assert_eq!(kind(Overload::new(0)), LimitErrorKind::InFlight);
    assert_eq!(kind(Overload::new(1_000_001)), LimitErrorKind::InFlight);
    assert_eq!(kind(Overload::new(5).unwrap().reserve(5)), LimitErrorKind::Reserve);
    assert_eq!(kind(Overload::new(5).unwrap().reserve(9)), LimitErrorKind::Reserve);
    assert!(Overload::new(1_000_000).unwrap().reserve(999_999).is_ok());
}

/// Two frames of a response, with time that passes between refusals.
#[test]
fn a313_who_does_not_read_on_makes_room_for_others() {
    use palisade_core::{Clock, Envelope, Format, ManualClock, TailError, UnixTime};
    let time = ManualClock::new(UnixTime::from_secs(1_700_000_000));
    let handler = service_fn(async |_: Request<()>| Ok::<_, Infallible>(Response::new(String::from("done"))));
    let ask = |overload: &Overload| {
        let gate = gate(overload.clone()).clock(Clock::manual(&time));
        run(gate.with_envelope(Envelope::new(Format::Json)).layer(handler).oneshot(Request::new(()))).unwrap()
    };
    let overload = Overload::new(2).unwrap().reserve(1).unwrap().unread(Duration::from_secs(2)).unwrap();
    let (one, two) = (ask(&overload), ask(&overload));
    assert_eq!(ask(&overload).status(), 503);
    time.advance(Duration::from_millis(1_999));
    assert_eq!(ask(&overload).status(), 503);
    time.advance(Duration::from_millis(51));
    let three = ask(&overload);
    assert_eq!((three.status().as_u16(), overload.in_flight()), (200, 1));
    for cut in [one, two] {
        let mut body = cut.into_body();
        assert_eq!(run(body.frame()).unwrap().unwrap_err(), TailError::Unread);
        assert!(run(body.frame()).is_none());
    }
    assert_eq!((read(three).as_str(), overload.in_flight()), ("done", 0));
    for seconds in [0, 3_601] {
        let error = Overload::new(2).unwrap().unread(Duration::from_secs(seconds)).unwrap_err();
        assert_eq!(error.kind(), LimitErrorKind::Unread);
    }
}

#[test]
fn other_figures_count_the_same_requests() {
    let before = Overload::new(2).unwrap().reserve(1).unwrap();
    let held = ask(gate(before.clone()));
    let after = before.resized(3, 2).unwrap();
    assert_eq!((after.in_flight(), after.limit(), after.ordinary().limit()), (1, 3, Some(1)));
    let more = ask(gate(after.clone()));
    assert_eq!((before.in_flight(), after.in_flight()), (2, 2));
    assert_eq!(ask(gate(before.clone())).status(), 503);
    drop(held);
    assert_eq!((before.in_flight(), after.in_flight()), (1, 1));
    // Fewer than there are.
    let few = after.resized(1, 0).unwrap();
    assert_eq!((ask(gate(few.clone())).status().as_u16(), few.has_reserve()), (503, false));
    drop(more);
    assert_eq!(ask(gate(few)).status(), 200);
    assert!(before.resized(0, 0).is_err() && before.resized(2, 2).is_err());
}
