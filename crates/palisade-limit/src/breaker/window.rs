//! What the last calls came to.

use super::rules::Span;
use palisade_core::Timestamp;

/// Outcomes of the last calls, or of the calls of the last seconds, in fixed memory.
#[derive(Clone, Debug)]
pub(super) struct Window {
    kept: Kept,
    /// Failures since the last success.
    run: u32,
}

#[derive(Clone, Debug)]
enum Kept {
    /// A tenth of the window each; the current tenth counts whole, so the window reaches 9 to 10 tenths back.
    Time {
        width: u64,
        buckets: Box<[Bucket; BUCKETS as usize]>,
    },
    Calls {
        ring: Box<[u8]>,
        next: usize,
        filled: usize,
        tally: Tally,
    },
}

#[derive(Clone, Copy, Debug, Default)]
struct Bucket {
    number: u64,
    tally: Tally,
}

/// Calls, and how many of them failed and were slow.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Tally {
    pub(super) calls: u32,
    pub(super) failures: u32,
    pub(super) slow: u32,
}

const BUCKETS: u64 = 10;
const FAILED: u8 = 1;
const SLOW: u8 = 2;

impl Window {
    pub(super) fn new(span: Span) -> Self {
        let kept = match span {
            Span::Time(nanos) => Kept::Time { width: (nanos / BUCKETS).max(1), buckets: Box::default() },
            Span::Calls(calls) => Kept::Calls {
                ring: vec![0; usize::try_from(calls).unwrap_or(1).max(1)].into_boxed_slice(),
                next: 0,
                filled: 0,
                tally: Tally::default(),
            },
        };
        Self { kept, run: 0 }
    }

    /// Forgets everything.
    pub(super) fn clear(&mut self) {
        self.run = 0;
        match &mut self.kept {
            Kept::Time { buckets, .. } => buckets.fill(Bucket::default()),
            Kept::Calls { next, filled, tally, .. } => (*next, *filled, *tally) = (0, 0, Tally::default()),
        }
    }

    pub(super) fn record(&mut self, failed: bool, slow: bool, now: Timestamp) {
        self.run = if failed { self.run.saturating_add(1) } else { 0 };
        let mark = (u8::from(failed) * FAILED) | (u8::from(slow) * SLOW);
        match &mut self.kept {
            Kept::Time { width, buckets } => {
                let number = now.as_nanos() / *width;
                for (at, bucket) in (0..BUCKETS).zip(buckets.iter_mut()) {
                    if at == number % BUCKETS {
                        if bucket.number != number {
                            *bucket = Bucket { number, tally: Tally::default() };
                        }
                        bucket.tally.add(mark);
                    }
                }
            }
            Kept::Calls { ring, next, filled, tally } => {
                let size = ring.len();
                if let Some(slot) = ring.get_mut(*next) {
                    if *filled == size {
                        tally.take_back(*slot);
                    } else {
                        *filled += 1;
                    }
                    *slot = mark;
                }
                *next = (*next + 1) % size.max(1);
                tally.add(mark);
            }
        }
    }

    /// The calls that count now.
    pub(super) fn tally(&self, now: Timestamp) -> Tally {
        match &self.kept {
            Kept::Calls { tally, .. } => *tally,
            Kept::Time { width, buckets } => {
                let newest = now.as_nanos() / *width;
                let counts = |bucket: &&Bucket| bucket.number.saturating_add(BUCKETS) > newest;
                buckets.iter().filter(counts).fold(Tally::default(), |sum, bucket| sum.plus(bucket.tally))
            }
        }
    }

    /// Failures in a row, as far as they are in the window.
    pub(super) fn run(&self, tally: Tally) -> u32 {
        // The newest failures of the window are those of the run.
        self.run.min(tally.failures)
    }
}

impl Tally {
    fn add(&mut self, mark: u8) {
        self.calls = self.calls.saturating_add(1);
        self.failures = self.failures.saturating_add(u32::from(mark & FAILED != 0));
        self.slow = self.slow.saturating_add(u32::from(mark & SLOW != 0));
    }

    fn take_back(&mut self, mark: u8) {
        self.calls = self.calls.saturating_sub(1);
        self.failures = self.failures.saturating_sub(u32::from(mark & FAILED != 0));
        self.slow = self.slow.saturating_sub(u32::from(mark & SLOW != 0));
    }

    const fn plus(self, other: Self) -> Self {
        Self {
            calls: self.calls.saturating_add(other.calls),
            failures: self.failures.saturating_add(other.failures),
            slow: self.slow.saturating_add(other.slow),
        }
    }
}

/// Whether `part` of `whole` is at least so many percent.
pub(super) fn reaches(part: u32, whole: u32, percent: Option<u32>) -> bool {
    percent.is_some_and(|percent| u64::from(part) * 100 >= u64::from(percent) * u64::from(whole))
}
