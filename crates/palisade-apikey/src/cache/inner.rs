//! What is remembered, for how long, and how it is forgotten.

use super::{
    flight::{Answer, Boarding, Flight, Flights, no_runtime, unavailable, wait},
    lookups,
    spread::Spread,
};
use crate::{
    detach::detach,
    id::KeyId,
    record::KeyRecord,
    store::{KeyListener, KeyStore},
};
use palisade_core::{Clock, Facts, Reply, Timestamp};
use quick_cache::{
    UnitWeighter,
    sync::{Cache, DefaultLifecycle},
};
use std::{
    sync::{
        Arc, OnceLock,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::Duration,
};

/// Room for records, and for ids without one.
const ROOM: usize = 10_000;
/// How long a look-up may take, also when nobody waits any more.
const PATIENCE: Duration = Duration::from_secs(5);

pub(super) struct Inner {
    pub(super) store: Arc<dyn KeyStore>,
    pub(super) ttl: Ttl,
    clock: OnceLock<Clock>,
    /// Each with the moment at which the store was asked.
    known: Cache<KeyId, (Timestamp, Arc<KeyRecord>), UnitWeighter, Spread>,
    unknown: Cache<KeyId, Timestamp>,
    flights: Flights,
}

impl Inner {
    pub(super) fn new(store: Arc<dyn KeyStore>) -> Self {
        Self {
            store,
            ttl: Ttl::default(),
            clock: OnceLock::new(),
            known: Cache::with(
                ROOM,
                ROOM as u64,
                UnitWeighter,
                Spread::default(),
                DefaultLifecycle::default(),
            ),
            unknown: Cache::new(ROOM),
            flights: Flights::default(),
        }
    }

    /// Only the first one counts, and only before the first look-up.
    pub(super) fn set_clock(&self, clock: Clock) {
        let _ = self.clock.set(clock);
    }

    fn clock(&self) -> &Clock {
        self.clock.get_or_init(Clock::system)
    }

    pub(super) fn get(this: &Arc<Self>, id: &KeyId) -> Reply<Answer> {
        let now = this.clock().now().mono;
        if let Some(known) = this.remember(id, now) {
            lookups::count(true);
            return Reply::now(Ok(known));
        }
        lookups::count(false);
        let boarding = {
            let mut board = this.flights.board();
            // Somebody may have landed in between.
            if let Some(known) = this.remember(id, now) {
                return Reply::now(Ok(known));
            }
            board.join(id)
        };
        let flight = match boarding {
            Boarding::Wait(landing) => return Reply::later(wait(landing)),
            Boarding::Full => return Reply::now(unavailable()),
            Boarding::Fly(flight) => flight,
        };
        let departure = Departure { inner: this.clone(), flight, asked: now };
        match this.store.get(id).try_now() {
            Ok(answer) => Reply::now(departure.land(answer)),
            Err(later) => {
                let landing = departure.flight.tell.subscribe();
                let flown = async move {
                    let answer = tokio::time::timeout(PATIENCE, later).await;
                    let _ = departure.land(answer.unwrap_or_else(|_| unavailable()));
                };
                // In a task of its own, so that the others are answered when whoever asked first leaves.
                if detach(flown) { Reply::later(wait(landing)) } else { Reply::now(no_runtime()) }
            }
        }
    }

    /// What is known and fresh: a record, or that there is none.
    fn remember(&self, id: &KeyId, now: Timestamp) -> Option<Option<Arc<KeyRecord>>> {
        if let Some(record) = self.known(id, now) {
            return Some(Some(record));
        }
        let asked = self.unknown.get(id)?;
        (now.nanos_since(asked) < self.ttl.negative.load(Relaxed)).then_some(None)
    }

    #[inline]
    fn known(&self, id: &KeyId, now: Timestamp) -> Option<Arc<KeyRecord>> {
        let (asked, record) = self.known.get(id)?;
        (now.nanos_since(asked) < self.ttl.positive.load(Relaxed)).then_some(record)
    }

    /// A record that is known and fresh at the moment at which the request is judged: one reading of a clock serves both.
    #[inline]
    pub(super) fn recall(&self, id: &KeyId, facts: &Facts) -> Option<Arc<KeyRecord>> {
        let clock = self.clock();
        let now = if clock.agrees(facts.clock()) { facts.now() } else { clock.now() };
        let known = self.known(id, now.mono);
        // Where there is none it is asked for again, and counted then.
        if known.is_some() {
            lookups::count(true);
        }
        known
    }

    pub(super) fn forget(&self, id: &KeyId) {
        let mut board = self.flights.board();
        board.divert(id);
        self.known.remove(id);
        self.unknown.remove(id);
    }

    pub(super) fn forget_all(&self) {
        let mut board = self.flights.board();
        board.divert_all();
        self.known.clear();
        self.unknown.clear();
    }

    pub(super) fn remembered(&self) -> (usize, usize) {
        (self.known.len(), self.unknown.len())
    }
}

impl KeyListener for Inner {
    fn changed(&self, id: &KeyId) {
        self.forget(id);
    }

    fn missed(&self) {
        self.forget_all();
    }
}

/// A look-up on its way; if it breaks, its id is free to be asked for again.
struct Departure {
    inner: Arc<Inner>,
    flight: Flight,
    asked: Timestamp,
}

impl Departure {
    fn land(self, answer: Answer) -> Answer {
        let inner = &self.inner;
        {
            let mut board = inner.flights.board();
            // Checked and remembered under one lock: a change comes either before, and diverts, or after, and forgets.
            if board.land(&self.flight) {
                let id = self.flight.id;
                match &answer {
                    Ok(Some(record)) => {
                        inner.unknown.remove(&id);
                        inner.known.insert(id, (self.asked, record.clone()));
                    }
                    Ok(None) => {
                        inner.known.remove(&id);
                        inner.unknown.insert(id, self.asked);
                    }
                    Err(_) => {}
                }
            }
        }
        let _ = self.flight.tell.send(Some(answer.clone()));
        answer
    }
}

impl Drop for Departure {
    fn drop(&mut self) {
        self.inner.flights.board().land(&self.flight);
    }
}

/// For how long things are believed, in nanoseconds.
pub(super) struct Ttl {
    positive: AtomicU64,
    negative: AtomicU64,
}

const SECOND: u64 = 1_000_000_000;

impl Default for Ttl {
    fn default() -> Self {
        Self { positive: AtomicU64::new(5 * SECOND), negative: AtomicU64::new(10 * SECOND) }
    }
}

impl Ttl {
    pub(super) fn positive(&self, ttl: Duration) {
        self.positive.store(bounded(ttl), Relaxed);
    }

    pub(super) fn negative(&self, ttl: Duration) {
        self.negative.store(bounded(ttl), Relaxed);
    }
}

fn bounded(ttl: Duration) -> u64 {
    u64::try_from(ttl.as_nanos()).unwrap_or(u64::MAX).min(60 * SECOND)
}
