//! The cells behind the facts of one request, and where they wait for the next one.

use crate::{
    client::Client,
    clock::{Clock, Moment},
    decision::{Decision, Policy},
    denial::Denial,
    identity::Identity,
    mode::Mode,
    notes::{Cell, Notes},
    request_id::RequestId,
    route::Route,
};
use std::{
    cell::RefCell,
    sync::{Arc, Mutex, OnceLock},
};

/// Everything that [`Facts`](crate::Facts) know.
pub(crate) struct Ledger {
    pub(crate) clock: Clock,
    pub(crate) mode: Cell<Mode>,
    pub(crate) now: Cell<Moment>,
    pub(crate) request_id: Cell<RequestId>,
    pub(crate) client: Cell<Client>,
    pub(crate) identity: Cell<Identity>,
    pub(crate) route: Cell<Route>,
    pub(crate) decisions: Notes<(Policy, Decision), FEW>,
    rare: OnceLock<Box<Rare>>,
}

/// What few requests need; the ledger of the others stays small.
#[derive(Default)]
pub(crate) struct Rare {
    pub(crate) denial: Cell<Denial>,
    pub(crate) would_deny: Notes<Denial, 4>,
    pub(crate) decisions: Notes<(Policy, Decision), { 24 - FEW }>,
    pub(crate) held: Mutex<Vec<Box<dyn Send>>>,
}

/// As many decisions as most requests have.
const FEW: usize = 2;

/// So many blank ledgers a thread keeps at most, about 16 KiB.
const SPARE: usize = 32;

thread_local! {
    static BLANK: RefCell<Vec<Arc<Ledger>>> = const { RefCell::new(Vec::new()) };
}

impl Ledger {
    fn blank(clock: Clock) -> Self {
        Self {
            clock,
            mode: Cell::new(),
            now: Cell::new(),
            request_id: Cell::new(),
            client: Cell::new(),
            identity: Cell::new(),
            route: Cell::new(),
            decisions: Notes::default(),
            rare: OnceLock::new(),
        }
    }

    /// A blank one: from this thread's stock, else a new one.
    #[inline]
    pub(crate) fn open(clock: &Clock) -> Arc<Self> {
        let spare = BLANK.try_with(|blank| blank.try_borrow_mut().ok()?.pop());
        if let Ok(Some(mut ledger)) = spare {
            // Blank ones read the system's clock.
            if clock.is_system() {
                return ledger;
            }
            if let Some(blank) = Arc::get_mut(&mut ledger) {
                blank.clock = clock.clone();
                return ledger;
            }
        }
        Arc::new(Self::blank(clock.clone()))
    }

    /// Lays a ledger by for the next request, where nobody else holds it any more.
    #[inline]
    pub(crate) fn close(this: &mut Arc<Self>) {
        if Arc::strong_count(this) == 1 {
            Self::lay_by(this);
        }
    }

    #[inline(never)]
    fn lay_by(this: &mut Arc<Self>) {
        // Only whoever holds it alone can get at it, and every cell of it is then made anew: nothing that was written for one
        // request can be read by another.
        let Some(ledger) = Arc::get_mut(this) else { return };
        let Self { clock, mode, now, request_id, client, identity, route, decisions, rare } = ledger;
        *clock = Clock::system();
        *mode = Cell::new();
        *now = Cell::new();
        *request_id = Cell::new();
        *client = Cell::new();
        *identity = Cell::new();
        *route = Cell::new();
        decisions.clear();
        drop(rare.take());
        // A thread that is ending keeps none.
        let _ = BLANK.try_with(|blank| {
            if let Ok(mut blank) = blank.try_borrow_mut()
                && blank.len() < SPARE
            {
                blank.push(this.clone());
            }
        });
    }

    #[inline]
    pub(crate) fn decision(&self, at: usize) -> Option<&(Policy, Decision)> {
        match at.checked_sub(FEW) {
            None => self.decisions.get(at),
            Some(at) => self.rare()?.decisions.get(at),
        }
    }

    #[inline]
    pub(crate) fn rare(&self) -> Option<&Rare> {
        self.rare.get().map(|rare| &**rare)
    }

    pub(crate) fn rare_or_new(&self) -> &Rare {
        self.rare.get_or_init(Box::default)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        clock::ManualClock, clock::UnixTime, denial::DenialKind, facts::Facts, principal::Principal,
    };

    /// Everything that can be written down.
    fn written() -> Facts {
        let facts = Facts::new(Clock::manual(&ManualClock::new(UnixTime::from_secs(1))));
        let decision = Decision {
            admitted: true,
            limit: 1,
            remaining: 1,
            reset: facts.now().mono,
            next: facts.now().mono,
            retry: None,
        };
        facts.note_mode(Mode::Report);
        facts.note_client(Client { peer: None, ip: [127, 0, 0, 1].into() });
        assert!(facts.note_identity(Identity::Known(Principal::new("static", "somebody"))));
        facts.note_route(&Route::new("/", "public", true));
        (0..24).for_each(|_| facts.note_decision(&Policy::new("a", "b"), decision));
        facts.note_denial(&Denial::new(DenialKind::Forbidden));
        facts.report(&Denial::new(DenialKind::Forbidden));
        facts.hold(());
        facts
    }

    #[test]
    fn a_ledger_that_is_used_again_tells_nothing_of_its_past() {
        let id = written().request_id();
        for _ in 0..2 * SPARE {
            let many: Vec<_> = (0..SPARE + 8).map(|_| written()).collect();
            drop(many);
            let facts = Facts::new(Clock::system());
            assert_eq!((facts.mode(), facts.client(), facts.decisions().count()), (Mode::Enforce, None, 0));
            assert!(facts.identity().is_none() && facts.route().is_none() && facts.denial().is_none());
            assert!(facts.would_deny().next().is_none() && facts.take_held().is_empty());
            assert!(facts.now().wall.as_secs() > 1_600_000_000 && facts.request_id() != id);
            assert!(facts.clock().is_system());
        }
        BLANK.with_borrow(|blank| assert!(blank.len() <= SPARE));
    }

    #[test]
    fn a_ledger_that_somebody_holds_is_not_given_to_another() {
        let first = written();
        let kept = first.clone();
        drop(first);
        let other = Facts::new(Clock::system());
        assert!(other.identity().is_none());
        assert_eq!(kept.identity().and_then(Identity::principal).map(Principal::id), Some("somebody"));
    }

    #[test]
    fn what_was_held_goes_when_the_last_one_goes_and_not_when_the_memory_is_used_again() {
        let held = Arc::new(());
        let facts = Facts::new(Clock::system());
        facts.hold(held.clone());
        let clone = facts.clone();
        drop(facts);
        assert_eq!(Arc::strong_count(&held), 2);
        drop(clone);
        assert_eq!(Arc::strong_count(&held), 1);
    }
}
