//! What the text of a quota means where it says nothing else.

use palisade::{Key, Timestamp};
use palisade::{
    ManualClock, UnixTime,
    limit::{Algorithm, Align, MAX_QUOTAS, Quota, QuotaErrorKind as Kind, Quotas},
};

fn quota(text: &str) -> Quota {
    text.parse().unwrap()
}

#[test]
fn quotas_are_buckets() {
    assert_eq!(Algorithm::default(), Algorithm::Gcra);
    for (text, algorithm, capacity) in [
        ("10/second", Algorithm::Gcra, 10),
        ("10/second burst 3", Algorithm::Gcra, 3),
        ("10/second burst 30", Algorithm::Gcra, 30),
        ("10/second fixed", Algorithm::FixedWindow(Align::PerKeyOffset), 10),
    ] {
        let quota = quota(text);
        assert_eq!((quota.algorithm(), quota.capacity()), (algorithm, capacity), "{text}");
    }
    // GCRA: what was taken comes back one by one, not all at once.
    let now = ManualClock::new(UnixTime::default()).now();
    let (decision, _) = quota("10/second").step(None, &Key::from_bytes([1; 16]), now, 10);
    assert_eq!(decision.next, now.mono.plus_nanos(100_000_000));
    assert_eq!(decision.reset, now.mono.plus_nanos(1_000_000_000));
}

#[test]
fn windows_start_per_key() {
    assert_eq!(Align::default(), Align::PerKeyOffset);
    let now = ManualClock::new(UnixTime::from_secs(1_704_067_230)).now();
    let ends = |text: &str| {
        [1, 2].map(|key| {
            quota(text).step(None, &Key::from_bytes([key; 16]), now, 1).0.reset.nanos_since(now.mono)
        })
    };
    const MINUTE: u64 = 60_000_000_000;
    let [one, other] = ends("1/minute fixed");
    assert!(one != other && one <= MINUTE && other <= MINUTE, "{one} {other}");
    assert_eq!(ends("1/minute fixed per-key"), [one, other]);
    assert_eq!(ends("1/minute fixed epoch"), [MINUTE / 2; 2]);
    assert_eq!(ends("1/minute fixed first-hit"), [MINUTE; 2]);
}

#[test]
fn quotas_have_bounds() {
    assert_eq!(MAX_QUOTAS, 8);
    let list =
        |count: usize| (1..=count).map(|n| format!("{n} per {n} hours")).collect::<Vec<_>>().join("; ");
    for (text, expected) in [
        ("1 per 3650 days", None),
        ("1 per 3651 days", Some(Kind::PeriodTooLong)),
        ("2/day burst 7300", None),
        ("2/day burst 7301", Some(Kind::BurstTooLong)),
        ("1000000/second", None),
        ("1000001/second", Some(Kind::TooFast)),
        (&list(8), None),
        (&list(9), Some(Kind::TooMany)),
        ("0/second", Some(Kind::ZeroCount)),
        ("1 per 0 seconds", Some(Kind::ZeroPeriod)),
        ("1/second burst 0", Some(Kind::ZeroBurst)),
        ("", Some(Kind::Empty)),
    ] {
        assert_eq!(text.parse::<Quotas>().err().map(|error| error.kind()), expected, "{text}");
    }
    // The longest wait of all, from a clock that has run for a century, is still a point in time.
    let mut now = ManualClock::new(UnixTime::default()).now();
    now.mono = Timestamp::from_nanos(36_525 * 86_400 * 1_000_000_000);
    let (longest, key) = (quota("1 per 3650 days"), Key::from_bytes([1; 16]));
    let (_, cell) = longest.step(None, &key, now, 1);
    let (refused, _) = longest.step(cell, &key, now, 1);
    assert_eq!(refused.retry, Some(now.mono.plus_nanos(3_650 * 86_400 * 1_000_000_000)));
    assert!(refused.retry < Some(Timestamp::from_nanos(u64::MAX)));
}
