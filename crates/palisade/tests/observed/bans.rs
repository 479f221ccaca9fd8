//! Who tries doors, and what becomes of them.

use crate::support::{TOKEN, ask, tokens};
use http::StatusCode;
use palisade::{
    Auth, Event, EventSink, Moment, Reply, Scope, Secret, Sign, Stack, StackLimits, Tracing,
    limit::{Charge, MemoryStore, Op, Outcome, RateStore, StoreError, StoreErrorKind},
    observe::{Suspicions, Threshold},
    routes::{Routes, get},
};
use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicU32, Ordering::SeqCst},
    },
    time::Duration,
};

#[derive(Clone, Debug, Default)]
struct Told(Arc<Mutex<Vec<Sign>>>);

impl EventSink for Told {
    fn emit(&self, event: &Event) {
        if let Event::Suspicion(suspicion) = event {
            self.0.lock().unwrap().push(suspicion.sign);
        }
    }
}

#[tokio::test]
async fn who_guesses_is_banned_by_the_address_limit_and_nobody_else() {
    let (told, limits) = (Told::default(), StackLimits::new());
    let bans = limits.clone();
    let suspicions = Suspicions::new(told.clone())
        .unwrap()
        .threshold(Sign::Junk, Threshold::new(5, Duration::from_secs(60)).ban(Duration::from_secs(900)))
        .banning(move |ip, time| assert!(bans.ban(ip, time)));
    let read = Scope::from_static("read");
    let app = Stack::new(tokens([read.clone()]))
        .address_limit("1000/second")
        .limits(&limits)
        .suspicions(suspicions)
        .protect(Routes::new().route("/models", get(async || "llama").requires(read)))
        .unwrap();
    let wrong = [("authorization", "Bearer u5vVlqUIBqbbJEMn2b3Ltw9Z")];
    let mut statuses = Vec::new();
    for _ in 0..7 {
        statuses.push(ask(&app, [192, 0, 2, 9], "/models", &wrong).await.status().as_u16());
    }
    assert_eq!(statuses, [401, 401, 401, 401, 401, 429, 429]);
    assert_eq!(*told.0.lock().unwrap(), [Sign::Junk]);
    assert_eq!(ask(&app, [192, 0, 2, 10], "/models", &wrong).await.status(), StatusCode::UNAUTHORIZED);
    let right = format!("Bearer {TOKEN}");
    let right = [("authorization", &*right)];
    assert_eq!(ask(&app, [192, 0, 2, 10], "/models", &right).await.status(), StatusCode::OK);
}

/// A store that is asked over a network, and fails so many times first.
#[derive(Debug)]
struct Distant(MemoryStore, Arc<AtomicU32>);

impl RateStore for Distant {
    fn apply(&self, op: Op, charges: &[Charge<'_>], now: Moment) -> Reply<Result<Outcome, StoreError>> {
        let fails = matches!(op, Op::Block { .. })
            && self.1.fetch_update(SeqCst, SeqCst, |left| left.checked_sub(1)).is_ok();
        let answer = if fails {
            Reply::now(Err(StoreErrorKind::Unavailable.into()))
        } else {
            self.0.apply(op, charges, now)
        };
        Reply::later(async move {
            tokio::time::sleep(Duration::from_millis(5)).await;
            answer.await
        })
    }
}

#[tokio::test(start_paused = true)]
async fn a_store_that_answers_later_is_asked_until_it_bans_and_not_for_ever() {
    for (failures, expected) in [(0, 429), (2, 429), (3, 401)] {
        let (limits, store) =
            (StackLimits::new(), Distant(MemoryStore::default(), Arc::new(failures.into())));
        let bans = limits.clone();
        let suspicions = Suspicions::new(Tracing)
            .unwrap()
            .threshold(Sign::Junk, Threshold::new(5, Duration::from_secs(60)).ban(Duration::from_secs(900)))
            .banning(move |ip, time| assert!(bans.ban(ip, time)));
        let app = Stack::new(tokens([]))
            .address_limit("1000/second")
            .limit_store(Arc::new(store), &Secret::new("sixteen bytes or more"))
            .limits(&limits)
            .suspicions(suspicions)
            .protect(Routes::new().route("/models", get(async || "llama").authenticated()))
            .unwrap();
        let wrong = [("authorization", "Bearer u5vVlqUIBqbbJEMn2b3Ltw9Z")];
        for _ in 0..5 {
            assert_eq!(ask(&app, [192, 0, 2, 9], "/models", &wrong).await.status(), 401);
        }
        tokio::time::sleep(Duration::from_secs(60)).await;
        assert_eq!(ask(&app, [192, 0, 2, 9], "/models", &wrong).await.status(), expected, "{failures}");
        assert_eq!(ask(&app, [192, 0, 2, 10], "/models", &wrong).await.status(), 401);
    }
}

#[tokio::test(start_paused = true)]
async fn a_flood_of_bans_does_not_pile_up_in_front_of_a_store() {
    let (limits, store) = (StackLimits::new(), Distant(MemoryStore::default(), Arc::default()));
    let stack = Stack::new(Auth::disabled()).address_limit("1000/second").limits(&limits);
    let stack = stack.limit_store(Arc::new(store), &Secret::new("sixteen bytes or more"));
    stack.protect(Routes::new().route("/", get(async || "").public())).unwrap();
    let ban = |host: u8| limits.ban([192, 0, 2, host].into(), Duration::from_secs(60));
    assert_eq!((0..100).filter(|host| ban(*host)).count(), 64);
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert!(ban(100));
}
