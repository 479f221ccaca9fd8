//! Who is told of, and what is kept of requests, where nothing is said.

use super::stack;
use palisade::{
    Auth, Event, EventSink, Principal, Protected, RequestId, Sign, Stack,
    observe::{Explain, Suspicions},
};
use std::sync::{Arc, Mutex};
use tests::{
    callers::Callers,
    client::{get, send, send_from, with_token},
    server::{Handled, TOKEN, routes},
};

#[derive(Clone, Debug, Default)]
struct Told(Arc<Mutex<Vec<(Sign, bool)>>>);

impl EventSink for Told {
    fn emit(&self, event: &Event) {
        if let Event::Suspicion(told) = event {
            self.0.lock().unwrap().push((told.sign, told.ban.is_some()));
        }
    }
}

impl Told {
    fn signs(&self) -> Vec<Sign> {
        self.0.lock().unwrap().iter().map(|(sign, _)| *sign).collect()
    }
}

fn watched(stack: Stack) -> (Told, Protected) {
    let told = Told::default();
    let suspicions = Suspicions::new(told.clone()).unwrap();
    (told, stack.suspicions(suspicions).protect(routes(&Handled::default())).unwrap())
}

#[tokio::test]
async fn suspicions_begin_at_50_refusals_20_made_up_keys_30_forbidden_calls_and_20_networks() {
    for (count, token, sign) in
        [(50, None, Sign::Unauthenticated), (20, Some("made-up-made-up-made-up-00"), Sign::Junk)]
    {
        let (told, app) = watched(stack());
        for nth in 1..=count {
            assert_eq!(told.signs(), [], "{nth}");
            let request =
                token.map_or_else(|| get("/v1/models"), |token| with_token(get("/v1/models"), token));
            assert_eq!(send(&app, request).await.status, 401);
        }
        assert_eq!(told.signs(), [sign]);
    }
    let somebody = || stack_of("somebody");
    let (told, app) = watched(somebody());
    for nth in 1..=30 {
        assert_eq!(told.signs(), [], "{nth}");
        assert_eq!(send(&app, with_token(get("/v1/models"), "somebody")).await.status, 403);
    }
    assert_eq!(told.signs(), [Sign::Forbidden]);
    let (told, app) = watched(somebody());
    // Two networks in a hundred may look like one, so a few more may be needed; never fewer.
    for nth in 0..19 {
        send_from(&app, [10, nth, 0, 1], with_token(get("/v1/whoami"), "somebody")).await;
    }
    assert_eq!(told.signs(), []);
    for nth in 19..60 {
        send_from(&app, [10, nth, 0, 1], with_token(get("/v1/whoami"), "somebody")).await;
    }
    assert_eq!(told.signs(), [Sign::Networks]);
}

fn stack_of(id: &str) -> Stack {
    Stack::new(Auth::with(Callers::new([Principal::new("jwt", id)])))
}

#[tokio::test]
async fn nobody_is_banned_unless_it_is_said_how_and_when() {
    let (told, app) = watched(stack().address_limit("1000000/second"));
    for _ in 0..200 {
        assert_eq!(send(&app, with_token(get("/v1/models"), "made-up-made-up-made-up-00")).await.status, 401);
    }
    assert!(!told.signs().is_empty() && told.0.lock().unwrap().iter().all(|(_, banned)| !banned));
    assert_eq!(send(&app, with_token(get("/v1/models"), TOKEN)).await.status, 200);
}

#[tokio::test]
async fn accounts_are_kept_of_every_refusal_and_of_one_success_of_100_in_4_mib() {
    let explain = Explain::new();
    let app = stack().explain(&explain).protect(routes(&Handled::default())).unwrap();
    let kept = async |request: http::Request<axum::body::Body>| {
        let answer = send(&app, request).await;
        let id = RequestId::parse(answer.header("x-request-id").as_bytes()).unwrap();
        (id, explain.find(id).is_some())
    };
    let mut successes = 0;
    for _ in 0..200 {
        successes += usize::from(kept(with_token(get("/v1/models"), TOKEN)).await.1);
    }
    assert_eq!(successes, 2);
    let mut refused = Vec::new();
    for _ in 0..12_000 {
        let (id, told) = kept(get("/v1/models")).await;
        assert!(told);
        refused.push(id);
    }
    // Each weighs 64 bytes beside its text.
    let bytes: usize =
        refused.iter().filter_map(|id| explain.find(*id)).map(|account| account.len() + 64).sum();
    assert!((4_190_000..=4 << 20).contains(&bytes), "{bytes}");
    assert!(explain.find(refused[0]).is_none());
}
