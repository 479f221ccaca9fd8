//! Who counts together, and who apart.

use super::*;
use http::{HeaderName, StatusCode};
use palisade_core::Throttle;
use tower::Service;

#[test]
fn a214_a_key_is_a_counter_and_its_absence_follows_by() {
    let rig = Rig::new();
    let name = HeaderName::from_static("x-tenant");
    let ask = |limit: &RateLimit, tenant: Option<&str>, noise: &str| {
        let mut request = Request::builder().header("noise", noise).uri(format!("/{noise}"));
        if let Some(tenant) = tenant {
            request = request.header("x-tenant", tenant);
        }
        rig.ask(gate(limit.clone()), request.body(()).unwrap())
    };
    let limit = RateLimit::new("tenant", "1/minute", By::header(name.clone())).unwrap();
    assert_eq!(ask(&limit, Some("a"), "1").status(), 200);
    assert_eq!(ask(&limit, Some("a"), "2").status(), 429);
    assert_eq!(ask(&limit, Some("b"), "3").status(), 200);
    assert_eq!(ask(&limit, None, "4").status(), 503);
    let exempt = RateLimit::new("tenant", "1/minute", By::header(name).or_exempt()).unwrap();
    for _ in 0..3 {
        let response = ask(&exempt, None, "5");
        assert_eq!(
            (response.status().as_u16(), header(response.headers(), "ratelimit")),
            (200, Some("mine"))
        );
    }
}

#[test]
fn a218_applied_twice_it_charges_and_tells_once() {
    let rig = Rig::new();
    let limit = limit("address", "2/minute");
    let ask = || rig.ask(gate(limit.clone().then(limit.clone())), request());
    assert_eq!(told(&ask()), r#"2 1 +30 | "address";r=1;t=30 | "address";q=2;w=60 | -"#);
    assert_eq!(told(&ask()), r#"2 0 +60 | "address";r=0;t=30 | "address";q=2;w=60 | -"#);
    assert_eq!(ask().status(), 429);
    // The same name is not the same limit.
    let twin = RateLimit::new("address", "2/minute", By::everyone()).unwrap();
    let other = rig.ask(
        gate(twin.clone().then(RateLimit::new("address", "1/minute", By::everyone()).unwrap())),
        request(),
    );
    assert_eq!(header(other.headers(), "x-ratelimit-limit"), Some("1"));
}

#[test]
fn a219_clones_share_one_state() {
    let rig = Rig::new();
    let layer = gate(limit("address", "8/minute")).clock(rig.clock());
    let done = || service_fn(|_: Request<()>| async { Ok::<_, Infallible>(Response::new(String::new())) });
    // Layers made of one layer, and services cloned from one service.
    let mut services = Vec::new();
    for _ in 0..4 {
        let service = layer.clone().layer(done());
        services.push(service.clone());
        services.push(service);
    }
    let mut ask = || {
        let statuses = services.iter_mut().map(|service| run(service.call(request())).unwrap().status());
        statuses.filter(StatusCode::is_success).count()
    };
    assert_eq!((ask(), ask()), (8, 0));
}

#[test]
fn limits_that_share_a_store_count_apart() {
    let rig = Rig::new();
    let store: Arc<dyn RateStore> = Arc::new(MemoryStore::new());
    let make = || limit("same", "1/minute").store(store.clone());
    let (one, two) = (make(), make());
    assert_eq!(rig.ask(gate(one.clone()), request()).status(), 200);
    assert_eq!(rig.ask(gate(two), request()).status(), 200);
    assert_eq!(rig.ask(gate(one), request()).status(), 429);
    // With one seed they count together, as processes behind one shared store do.
    let make = || make().keyed_by(KeyHasher::seeded(&[7; 16], "same"));
    assert_eq!(rig.ask(gate(make()), request()).status(), 200);
    assert_eq!(rig.ask(gate(make()), request()).status(), 429);
}

#[test]
fn as_a_throttle_it_charges_and_gives_back() {
    let rig = Rig::new();
    let throttle: Arc<dyn Throttle> = Arc::new(limit("login", "2/minute").clock(rig.clock()));
    let key = Key::from_bytes([3; 16]);
    let charge = || run(throttle.charge(&key));
    let (first, _second) = (charge().unwrap(), charge().unwrap());
    let refused = charge().err().unwrap();
    assert_eq!((refused.kind(), refused.retry_after_seconds()), (DenialKind::RateLimited, Some(30)));
    run(first.refund());
    assert!(charge().is_ok() && charge().is_err());
    assert!(run(throttle.charge(&Key::from_bytes([4; 16]))).is_ok());
    let failing =
        limit("login", "2/minute").store(Arc::new(Odd { answers: MemoryStore::new(), fails: true }));
    assert_eq!(run(failing.charge(&key)).err().unwrap().kind(), DenialKind::Unavailable);
}
