//! One algorithm under the load.

use super::traffic;
use crate::failure::Failure;
use palisade_core::{Clock, Key, ManualClock, UnixTime};
use palisade_limit::{Charge, MemoryStore, Op, Quota, RateStore as _};
use std::time::Duration;

/// What became of each request.
#[derive(Debug)]
pub(super) struct Lane {
    pub(super) name: &'static str,
    pub(super) quota: Quota,
    requests: Vec<(Duration, bool)>,
}

const MINUTE: Duration = Duration::from_secs(60);

impl Lane {
    /// Sends all requests, each at its time.
    pub(super) fn of(name: &'static str, quota: Quota) -> Result<Self, Failure> {
        // A whole minute of the clock on the wall, so that windows end where the picture has its lines.
        let time = ManualClock::new(UnixTime::from_secs(1_704_067_200));
        let (clock, store) = (Clock::manual(&time), MemoryStore::new());
        let charge = Charge { key: Key::from_bytes([7; 16]), quota: &quota, cost: 1 };
        let (mut requests, mut now) = (Vec::new(), Duration::ZERO);
        for at in traffic::times() {
            time.advance(at.saturating_sub(now));
            now = at;
            let answer = store.apply(Op::Take, &[charge], clock.now()).try_now();
            let outcome = answer.map_err(|_| Failure::Pending)?.map_err(Failure::setup)?;
            requests.push((at, outcome.admitted()));
        }
        Ok(Self { name, quota, requests })
    }

    pub(super) fn asked(&self) -> usize {
        self.requests.len()
    }

    pub(super) fn admitted(&self) -> usize {
        self.requests.iter().filter(|(_, admitted)| *admitted).count()
    }

    /// The most that passed in any stretch of time shorter than a minute.
    pub(super) fn most_in_any_minute(&self) -> usize {
        let passed: Vec<_> = self.requests.iter().filter(|(_, admitted)| *admitted).collect();
        let within =
            |from: Duration| passed.iter().filter(|(at, _)| (from..from + MINUTE).contains(at)).count();
        passed.iter().map(|(at, _)| within(*at)).max().unwrap_or_default()
    }

    /// How many passed and how many did not, in each stretch of `width` from the start.
    pub(super) fn bins(&self, width: Duration, count: usize) -> Vec<(u32, u32)> {
        let mut bins = vec![(0, 0); count];
        for (at, admitted) in &self.requests {
            let nth = usize::try_from(at.as_millis() / width.as_millis().max(1)).unwrap_or(usize::MAX);
            if let Some((passed, refused)) = bins.get_mut(nth) {
                *if *admitted { passed } else { refused } += 1;
            }
        }
        bins
    }
}
