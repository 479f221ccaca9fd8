use super::*;
use crate::{RateLimit, quota};
use palisade_core::{By, Guard as _, Throttle as _, Timestamp, UnixTime};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

const SECOND: u64 = 1_000_000_000;

/// A store in memory that can be switched off.
#[derive(Debug, Default)]
struct Switched {
    memory: MemoryStore,
    is_off: AtomicBool,
}

impl RateStore for Switched {
    fn apply(&self, op: Op, charges: &[Charge<'_>], now: Moment) -> Reply<Result<Outcome, StoreError>> {
        if self.is_off.load(Relaxed) {
            return Reply::now(Err(StoreErrorKind::Unavailable.into()));
        }
        self.memory.apply(op, charges, now)
    }
}

fn at(nanos: u64) -> Moment {
    Moment {
        mono: Timestamp::from_nanos(3_600 * SECOND + nanos),
        wall: UnixTime::from_nanos(1_700_000_040 * SECOND + nanos),
    }
}

struct Setup {
    shared: Arc<Switched>,
    store: Fallback<Arc<Switched>>,
}

fn setup(wrap: impl FnOnce(Arc<Switched>) -> Fallback<Arc<Switched>>) -> Setup {
    let shared = Arc::new(Switched::default());
    Setup { store: wrap(Arc::clone(&shared)), shared }
}

impl Setup {
    fn apply(&self, op: Op, quota: &Quota, cost: u32, now: u64) -> Result<Outcome, StoreError> {
        let charge = Charge { key: Key::from_bytes([7; 16]), quota, cost };
        self.store.apply(op, &[charge], at(now)).try_now().unwrap()
    }

    fn take(&self, quota: &Quota, now: u64) -> bool {
        self.apply(Op::Take, quota, 1, now).unwrap().admitted()
    }

    fn switch(&self, is_off: bool) {
        self.shared.is_off.store(is_off, Relaxed);
    }
}

mod up {
    crate::suite!(|| super::Fallback::local(super::MemoryStore::new()).nodes(3).unwrap());
}

mod down {
    crate::suite!(|| {
        let shared = super::Switched::default();
        shared.is_off.store(true, super::Relaxed);
        super::Fallback::local(shared)
    });
}

#[test]
fn a_quota_of_no_nodes_is_refused() {
    let none = Fallback::local(MemoryStore::new()).nodes(0).unwrap_err();
    assert_eq!(
        none.to_string(),
        "a quota is shared by at least one node: say how many there are, or nothing"
    );
}

#[test]
fn switching_over_gives_no_fresh_quota() {
    for quota in [quota!("8/minute"), quota!("8/minute fixed first-hit")] {
        let setup = setup(|shared| Fallback::local(shared).nodes(2).unwrap());
        for _ in 0..3 {
            assert!(setup.take(&quota, 0));
        }
        setup.switch(true);
        assert!(setup.take(&quota, 0));
        assert!(!setup.take(&quota, 0));
        setup.switch(false);
        assert!(setup.take(&quota, 0));
        // Whoever has used more than this node's share up has none left here.
        setup.switch(true);
        assert!(!setup.take(&quota, 0));
    }
}

#[test]
fn penalties_hold_while_the_store_is_down() {
    let quota = quota!("8/minute");
    let setup = setup(|shared| Fallback::local(shared).nodes(2).unwrap());
    setup.apply(Op::Penalize, &quota, 3, 0).unwrap();
    setup.switch(true);
    assert_eq!(setup.apply(Op::Peek, &quota, 0, 0).unwrap().decisions()[0].remaining, 1);
    setup.apply(Op::Reward, &quota, 1, 0).unwrap();
    assert_eq!(setup.apply(Op::Peek, &quota, 0, 0).unwrap().decisions()[0].remaining, 2);
    setup.switch(false);
    assert_eq!(setup.apply(Op::Peek, &quota, 0, 0).unwrap().decisions()[0].remaining, 5);
}

#[test]
fn a232_four_nodes_alone_admit_four_shares() {
    let quota = quota!("10/minute");
    let admitted = (0..4)
        .map(|_| {
            let node = setup(|shared| Fallback::local(shared).nodes(4).unwrap());
            node.switch(true);
            (0..20).filter(|_| node.take(&quota, 0)).count()
        })
        .sum::<usize>();
    assert_eq!(admitted, 8);
}

#[test]
fn what_was_charged_here_is_settled_here() {
    let quota = quota!("4/minute");
    let setup = setup(Fallback::local);
    setup.switch(true);
    let receipt = setup.apply(Op::Take, &quota, 4, 0).unwrap().into_receipt().unwrap();
    setup.switch(false);
    // The shared store was never charged, so it must not give anything back.
    assert!((0..2).all(|_| setup.take(&quota, 0)));
    setup.apply(Op::Settle(receipt), &quota, 0, 0).unwrap();
    assert!((0..2).all(|_| setup.take(&quota, 0)));
    assert!(!setup.take(&quota, 0));
    setup.switch(true);
    // Two of the four given back here were used since.
    let refund = setup.apply(Op::Peek, &quota, 0, 0).unwrap();
    assert_eq!(refund.decisions()[0].remaining, 2);
}

#[test]
fn a_refund_comes_back_on_both_sides() {
    let quota = quota!("4/minute");
    let setup = setup(Fallback::local);
    let receipt = setup.apply(Op::Take, &quota, 3, 0).unwrap().into_receipt().unwrap();
    setup.apply(Op::Settle(receipt), &quota, 1, 0).unwrap();
    for is_off in [false, true] {
        setup.switch(is_off);
        assert_eq!(setup.apply(Op::Peek, &quota, 0, 0).unwrap().decisions()[0].remaining, 3);
    }
}

#[test]
fn too_much_for_a_share_may_come_back() {
    let quota = quota!("8/minute");
    let setup = setup(|shared| Fallback::local(shared).nodes(4).unwrap());
    setup.switch(true);
    let refused = setup.apply(Op::Take, &quota, 5, 0).unwrap();
    assert!(!refused.admitted() && refused.decisions()[0].retry > Some(at(0).mono));
    assert_eq!(setup.apply(Op::Take, &quota, 9, 0).unwrap().decisions()[0].retry, None);
}

#[test]
fn closed_refuses_and_open_lets_pass_unchecked() {
    let quota = quota!("1/minute");
    let closed = setup(Fallback::closed);
    assert!(closed.take(&quota, 0));
    closed.switch(true);
    assert_eq!(closed.apply(Op::Take, &quota, 1, 0).unwrap_err().kind(), StoreErrorKind::Unavailable);
    let open = setup(Fallback::dangerous_open);
    assert!(open.take(&quota, 0) && !open.take(&quota, 0));
    open.switch(true);
    assert!(open.apply(Op::Take, &quota, 1, 0).unwrap().is_unchecked());
    assert!(open.apply(Op::Block { until: at(1).mono }, &quota, 0, 0).is_err());
}

#[test]
fn a_block_holds_here_while_the_store_is_down() {
    let quota = quota!("5/minute");
    let setup = setup(Fallback::local);
    setup.switch(true);
    setup.apply(Op::Block { until: at(SECOND).mono }, &quota, 0, 0).unwrap();
    assert!(!setup.take(&quota, 0) && setup.take(&quota, SECOND));
}

#[test]
fn calls_that_break_the_rules_are_errors_everywhere() {
    let quota = quota!("5/minute");
    for wrap in [Fallback::local, Fallback::closed, Fallback::dangerous_open] {
        let setup = setup(wrap);
        let charge = Charge { key: Key::from_bytes([7; 16]), quota: &quota, cost: 1 };
        let error = setup.store.apply(Op::Take, &[charge, charge], at(0)).try_now().unwrap().unwrap_err();
        assert_eq!(error.kind(), StoreErrorKind::InvalidCall);
    }
}

/// A call of a limit over a store that is off, as guard and as throttle.
fn answers(limit: &RateLimit) -> (Result<(), u16>, Result<(), u16>) {
    let status = |denial: palisade_core::Denial| denial.kind().status().as_u16();
    let (head, ()) = http::Request::new(()).into_parts();
    let facts = palisade_core::Facts::new(palisade_core::Clock::system());
    let guarded = limit.check(&head, &facts).try_now().unwrap().map(drop).map_err(status);
    let charged = limit.charge(&Key::from_bytes([7; 16])).try_now().unwrap().map(drop).map_err(status);
    (guarded, charged)
}

#[test]
fn a_limit_that_is_never_open_is_closed_whatever_its_store_says() {
    let limit = |store: Fallback<Arc<Switched>>| {
        RateLimit::new("test", "5/minute", By::everyone()).unwrap().store(Arc::new(store))
    };
    let off = || {
        let shared = Arc::new(Switched::default());
        shared.is_off.store(true, Relaxed);
        shared
    };
    assert_eq!(answers(&limit(Fallback::dangerous_open(off()))), (Ok(()), Err(503)));
    assert_eq!(answers(&limit(Fallback::dangerous_open(off())).never_open()), (Err(503), Err(503)));
    assert_eq!(answers(&limit(Fallback::closed(off()))), (Err(503), Err(503)));
    assert_eq!(answers(&limit(Fallback::local(off())).never_open()), (Ok(()), Ok(())));
}

/// A store that forgets to decide.
#[derive(Debug)]
struct Silent;

impl RateStore for Silent {
    fn apply(&self, _: Op, _: &[Charge<'_>], _: Moment) -> Reply<Result<Outcome, StoreError>> {
        Reply::now(Ok(Outcome::new()))
    }
}

#[test]
fn a_store_that_says_nothing_lets_nobody_pass() {
    let limit = RateLimit::new("test", "5/minute", By::everyone()).unwrap().store(Arc::new(Silent));
    assert_eq!(answers(&limit).0, Err(503));
}

#[test]
fn guesses_are_not_let_through_uncounted() {
    let shared = Arc::new(Switched::default());
    shared.is_off.store(true, Relaxed);
    let store = Arc::new(Fallback::dangerous_open(shared));
    let login = crate::GrowingBlock::new("login").unwrap().store(store);
    let denied = crate::suite::run(login.attempt("192.0.2.1".parse().unwrap(), "alice"));
    assert_eq!(denied.err().map(|denial| denial.kind().status().as_u16()), Some(503));
}
