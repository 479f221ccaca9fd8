//! Wall time of commands; no guard ever sees it.

use std::time::{Duration, Instant};

/// Measures from its creation.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stopwatch(Instant);

impl Stopwatch {
    #[expect(
        clippy::disallowed_methods,
        reason = "a command's duration is real time; there is nothing to move"
    )]
    pub(crate) fn start() -> Self {
        Self(Instant::now())
    }

    pub(crate) fn elapsed(self) -> Duration {
        self.0.elapsed()
    }
}

/// `0.4s`, `59.9s`, `3m12s`, `1h04m`.
pub(crate) fn short(duration: Duration) -> String {
    let tenths = duration.as_millis() / 100;
    let seconds = tenths / 10;
    match seconds {
        0..60 => format!("{}.{}s", seconds, tenths % 10),
        60..3600 => format!("{}m{:02}s", seconds / 60, seconds % 60),
        _ => format!("{}h{:02}m", seconds / 3600, seconds / 60 % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_short() {
        let check = |millis, expected: &str| assert_eq!(short(Duration::from_millis(millis)), expected);
        check(0, "0.0s");
        check(499, "0.4s");
        check(59_999, "59.9s");
        check(60_000, "1m00s");
        check(192_400, "3m12s");
        check(3_599_999, "59m59s");
        check(3_840_000, "1h04m");
    }
}
