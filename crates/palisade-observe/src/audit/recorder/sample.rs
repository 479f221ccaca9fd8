//! How many records strangers can cause.

use std::collections::BTreeMap;

/// So many records a second of one act that anybody can cause for nothing; the others are counted.
#[derive(Debug)]
pub(super) struct Sample {
    pub(super) a_second: u32,
    second: u64,
    written: BTreeMap<&'static str, u32>,
    suppressed: BTreeMap<&'static str, u64>,
}

/// What strangers cause; everything else is recorded whatever it costs.
const STRANGERS: [&str; 9] = [
    "authn.failure",
    "authn.undecided",
    "authz.denied",
    "key.refused",
    "limit.denied",
    "token.rejected",
    "token.undecided",
    "user.login_refused",
    "user.refused",
];

impl Sample {
    pub(super) fn new(a_second: u32) -> Self {
        Self { a_second, second: 0, written: BTreeMap::new(), suppressed: BTreeMap::new() }
    }

    /// The act's word, where strangers cause it.
    pub(super) fn of(act: &str) -> Option<&'static str> {
        STRANGERS.into_iter().find(|known| *known == act)
    }

    /// Whether one more is written in this second.
    pub(super) fn admits(&mut self, act: &'static str, second: u64) -> bool {
        if second != self.second {
            self.second = second;
            self.written.clear();
        }
        let written = self.written.entry(act).or_default();
        if *written < self.a_second {
            *written += 1;
            return true;
        }
        *self.suppressed.entry(act).or_default() += 1;
        false
    }

    /// How many of each were left out in seconds that are over.
    pub(super) fn over(&mut self, second: u64) -> BTreeMap<&'static str, u64> {
        if second == self.second { BTreeMap::new() } else { self.all() }
    }

    /// How many of each were left out so far.
    pub(super) fn all(&mut self) -> BTreeMap<&'static str, u64> {
        std::mem::take(&mut self.suppressed)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.suppressed.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_is_counted_act_by_act() {
        let mut sample = Sample::new(10);
        let flood = |sample: &mut Sample, act| (0..1_000).filter(|_| sample.admits(act, 1)).count();
        assert_eq!(flood(&mut sample, "authn.failure"), 10);
        assert_eq!(flood(&mut sample, "authz.denied"), 10);
        assert!(sample.over(1).is_empty());
        assert_eq!(sample.over(2), BTreeMap::from([("authn.failure", 990), ("authz.denied", 990)]));
        assert!(sample.admits("authn.failure", 2) && sample.is_empty());
    }

    #[test]
    fn changes_are_never_sampled() {
        assert_eq!(Sample::of("key.created"), None);
        assert_eq!(Sample::of("authn.failure"), Some("authn.failure"));
    }
}
