//! The cells behind the facts of one request, and where they wait for the next one.

use crate::{
    client::{Client, Vouched},
    clock::{Clock, Moment, Timestamp},
    decision::{Decision, Policy},
    denial::Denial,
    identity::Identity,
    in_flight::Held,
    left::Left,
    mode::Mode,
    notes::{Cell, Notes},
    request_id::RequestId,
    route::Route,
    trace_context::TraceContext,
};
use http::HeaderName;
use std::{
    cell::{self, RefCell},
    mem,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, AtomicU64},
    },
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
    pub(crate) held: Cell<Held>,
    /// Whether somebody writes lines that are left here.
    pub(crate) takes_lines: AtomicBool,
    pub(crate) lines: Cell<Arc<dyn Left>>,
    rare: OnceLock<Box<Rare>>,
}

/// What few requests need; the ledger of the others stays small.
#[derive(Default)]
pub(crate) struct Rare {
    pub(crate) denial: Cell<Denial>,
    pub(crate) would_deny: Notes<Denial, 4>,
    pub(crate) decisions: Notes<(Policy, Decision), { 24 - FEW }>,
    pub(crate) uncounted: Cell<()>,
    pub(crate) received: AtomicU64,
    pub(crate) trace: Cell<TraceContext>,
    pub(crate) stages: Notes<(&'static str, Timestamp), 8>,
    pub(crate) trail: Cell<Box<Trail>>,
}

/// What only accounts of requests tell.
#[derive(Default)]
pub(crate) struct Trail {
    pub(crate) place: Cell<HeaderName>,
    pub(crate) vouched: Cell<Vouched>,
    pub(crate) costs: Notes<(Policy, u32), 8>,
}

/// As many decisions as most requests have.
const FEW: usize = 2;

/// So many blank ledgers a thread keeps at most, about 16 KiB.
pub(crate) const SPARE: usize = 32;

thread_local! {
    /// The one that was laid by last: a thread that has one request at a time needs no other.
    static NEXT: cell::Cell<Option<Arc<Ledger>>> = const { cell::Cell::new(None) };
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
            held: Cell::new(),
            takes_lines: AtomicBool::new(false),
            lines: Cell::new(),
            rare: OnceLock::new(),
        }
    }

    /// A blank one: from this thread's stock, else a new one.
    #[inline]
    pub(crate) fn open(clock: &Clock) -> Arc<Self> {
        let next = NEXT.try_with(cell::Cell::take).ok().flatten();
        if let Some(mut ledger) = next.or_else(Self::stocked) {
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
        let Self {
            clock,
            mode,
            now,
            request_id,
            client,
            identity,
            route,
            decisions,
            held,
            takes_lines,
            lines,
            rare,
        } = ledger;
        *clock = Clock::system();
        *mode = Cell::new();
        *now = Cell::new();
        *request_id = Cell::new();
        *client = Cell::new();
        *identity = Cell::new();
        *route = Cell::new();
        decisions.clear();
        if held.is_completed() {
            *held = Cell::new();
        }
        // Lines are left to whoever takes them, and to nobody else.
        if mem::take(takes_lines.get_mut()) && lines.is_completed() {
            *lines = Cell::new();
        }
        drop(rare.take());
        // A thread that is ending keeps none.
        if let Ok(Some(other)) = NEXT.try_with(|next| next.replace(Some(this.clone()))) {
            other.stock();
        }
    }

    #[inline(never)]
    fn stocked() -> Option<Arc<Self>> {
        BLANK.try_with(|blank| blank.try_borrow_mut().ok()?.pop()).ok().flatten()
    }

    #[inline(never)]
    fn stock(self: Arc<Self>) {
        let _ = BLANK.try_with(|blank| {
            if let Ok(mut blank) = blank.try_borrow_mut()
                && blank.len() < SPARE - 1
            {
                blank.push(self);
            }
        });
    }

    /// How many this thread has laid by.
    #[cfg(test)]
    pub(crate) fn laid_by() -> usize {
        let next = NEXT.take();
        let laid_by = BLANK.with_borrow(Vec::len) + usize::from(next.is_some());
        NEXT.set(next);
        laid_by
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
