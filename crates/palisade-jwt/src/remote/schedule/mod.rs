//! When a provider is asked again, and how long what it said holds: a state machine that reads no clock, draws no lots and asks
//! nobody.

use palisade_core::Timestamp;
use std::time::Duration;

#[cfg(test)]
mod tests;

pub(crate) const SECOND: u64 = 1_000_000_000;
/// However short the provider says that they are.
pub(crate) const SHORTEST: u64 = 60 * SECOND;
/// However long the provider says that they are.
pub(crate) const LONGEST: u64 = 86_400 * SECOND;
/// How long keys are late before somebody is told.
pub(crate) const ALARM: u64 = 3_600 * SECOND;
/// The longest pause after a failure.
pub(crate) const LONGEST_PAUSE: u64 = 60 * SECOND;
const FIRST_PAUSE: u64 = SECOND;

/// What an application may move; nanoseconds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pace {
    /// How long keys are fresh where the provider does not say.
    pub(crate) age: u64,
    /// Between the beginnings of two rounds of which strangers could have caused one.
    pub(crate) cooldown: u64,
    /// How long late keys are used.
    pub(crate) stale: u64,
}

impl Default for Pace {
    fn default() -> Self {
        Self { age: 600 * SECOND, cooldown: 30 * SECOND, stale: 86_400 * SECOND }
    }
}

/// What came of a round.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// There are keys; fresh for so many seconds, where the provider says.
    Keys { max_age: Option<u64> },
    /// The provider answered, with nothing that can be used.
    Unusable,
    /// There was no answer.
    Unreachable,
}

/// What to do now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Next {
    /// Begin a round.
    Round,
    /// Wait so long, unless somebody asks.
    Wait(Duration),
}

/// What to tell who asks for a key that is not there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// The provider does not have it.
    Absent,
    /// Nobody can say.
    Undecided,
    /// The answer is there when so many rounds have ended.
    Wait { rounds: u64 },
}

/// How old the keys are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Health {
    /// There are none yet.
    None,
    Fresh,
    /// Late, and used.
    Late,
    /// Late for an hour or more, and used.
    Alarming,
    /// Late for a day or more, and not used any more.
    Dead,
}

/// The state; one for each provider.
#[derive(Debug)]
pub(crate) struct Schedule {
    pace: Pace,
    due: Timestamp,
    phase: Phase,
    /// When the last round began.
    began: Option<Timestamp>,
    /// Rounds that ended.
    ended: u64,
    /// Rounds in a row that brought nothing.
    failures: u32,
    keys: Option<Keys>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Idle,
    Wanted,
    Running,
}

#[derive(Clone, Copy, Debug)]
struct Keys {
    since: Timestamp,
    fresh_until: Timestamp,
}

impl Schedule {
    /// Due at once.
    pub(crate) fn new(pace: Pace, now: Timestamp) -> Self {
        Self { pace, due: now, phase: Phase::Idle, began: None, ended: 0, failures: 0, keys: None }
    }

    /// Whoever ran a round is gone; it never ends.
    pub(crate) fn interrupted(&mut self) {
        if self.phase == Phase::Running {
            self.phase = Phase::Wanted;
        }
    }

    /// Whether to begin a round; one at a time.
    pub(crate) fn next(&mut self, now: Timestamp) -> Next {
        let begins = match self.phase {
            Phase::Running => false,
            Phase::Wanted => true,
            Phase::Idle => self.due <= now,
        };
        if begins {
            self.phase = Phase::Running;
            self.began = Some(now);
            return Next::Round;
        }
        Next::Wait(Duration::from_nanos(self.due.nanos_since(now)))
    }

    /// A round ended. `random` is from 0 to 1, so that nodes that began together do not go on together.
    pub(crate) fn ended(&mut self, outcome: Outcome, now: Timestamp, random: f64) {
        self.phase = Phase::Idle;
        self.ended = self.ended.saturating_add(1);
        match outcome {
            Outcome::Keys { max_age } => {
                self.failures = 0;
                self.due = now.plus_nanos(self.pace.interval(max_age, random));
                self.keys = Some(Keys { since: now, fresh_until: self.due });
            }
            Outcome::Unusable | Outcome::Unreachable => {
                self.failures = self.failures.saturating_add(1);
                let pause = pause(self.failures, random);
                // Who answers is not asked more often than strangers could have it asked.
                let least = if outcome == Outcome::Unusable { self.pace.cooldown } else { 0 };
                self.due = now.plus_nanos(pause.max(least));
            }
        }
    }

    /// Somebody presented a key id that is not in the keys.
    ///
    /// Which one it was is not remembered: what was not there may be there when the cooldown is over, and the cooldown alone bounds how
    /// often is asked.
    pub(crate) fn missing(&mut self, now: Timestamp) -> Verdict {
        let rested = self.began.map_or(now, |began| began.plus_nanos(self.pace.cooldown));
        if self.phase == Phase::Idle {
            if rested <= now {
                self.phase = Phase::Wanted;
            } else {
                // It may be new: looked for as soon as that is allowed, whether or not its bearer comes again.
                self.due = self.due.min(rested);
            }
        }
        match self.phase {
            Phase::Wanted | Phase::Running => Verdict::Wait { rounds: self.ended.saturating_add(1) },
            Phase::Idle if self.knows(now) => Verdict::Absent,
            Phase::Idle => Verdict::Undecided,
        }
    }

    /// The round that somebody waited for ended, and the key is still not there.
    pub(crate) fn still_missing(&self, now: Timestamp) -> Verdict {
        if self.knows(now) { Verdict::Absent } else { Verdict::Undecided }
    }

    /// Whether the last round brought keys: what they lack is not there.
    fn knows(&self, now: Timestamp) -> bool {
        self.failures == 0 && !matches!(self.health(now), Health::None | Health::Dead)
    }

    pub(crate) fn health(&self, now: Timestamp) -> Health {
        let Some(keys) = self.keys else { return Health::None };
        match now.nanos_since(keys.fresh_until) {
            0 => Health::Fresh,
            late if late >= self.pace.stale => Health::Dead,
            late if late < ALARM => Health::Late,
            _ => Health::Alarming,
        }
    }

    /// From when on the keys are used no more.
    pub(crate) fn dead_at(&self) -> Option<Timestamp> {
        self.keys.map(|keys| keys.fresh_until.plus_nanos(self.pace.stale))
    }

    /// When the provider last confirmed the keys.
    pub(crate) fn keys_since(&self) -> Option<Timestamp> {
        self.keys.map(|keys| keys.since)
    }

    pub(crate) const fn due(&self) -> Timestamp {
        self.due
    }

    pub(crate) const fn rounds(&self) -> u64 {
        self.ended
    }

    pub(crate) const fn failures(&self) -> u32 {
        self.failures
    }
}

impl Pace {
    /// 10 % around the age, within the bounds.
    fn interval(&self, max_age: Option<u64>, random: f64) -> u64 {
        let age = max_age.map_or(self.age, |seconds| seconds.saturating_mul(SECOND)).clamp(SHORTEST, LONGEST);
        let (least, most) = ((age - age / 10).max(SHORTEST), (age + age / 10).min(LONGEST));
        least + part(most - least, random)
    }
}

/// Twice as long after each failure, up to a minute; the upper half of it by lot.
fn pause(failures: u32, random: f64) -> u64 {
    let doubled = 1_u64.checked_shl(failures.saturating_sub(1)).unwrap_or(u64::MAX);
    let most = FIRST_PAUSE.saturating_mul(doubled.max(1)).min(LONGEST_PAUSE);
    most / 2 + part(most - most / 2, random)
}

/// `random` of `whole`, in millionths: exact enough for waiting.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "from 0 to a million")]
fn part(whole: u64, random: f64) -> u64 {
    const PARTS: u64 = 1_000_000;
    let parts = ((random.clamp(0.0, 1.0) * 1_000_000.0) as u64).min(PARTS);
    (whole / PARTS).saturating_mul(parts)
}
