//! What is sent: one command for one call.

use crate::{counted::Counted, failure::Failure, keys::Keys};
use palisade_core::Moment;
use palisade_limit::{Algorithm, Align, Charge, Charged, Op};
use redis::Cmd;

/// The keys and arguments of one call.
#[derive(Debug)]
pub(crate) struct Call {
    /// Repeated in the answer, so that no answer is taken for that of another call.
    pub(crate) number: u64,
    pub(crate) charges: Vec<Counted>,
    pub(crate) wants: Wants,
    pub(crate) now: Moment,
    keys: Vec<String>,
    arguments: Vec<String>,
}

/// What the caller gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wants {
    /// Decisions, and a receipt.
    Charging,
    /// Decisions.
    Looking,
    Nothing,
}

/// Whose time counts, and how much longer than needed a key is kept.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Time {
    Server,
    Callers,
}

/// Clocks are adjusted; a key that is gone too early is an amnesty.
const MARGIN_MILLIS: u64 = 1_000;
/// A test's clock stands still while the server's goes on.
const TEST_MARGIN_MILLIS: u64 = 600_000;

impl Call {
    pub(crate) fn new(
        number: u64,
        op: &Op,
        charges: &[Charge<'_>],
        now: Moment,
        keys: &Keys,
        time: Time,
    ) -> Result<Self, Failure> {
        let mut call = Self {
            number,
            charges: charges.iter().map(Counted::of).collect(),
            wants: Wants::Nothing,
            now,
            keys: Vec::with_capacity(2 * charges.len()),
            arguments: Vec::with_capacity(8 + 8 * charges.len()),
        };
        let name = match op {
            Op::Take => "take",
            Op::Peek => "peek",
            Op::Settle(_) => "settle",
            Op::Block { .. } => "block",
            Op::Penalize | Op::Reward => "adjust",
            Op::Clear => "clear",
            _ => return Err(Failure::invalid("this store does not know that operation")),
        };
        call.wants = match op {
            Op::Take => Wants::Charging,
            Op::Peek => Wants::Looking,
            _ => Wants::Nothing,
        };
        call.number(number);
        call.word(name);
        match time {
            Time::Server => {
                call.number(MARGIN_MILLIS);
                call.word("server");
            }
            Time::Callers => {
                call.number(TEST_MARGIN_MILLIS);
                call.word("caller");
                call.nanos(now.mono.as_nanos());
                call.nanos(now.wall.as_nanos());
            }
        }
        for (nth, charge) in charges.iter().enumerate() {
            call.keys.push(keys.counter(&charge.key, charge.quota));
            call.keys.push(keys.block(&charge.key, charge.quota));
            let change = match op {
                Op::Take | Op::Peek => Change::taking(charge),
                Op::Settle(receipt) => match receipt.charged().get(nth) {
                    Some(charged) => Change::settling(charge, *charged),
                    None => Change::NONE,
                },
                Op::Penalize => Change::adjusting("more", charge),
                Op::Reward => Change::adjusting("back", charge),
                _ => Change::NONE,
            };
            call.charge(charge, change)?;
        }
        if let Op::Block { until } = op {
            call.nanos(until.nanos_since(now.mono));
        }
        Ok(call)
    }

    fn charge(&mut self, charge: &Charge<'_>, change: Change) -> Result<(), Failure> {
        let quota = charge.quota;
        match quota.algorithm() {
            Algorithm::Gcra => {
                let interval = quota.interval_nanos();
                self.word("gcra");
                self.nanos(interval.saturating_mul(u64::from(quota.capacity())));
                // A bucket has one life; what was taken from another kind of counter does not come back here.
                let kind = if change.lineage == 0 { change.kind } else { "none" };
                self.word(kind);
                self.nanos(interval.saturating_mul(u64::from(change.amount)));
            }
            Algorithm::FixedWindow(align) => {
                let (align, minutes) = match align {
                    Align::PerKeyOffset => ("key", 0),
                    Align::Epoch => ("epoch", 0),
                    Align::FirstHit => ("first", 0),
                    Align::Calendar(offset) => ("calendar", offset.minutes()),
                    _ => return Err(Failure::invalid(ALGORITHM)),
                };
                self.word("fixed");
                self.number(u64::from(quota.capacity()));
                self.number(u64::from(quota.period().as_secs()));
                self.number(quota.window_secs());
                self.word(align);
                let [.., a, b, c, d, e, f, g, h] = *charge.key.as_bytes();
                self.nanos(u64::from_le_bytes([a, b, c, d, e, f, g, h]) % quota.period_nanos());
                self.arguments.push(minutes.to_string());
                self.change(change);
            }
            Algorithm::SlidingCounter | Algorithm::SlidingLog => {
                let is_log = quota.algorithm() == Algorithm::SlidingLog;
                self.word(if is_log { "log" } else { "sliding" });
                self.number(u64::from(quota.capacity()));
                self.number(u64::from(quota.period().as_secs()));
                self.change(change);
            }
            _ => return Err(Failure::invalid(ALGORITHM)),
        }
        Ok(())
    }

    fn change(&mut self, change: Change) {
        self.word(change.kind);
        self.number(u64::from(change.amount));
        self.nanos(change.lineage);
    }

    /// Adds how many keys there are, the keys, and the arguments.
    pub(crate) fn add_to(&self, command: &mut Cmd) {
        command.arg(self.keys.len()).arg(&self.keys).arg(&self.arguments);
    }

    fn word(&mut self, word: &str) {
        self.arguments.push(word.to_owned());
    }

    fn number(&mut self, number: u64) {
        self.arguments.push(number.to_string());
    }

    /// As whole seconds and nanoseconds, which a script can count with exactly.
    fn nanos(&mut self, nanos: u64) {
        self.number(nanos / SECOND);
        self.number(nanos % SECOND);
    }
}

/// What is to happen to one counter.
#[derive(Clone, Copy)]
struct Change {
    kind: &'static str,
    amount: u32,
    lineage: u64,
}

impl Change {
    const NONE: Self = Self { kind: "none", amount: 0, lineage: 0 };

    fn taking(charge: &Charge<'_>) -> Self {
        match charge.cost {
            0 => Self { kind: "look", ..Self::NONE },
            cost if cost > charge.quota.capacity() => Self { kind: "never", ..Self::NONE },
            amount => Self { kind: "take", amount, ..Self::NONE },
        }
    }

    const fn adjusting(kind: &'static str, charge: &Charge<'_>) -> Self {
        match charge.cost {
            0 => Self::NONE,
            amount => Self { kind, amount, lineage: 0 },
        }
    }

    fn settling(charge: &Charge<'_>, charged: Charged) -> Self {
        let (cost, lineage) = (charge.cost, charged.lineage);
        match cost.cmp(&charged.cost) {
            std::cmp::Ordering::Equal => Self::NONE,
            std::cmp::Ordering::Less => Self { kind: "back", amount: charged.cost - cost, lineage },
            std::cmp::Ordering::Greater => Self { kind: "more", amount: cost - charged.cost, lineage },
        }
    }
}

const ALGORITHM: &str = "this store does not know that algorithm";
const SECOND: u64 = 1_000_000_000;
