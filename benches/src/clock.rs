//! Time that this thread spent on a processor.

use rustix::time::{ClockId, clock_gettime};

/// Nanoseconds of this thread, without those in which others ran.
pub(crate) fn thread_nanos() -> u64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    let [seconds, nanos] = [time.tv_sec, time.tv_nsec].map(|part| u64::try_from(part).unwrap_or_default());
    seconds * 1_000_000_000 + nanos
}
