//! Who is told of, and who is not.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;
use palisade_core::{
    Authenticate, ClientIp, Clock, Envelope, Event, EventSink, Format, Guard as _, ManualClock, Peer, Sign,
    StaticToken, StaticTokens, TrustedProxies, UnixTime, gate,
};
use palisade_observe::{Suspicions, Threshold};
use std::{
    convert::Infallible,
    net::IpAddr,
    sync::{Arc, Mutex},
    time::Duration,
};
use tower::{Layer as _, ServiceExt as _, service_fn};

const TOKEN: &str = "u5vVlqUIBqbbJEMn2b3Ltw9Y";

#[derive(Clone, Debug, Default)]
struct Told(Arc<Mutex<Vec<String>>>);

impl EventSink for Told {
    fn emit(&self, event: &Event) {
        if let Event::Suspicion(suspicion) = event {
            let ban = if suspicion.ban.is_some() { " banned" } else { "" };
            self.0.lock().unwrap().push(format!("{} {}{ban}", suspicion.sign.as_str(), suspicion.who));
        }
    }
}

/// What is told of requests that each come from an address with a token, or without one.
fn told(
    set: impl FnOnce(Suspicions) -> Suspicions,
    requests: impl IntoIterator<Item = (IpAddr, Option<&'static str>)>,
) -> Vec<String> {
    let told = Told::default();
    let time = ManualClock::new(UnixTime::from_secs(1_795_331_718));
    let tokens = StaticTokens::new([StaticToken::named("ada").value(TOKEN)]).unwrap();
    let suspicions = set(Suspicions::new(told.clone()).unwrap());
    let inner = service_fn(|_: Request<()>| async {
        Ok::<_, Infallible>(Response::new(Full::<Bytes>::from("hello")))
    });
    let app = gate(suspicions.then(ClientIp::peer()).then(Authenticate::with(tokens)))
        .clock(Clock::manual(&time))
        .with_envelope(Envelope::new(Format::Json))
        .layer(inner);
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        for (ip, token) in requests {
            let mut request = Request::get("/").extension(Peer((ip, 1).into()));
            if let Some(token) = token {
                request = request.header("authorization", format!("Bearer {token}"));
            }
            drop(app.clone().oneshot(request.body(()).unwrap()).await.unwrap());
        }
    });
    told.0.lock().unwrap().clone()
}

fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

#[test]
fn bursts_are_told_once() {
    let burst = |address: &str, token, count| vec![(ip(address), token); count];
    assert_eq!(told(|s| s, burst("192.0.2.7", None, 49)), [""; 0]);
    assert_eq!(told(|s| s, burst("192.0.2.7", None, 500)), ["unauthenticated 192.0.2.7"]);
    assert_eq!(
        told(|s| s, burst("2001:db8::1:2", Some("wrong"), 60)),
        ["junk_credentials 2001:db8::", "unauthenticated 2001:db8::"]
    );
    assert_eq!(told(|s| s, burst("192.0.2.7", Some(TOKEN), 500)), [""; 0]);
    let exempt = |s: Suspicions| s.exempt(TrustedProxies::parse(["192.0.2.0/24"]).unwrap());
    assert_eq!(told(exempt, burst("192.0.2.7", None, 500)), [""; 0]);
}

#[test]
fn one_caller_from_many_networks_is_told() {
    let from = |count: u8| (0..count).map(|nth| (IpAddr::from([10, 0, nth, 1]), Some(TOKEN)));
    let told = told(|s| s, from(200));
    assert_eq!(told.len(), 1);
    assert!(told[0].starts_with("many_networks ") && told[0].ends_with(":ada"), "{told:?}");
}

#[test]
fn a_ban_is_asked_for_where_the_threshold_says_so() {
    let banned = Arc::new(Mutex::new(Vec::new()));
    let list = banned.clone();
    let set = |suspicions: Suspicions| {
        let threshold = Threshold::new(5, Duration::from_secs(60)).ban(Duration::from_secs(900));
        suspicions
            .threshold(Sign::Unauthenticated, threshold)
            .banning(move |ip, time| list.lock().unwrap().push((ip, time)))
    };
    let told = told(set, vec![(ip("192.0.2.7"), None); 30]);
    assert_eq!(told, ["unauthenticated 192.0.2.7 banned"]);
    assert_eq!(*banned.lock().unwrap(), [(ip("192.0.2.7"), Duration::from_secs(900))]);
}

#[test]
fn strangers_from_everywhere_hide_nobody_and_are_no_alarm() {
    let strangers = (0..20_000_u32).map(|nth| (IpAddr::from((0x0a00_0000 + nth).to_be_bytes()), None));
    let guesser = (0..60).map(|_| (ip("192.0.2.7"), None));
    assert_eq!(told(|s| s, guesser.chain(strangers)), ["unauthenticated 192.0.2.7"]);
}
