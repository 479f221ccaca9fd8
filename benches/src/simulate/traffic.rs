//! Requests that come in bursts.

use std::time::Duration;

/// How long it all takes.
pub(super) const MINUTES: u64 = 4;

/// From which second until which, one request every so many milliseconds.
const PHASES: [(u64, u64, u64); 6] = [
    // Somebody looks around,
    (0, 40, 4_000),
    // and then two bursts around the end of a minute;
    (48, 54, 100),
    (61, 68, 100),
    // a crowd that stays,
    (100, 150, 500),
    // silence, and a last burst from rest that does not end.
    (195, 201, 80),
    (201, 240, 400),
];

/// The times of all requests, in order, since the start.
pub(super) fn times() -> impl Iterator<Item = Duration> {
    PHASES.into_iter().flat_map(|(from, until, every)| {
        let (from, until) = (from * 1_000, until * 1_000);
        (0..).map(move |nth| from + nth * every).take_while(move |at| *at < until).map(Duration::from_millis)
    })
}
