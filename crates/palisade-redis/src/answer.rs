//! What comes back, and what it means for the caller.

use crate::{
    call::{Call, Wants},
    counted::Counted,
    failure::Failure,
};
use palisade_core::{Decision, Moment, Timestamp};
use palisade_limit::{Algorithm, Cell, Charged, Log, Outcome, Receipt};
use redis::Value;

/// What a call comes to, and how many stored values were found to be none of ours.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) outcome: Outcome,
    pub(crate) corrupt: u64,
}

impl Answer {
    /// Reads the answer to `call`. The script decided; what it found there says the rest, which the quota itself puts into words.
    pub(crate) fn read(call: &Call, value: &Value) -> Result<Self, Failure> {
        let Value::Array(values) = value else { return Err(Failure::nonsense()) };
        let mut numbers = Numbers(values.iter());
        if numbers.next()? != call.number {
            return Err(Failure::nonsense());
        }
        let server = numbers.nanos()?;
        let admitted = match numbers.next()? {
            0 => false,
            1 => true,
            _ => return Err(Failure::nonsense()),
        };
        let corrupt = numbers.next()?;
        let mut found = Vec::with_capacity(call.charges.len());
        for charge in &call.charges {
            found.push(Found::read(charge, server, &mut numbers)?);
        }
        if numbers.0.next().is_some() || (call.wants != Wants::Nothing && admitted != all_admitted(&found)) {
            return Err(Failure::nonsense());
        }
        let outcome = outcome(&found, admitted, call.wants, call.now);
        Ok(Self { outcome, corrupt })
    }
}

/// What the script found, and what follows. Times are told from [`START`] on.
struct Found {
    charge: Counted,
    state: State,
    server: u128,
    decision: Decision,
    lineage: u64,
}

/// What there was.
enum State {
    Cell(Cell),
    Log(Log),
}

/// Where the time of a call begins for the pure functions: early enough for what is yet to come, late enough for what was.
const START: Moment =
    Moment { mono: Timestamp::from_nanos(1 << 62), wall: palisade_core::UnixTime::from_nanos(0) };

impl Found {
    fn read(charge: &Counted, server: u128, numbers: &mut Numbers<'_>) -> Result<Self, Failure> {
        let blocked = clamped(numbers.nanos()?.saturating_sub(server));
        let state = match charge.quota.algorithm() {
            Algorithm::SlidingLog => State::Log(log(charge, server, numbers)?),
            algorithm => {
                let until = from_start(numbers.nanos()?, server);
                let used = match algorithm {
                    Algorithm::Gcra => 0,
                    Algorithm::SlidingCounter => numbers.next()? << 32 | numbers.next()?,
                    _ => numbers.next()?,
                };
                State::Cell(Cell::new(until, used))
            }
        };
        let mut found = Self { charge: *charge, state, server, decision: NOTHING, lineage: 0 };
        (found.decision, found.lineage) = found.decide(charge.cost);
        if blocked > 0 {
            found.block(START.mono.plus_nanos(blocked));
        }
        Ok(found)
    }

    /// The decision on such a cost, and where its charge would be found again.
    fn decide(&self, cost: u32) -> (Decision, u64) {
        let Counted { quota, key, .. } = &self.charge;
        match &self.state {
            State::Cell(cell) => {
                let (decision, next) = quota.step(Some(*cell), key, START, cost);
                let end = next.map_or(0, |next| quota.lineage(next));
                (decision, if end == 0 { 0 } else { self.on_server(end) })
            }
            State::Log(log) => {
                let decision = log.look(quota, START, cost);
                let charged = log.clone().record(quota, START, cost).lineage;
                (decision, self.on_server(charged))
            }
        }
    }

    /// A time that is not before [`START`], on the server's clock.
    fn on_server(&self, at: u64) -> u64 {
        clamped(self.server + u128::from(at.saturating_sub(START.mono.as_nanos())))
    }

    fn block(&mut self, until: Timestamp) {
        let decision = self.decision;
        self.lineage = 0;
        self.decision = Decision {
            admitted: false,
            remaining: 0,
            reset: decision.reset.max(until),
            next: decision.next.max(until),
            retry: decision.retry.map(|retry| retry.max(until)),
            ..decision
        };
    }

    /// The decision where another charge was refused, so that this one is not made either.
    fn unmade(&self) -> Decision {
        if !self.decision.admitted {
            return self.decision;
        }
        self.decide(0).0
    }

    fn charged(&self) -> Charged {
        Charged { cost: self.charge.cost, lineage: self.lineage }
    }
}

/// A log that decides as the one in Redis does, of the few entries that matter: the one after which there is more, the one
/// after which there is enough, and the newest.
fn log(charge: &Counted, server: u128, numbers: &mut Numbers<'_>) -> Result<Log, Failure> {
    let (quota, total) = (&charge.quota, numbers.next()?);
    let (newest, more, enough) = (numbers.nanos()?, numbers.nanos()?, numbers.nanos()?);
    let limit = u64::from(quota.capacity());
    let until_more = total - total.min(limit).saturating_sub(1).min(total);
    // What looks, or never fits, waits for nothing.
    let room = limit.checked_sub(u64::from(charge.cost)).filter(|_| charge.cost > 0);
    let until_enough = room.map_or(0, |room| total.saturating_sub(room)).saturating_sub(until_more);
    let rest = total - until_more;
    let mut log = Log::new();
    let mut write = |at: u128, cost: u64| {
        let at = Moment { mono: from_start(at, server), ..START };
        log.record(quota, at, u32::try_from(cost).unwrap_or(u32::MAX));
    };
    if total > 0 {
        let period = u128::from(quota.period_nanos());
        write(more.saturating_sub(period), until_more);
        let middle = until_enough.min(rest);
        write(enough.saturating_sub(period), middle);
        write(newest, rest - middle);
    }
    Ok(log)
}

/// A time on the server's clock, which reads `server` at [`START`].
fn from_start(at: u128, server: u128) -> Timestamp {
    let start = START.mono.as_nanos();
    Timestamp::from_nanos(match at.checked_sub(server) {
        Some(later) => start.saturating_add(clamped(later)),
        None => start.saturating_sub(clamped(server - at)),
    })
}

fn clamped(nanos: u128) -> u64 {
    u64::try_from(nanos).unwrap_or(u64::MAX)
}

const NOTHING: Decision = Decision {
    admitted: false,
    limit: 0,
    remaining: 0,
    reset: Timestamp::from_nanos(0),
    next: Timestamp::from_nanos(0),
    retry: None,
};

fn all_admitted(found: &[Found]) -> bool {
    found.iter().all(|found| found.decision.admitted)
}

fn outcome(found: &[Found], admitted: bool, wants: Wants, now: Moment) -> Outcome {
    let (mut outcome, mut receipt) = (Outcome::new(), Receipt::new());
    if wants == Wants::Nothing {
        return outcome;
    }
    for found in found {
        let decision = if admitted { found.decision } else { found.unmade() };
        outcome.push(told(&decision, now.mono));
        receipt.push(found.charged());
    }
    if admitted && wants == Wants::Charging { outcome.with_receipt(receipt) } else { outcome }
}

/// A decision in terms of the caller's clock.
fn told(decision: &Decision, now: Timestamp) -> Decision {
    let at = |then: Timestamp| now.plus_nanos(then.nanos_since(START.mono));
    Decision {
        reset: at(decision.reset),
        next: at(decision.next),
        retry: decision.retry.map(at),
        ..*decision
    }
}

struct Numbers<'a>(std::slice::Iter<'a, Value>);

impl Numbers<'_> {
    fn next(&mut self) -> Result<u64, Failure> {
        match self.0.next() {
            Some(Value::Int(number)) => u64::try_from(*number).map_err(|_| Failure::nonsense()),
            _ => Err(Failure::nonsense()),
        }
    }

    /// Wider than our times are, because sums of them may be.
    fn nanos(&mut self) -> Result<u128, Failure> {
        let (seconds, nanos) = (self.next()?, self.next()?);
        if nanos >= SECOND {
            return Err(Failure::nonsense());
        }
        Ok(u128::from(seconds) * u128::from(SECOND) + u128::from(nanos))
    }
}

const SECOND: u64 = 1_000_000_000;
