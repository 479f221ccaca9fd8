//! What comes back, and what it means for the caller.

use crate::{
    call::{Call, Wants},
    counted::Counted,
    failure::Failure,
};
use palisade_core::{Decision, Moment, Timestamp};
use palisade_limit::{Algorithm, Cell, Charged, Outcome, Receipt};
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

/// What the script found, and what follows. Times are told from the moment of the call on.
struct Found {
    charge: Counted,
    cell: Cell,
    /// The end of the window on the server's clock.
    window: u64,
    decision: Decision,
    next: Option<Cell>,
}

/// Where the time of a call begins for the pure functions.
const START: Moment = Moment { mono: Timestamp::from_nanos(0), wall: palisade_core::UnixTime::from_nanos(0) };

impl Found {
    fn read(charge: &Counted, server: u64, numbers: &mut Numbers<'_>) -> Result<Self, Failure> {
        let window = numbers.nanos()?;
        let used = numbers.next()?;
        let blocked = numbers.nanos()?.saturating_sub(server);
        let cell = Cell::new(Timestamp::from_nanos(window.saturating_sub(server)), used);
        let (decision, next) = charge.quota.step(Some(cell), &charge.key, START, charge.cost);
        let mut found = Self { charge: *charge, cell, window, decision, next };
        if blocked > 0 {
            found.block(Timestamp::from_nanos(blocked));
        }
        Ok(found)
    }

    fn block(&mut self, until: Timestamp) {
        let decision = self.decision;
        self.next = None;
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
        self.charge.quota.step(Some(self.cell), &self.charge.key, START, 0).0
    }

    fn charged(&self) -> Charged {
        let lineage = match (self.charge.quota.algorithm(), self.next) {
            (Algorithm::Gcra, _) | (_, None) => 0,
            (_, Some(_)) => self.window,
        };
        Charged { cost: self.charge.cost, lineage }
    }
}

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
    let at = |from_now: Timestamp| now.plus_nanos(from_now.as_nanos());
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

    fn nanos(&mut self) -> Result<u64, Failure> {
        let (seconds, nanos) = (self.next()?, self.next()?);
        if nanos >= SECOND {
            return Err(Failure::nonsense());
        }
        Ok(seconds.saturating_mul(SECOND).saturating_add(nanos))
    }
}

const SECOND: u64 = 1_000_000_000;
