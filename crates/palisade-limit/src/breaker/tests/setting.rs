//! Settings that make sense, and those that do not.

use super::*;
use crate::breaker::{
    BreakerError::{self, *},
    Breakers, MAX_BREAKERS,
};

fn check(settings: BreakerSettings, expected: &[BreakerError]) {
    let text = format!("{settings:?}");
    let found = Breaker::new("x", settings).err();
    let found: Vec<_> = found.iter().flat_map(|errors| errors.iter().copied()).collect();
    assert_eq!(found, expected, "{text}");
}

#[test]
fn settings_out_of_bounds_are_refused() {
    let (settings, ms) = (BreakerSettings::default, Duration::from_millis);
    let hours = |hours: u64| Duration::from_secs(3_600 * hours);
    check(settings(), &[]);
    check(BreakerSettings::store(), &[]);
    check(BreakerSettings::consecutive(1), &[]);
    check(BreakerSettings::consecutive(1_000), &[]);
    check(BreakerSettings::consecutive(0), &[Window, Consecutive]);
    check(BreakerSettings::consecutive(1_001), &[Consecutive]);
    check(settings().failures_in_a_row(5), &[]);
    check(settings().window(ms(99)), &[Window]);
    check(settings().window(hours(2)), &[Window]);
    check(settings().window_calls(0), &[Window, WindowTooShort]);
    check(settings().window_calls(10_001), &[Window]);
    check(settings().window_calls(19), &[WindowTooShort]);
    check(settings().window_calls(20).failures_in_a_row(21), &[WindowTooShort]);
    check(BreakerSettings::consecutive(5).window_calls(4), &[WindowTooShort]);
    check(settings().min_calls(0), &[MinCalls]);
    check(settings().failure_rate(0), &[FailureRate]);
    check(settings().failure_rate(101), &[FailureRate]);
    check(settings().slow_rate(101), &[SlowRate]);
    check(settings().slow_call(Duration::ZERO), &[SlowCall]);
    check(settings().open(ms(99), ms(99)), &[OpenTime]);
    check(settings().open(ms(200), ms(100)), &[LongestOpenTime]);
    check(settings().open(ms(200), hours(2)), &[LongestOpenTime]);
    check(settings().jitter(51), &[Jitter]);
    check(settings().probes(0, 3), &[Probes]);
    check(settings().probes(3, 2), &[Probes]);
    check(settings().probes(1, 17), &[Probes]);
    check(settings().probe_deadline(Duration::ZERO), &[ProbeDeadline]);
    check(settings().ramp(Duration::MAX), &[Ramp]);
}

#[test]
fn all_mistakes_are_told_at_once_with_the_name() {
    let errors = Breaker::new("", BreakerSettings::default().jitter(99).failure_rate(0)).unwrap_err();
    assert_eq!(errors.iter().collect::<Vec<_>>(), [&Name, &FailureRate, &Jitter]);
    assert_eq!(
        errors.to_string(),
        "the name of a breaker is 1 to 64 printable ASCII characters without quotes and backslashes; \
         the failure rate is 1 to 100 percent; jitter is 0 to 50 percent"
    );
    for name in ["with \"quotes\"", "back\\slash", "line\nbreak", "café"] {
        assert!(Breaker::consecutive(name, 5).is_err(), "{name}");
    }
}

#[test]
fn a306_a_set_holds_what_the_program_named_and_never_grows() {
    let set = Breakers::new(["search", "billing"], &BreakerSettings::default()).unwrap();
    for n in 0..10_000 {
        assert!(set.get(&format!("stranger-{n}")).is_none());
    }
    let names: Vec<_> = set.iter().map(Breaker::name).collect();
    assert_eq!(names, ["billing", "search"]);
    set.get("billing").unwrap().force_open();
    assert_eq!(set.get("search").unwrap().state(), BreakerState::Closed);
    assert_eq!(set.clone().get("billing").unwrap().state(), BreakerState::ForcedOpen);
}

#[test]
fn a306_the_names_of_a_set_are_counted_and_differ() {
    let of = |names: Vec<&'static str>| Breakers::new(names, &BreakerSettings::default());
    let errors = |names| of(names).unwrap_err().iter().copied().collect::<Vec<_>>();
    assert_eq!(errors(vec![]), [Names]);
    assert_eq!(errors(vec!["a", "b", "a"]), [NameTwice]);
    assert_eq!(errors(vec!["a", "", "b"]), [Name]);
    let many = |count: usize| (0..count).map(|n| &*format!("n{n}").leak()).collect::<Vec<_>>();
    assert!(of(many(MAX_BREAKERS)).is_ok());
    assert_eq!(errors(many(MAX_BREAKERS + 1)), [Names]);
    let wrong = Breakers::new(["", "a"], &BreakerSettings::default().jitter(99)).unwrap_err();
    assert_eq!(wrong.iter().collect::<Vec<_>>(), [&Name, &Jitter]);
}
