//! Keys one after the other; pure in the time.

use super::{error::SigningKeyError, key::SigningKey, rotation::Rotation};
use palisade_core::UnixTime;
use std::{sync::Arc, time::Duration};

/// A key, and from when on it signs.
#[derive(Clone, Debug)]
pub(super) struct Dated {
    pub(super) key: Arc<SigningKey>,
    pub(super) signs_from: UnixTime,
}

/// Keys by when they sign, the earliest first.
#[derive(Clone, Debug, Default)]
pub(super) struct Ring(pub(super) Vec<Dated>);

/// Clocks of different machines may differ by so much.
const SKEW: Duration = Duration::from_secs(300);

impl Ring {
    /// The key that signs at `now`: the last one whose time has come. Where none has, because a clock went back, the first.
    pub(super) fn signing(&self, now: UnixTime) -> Option<&Arc<SigningKey>> {
        let begun = self.0.iter().rev().find(|dated| dated.signs_from <= now);
        begun.or(self.0.first()).map(|dated| &dated.key)
    }

    /// The last key, where another ring does not have it.
    pub(super) fn newest_beside(&self, other: &Self) -> Option<&SigningKey> {
        let last = &self.0.last()?.key;
        other.0.iter().all(|dated| dated.key.id() != last.id()).then_some(&**last)
    }

    /// What the ring should be at `now`, where it is not that already.
    pub(super) fn turned(
        &self,
        now: UnixTime,
        rotation: &Rotation,
        generate: impl FnOnce() -> Result<SigningKey, SigningKeyError>,
    ) -> Result<Option<Self>, SigningKeyError> {
        let mut keys = self.0.clone();
        let mut changed = forget_misdated(&mut keys, after(after(now, rotation.lead()), SKEW), now);
        // A key that still verifies tokens, or signs, or is yet to sign stays.
        let retired = keys
            .windows(2)
            .take_while(|pair| matches!(pair, [_, next] if after(next.signs_from, rotation.overlap()) <= now))
            .count();
        changed |= retired > 0;
        keys.drain(..retired);
        let next = match keys.last() {
            None => Some(now),
            Some(last) => {
                let ends = after(last.signs_from, rotation.period());
                let soonest = after(now, rotation.lead());
                (ends <= soonest).then_some(soonest)
            }
        };
        if let Some(signs_from) = next {
            keys.push(Dated { key: Arc::new(generate()?), signs_from });
            changed = true;
        }
        Ok(changed.then_some(Self(keys)))
    }
}

/// Takes away keys that are to sign later than any key is ever made for: a clock was wrong, and they never signed. Where there is
/// no other, the first of them signs at once.
fn forget_misdated(keys: &mut Vec<Dated>, latest: UnixTime, now: UnixTime) -> bool {
    let before = keys.len();
    if let Some(first) = keys.first_mut().filter(|first| first.signs_from > latest) {
        first.signs_from = now;
        keys.truncate(1);
        return true;
    }
    keys.retain(|dated| dated.signs_from <= latest);
    keys.len() != before
}

fn after(at: UnixTime, later: Duration) -> UnixTime {
    at.plus_nanos(u64::try_from(later.as_nanos()).unwrap_or(u64::MAX))
}
