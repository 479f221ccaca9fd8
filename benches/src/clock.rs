//! Time that a thread spent on a processor, and time that passed.

use rustix::time::{ClockId, clock_gettime};

/// Nanoseconds of this thread, without those in which others ran.
pub(crate) fn thread_nanos() -> u64 {
    nanos(ClockId::ThreadCPUTime)
}

/// Nanoseconds of all threads of this process.
pub(crate) fn process_nanos() -> u64 {
    nanos(ClockId::ProcessCPUTime)
}

/// Nanoseconds that pass for everybody, also while a thread waits.
pub(crate) fn wall_nanos() -> u64 {
    nanos(ClockId::Monotonic)
}

fn nanos(clock: ClockId) -> u64 {
    let time = clock_gettime(clock);
    let [seconds, nanos] = [time.tv_sec, time.tv_nsec].map(|part| u64::try_from(part).unwrap_or_default());
    seconds * 1_000_000_000 + nanos
}
