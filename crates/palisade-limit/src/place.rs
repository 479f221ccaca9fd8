//! The place of one request, and whether its response is read.

use palisade_core::Timestamp;
use std::sync::atomic::{
    AtomicBool, AtomicU8, AtomicU64,
    Ordering::{AcqRel, Relaxed},
};

/// What one request occupies: its own until the response is over, or until nobody has read that for too long and it is given to
/// another. Nothing here reads a clock but for whoever looks on.
#[derive(Debug, Default)]
pub(crate) struct Place {
    state: AtomicU8,
    /// Since when whoever looks on has seen it wait for its reader.
    since: AtomicU64,
    given_back: AtomicBool,
}

/// The request is handled, or its handler has no more of the body yet.
const BUSY: u8 = 0;
/// A frame was handed over, and nobody has asked for the next one.
const UNREAD: u8 = 1;
/// The same, and it was seen: whatever the response does overwrites it.
const SEEN: u8 = 2;

impl Place {
    #[inline]
    pub(crate) fn waits_for_reader(&self, waits: bool) {
        self.state.store(if waits { UNREAD } else { BUSY }, Relaxed);
    }

    /// Whether nobody has asked for the next frame for so many nanoseconds of those that were looked on.
    pub(crate) fn is_unread_for(&self, time: u64, now: Timestamp) -> bool {
        let now = now.as_nanos();
        match self.state.load(Relaxed) {
            UNREAD => {
                // Only one at a time looks on, so the time is there before the word that it is.
                self.since.store(now, Relaxed);
                let _ = self.state.compare_exchange(UNREAD, SEEN, AcqRel, Relaxed);
                false
            }
            SEEN => now.saturating_sub(self.since.load(Relaxed)) >= time,
            _ => false,
        }
    }

    /// Takes it from its request; whether it still had it.
    pub(crate) fn give_back(&self) -> bool {
        !self.given_back.swap(true, AcqRel)
    }

    #[inline]
    pub(crate) fn is_given_back(&self) -> bool {
        self.given_back.load(Relaxed)
    }

    /// Whether the request still has it, for whoever drops it.
    #[inline]
    pub(crate) fn is_held(&mut self) -> bool {
        !*self.given_back.get_mut()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use palisade_core::{Clock, ManualClock, UnixTime};
    use std::time::Duration;

    #[test]
    fn only_who_waits_for_the_reader_all_the_time_is_unread() {
        let time = ManualClock::new(UnixTime::from_secs(1));
        let clock = Clock::manual(&time);
        let place = Place::default();
        let is_unread = || place.is_unread_for(1_000_000_000, clock.now().mono);
        let later = || time.advance(Duration::from_secs(1));
        // Busy, however long.
        assert!(!is_unread());
        later();
        assert!(!is_unread());
        // Unread from when that is seen first.
        place.waits_for_reader(true);
        later();
        assert!(!is_unread());
        time.advance(Duration::from_millis(999));
        assert!(!is_unread());
        // Another frame: it begins anew.
        place.waits_for_reader(true);
        later();
        assert!(!is_unread());
        later();
        assert!(is_unread());
        // Who is asked for more is not cut in the last moment.
        place.waits_for_reader(false);
        assert!(!is_unread());
    }

    #[test]
    fn it_is_given_back_once() {
        let mut place = Place::default();
        assert!(place.is_held() && !place.is_given_back());
        assert!(place.give_back() && !place.give_back());
        assert!(!place.is_held() && place.is_given_back());
    }
}
