//! Who is blocked, for how long, and who is not.

use super::*;
use crate::suite::run;
use palisade_core::{DenialKind, ManualClock, UnixTime};
use proptest::prelude::*;

struct Rig {
    guesses: GrowingBlock,
    clock: ManualClock,
}

impl Rig {
    fn new() -> Self {
        let clock = ManualClock::new(UnixTime::from_secs(1_700_000_000));
        Self { guesses: GrowingBlock::new("login").unwrap().clock(Clock::manual(&clock)), clock }
    }

    fn attempt(&self, ip: &str, account: &str) -> Result<Attempt, u64> {
        run(self.guesses.attempt(ip.parse().unwrap(), account)).map_err(|denial| {
            assert_eq!((denial.kind(), denial.reason()), (DenialKind::RateLimited, "too_many_failures"));
            denial.retry_after_seconds().unwrap()
        })
    }

    fn fails(&self, ip: &str, account: &str) -> Result<(), u64> {
        self.attempt(ip, account).map(|attempt| run(attempt.failed()))
    }

    fn succeeds(&self, ip: &str, account: &str) -> Result<(), u64> {
        self.attempt(ip, account).map(|attempt| run(attempt.succeeded()))
    }

    /// Fails as often as it may, and waits as it is told, for so many seconds in all; says how many guesses that were.
    fn patient(&self, ips: &[&str], account: &str, seconds: u64) -> u32 {
        let (mut guesses, mut left) = (0, seconds);
        loop {
            let mut wait = u64::MAX;
            for ip in ips {
                match self.fails(ip, account) {
                    Ok(()) => (guesses, wait) = (guesses + 1, 0),
                    Err(seconds) => wait = wait.min(seconds),
                }
            }
            if wait > left {
                return guesses;
            }
            left -= wait;
            self.clock.advance(Duration::from_secs(wait));
        }
    }
}

const HOME: &str = "192.0.2.1";
const AWAY: &str = "198.51.100.1";

#[test]
fn blocks_double_up_to_the_cap_and_a_success_forgets_them() {
    let rig = Rig::new();
    let rapid = rig.guesses.clone().pair(quota!("2/second")).account(quota!("1000/minute"));
    let rig = Rig { guesses: rapid, ..rig };
    for expected in [60, 120, 240, 480, 900, 900] {
        while rig.fails(HOME, "ada").is_ok() {}
        assert_eq!(rig.fails(HOME, "ada"), Err(expected));
        // Refusals neither lengthen it nor count.
        rig.clock.advance(Duration::from_secs(expected - 1));
        assert_eq!(rig.fails(HOME, "ada"), Err(1));
        rig.clock.advance(Duration::from_secs(1));
    }
    assert_eq!(rig.succeeds(HOME, "ada"), Ok(()));
    while rig.fails(HOME, "ada").is_ok() {}
    assert_eq!(rig.fails(HOME, "ada"), Err(60));
}

#[test]
fn a_dropped_attempt_has_failed() {
    let rig = Rig::new();
    for _ in 0..5 {
        drop(rig.attempt(HOME, "ada").unwrap());
    }
    // A unit comes back in three minutes; the block is shorter.
    assert_eq!(rig.fails(HOME, "ada"), Err(180));
}

#[test]
fn a176_an_attempt_that_was_never_decided_costs_nothing() {
    let rig = Rig::new();
    for _ in 0..100 {
        run(rig.attempt(HOME, "ada").unwrap().undecided());
    }
    for _ in 0..5 {
        rig.fails(HOME, "ada").unwrap();
    }
    assert!(rig.fails(HOME, "ada").is_err());
    // It proves nothing either: the failures stay.
    rig.clock.advance(Duration::from_secs(180));
    run(rig.attempt(HOME, "ada").unwrap().undecided());
    rig.fails(HOME, "ada").unwrap();
    assert!(rig.fails(HOME, "ada").is_err());
}

#[test]
fn as_core_names_it_it_is_the_same() {
    let rig = Rig::new();
    let begin = || run(Guesses::begin(&rig.guesses, HOME.parse().unwrap(), "ada"));
    for guessed in [Guessed::Undecided, Guessed::Right, Guessed::Undecided] {
        run(begin().unwrap().settle(guessed));
    }
    drop(begin().unwrap());
    for _ in 0..4 {
        run(begin().unwrap().settle(Guessed::Wrong));
    }
    assert_eq!(begin().unwrap_err().kind(), DenialKind::RateLimited);
}

#[test]
fn guesses_at_the_same_time_are_never_more_than_the_quota() {
    let rig = Rig::new();
    let admitted: Vec<_> = (0..50).filter_map(|_| rig.attempt(HOME, "ada").ok()).collect();
    assert_eq!(admitted.len(), 5);
}

#[test]
fn after_a_block_there_is_one_attempt_at_a_time() {
    let rig = Rig::new();
    while rig.fails(HOME, "ada").is_ok() {}
    rig.clock.advance(Duration::from_secs(3_600));
    let admitted: Vec<_> = (0..50).filter_map(|_| rig.attempt(HOME, "ada").ok()).collect();
    assert_eq!(admitted.len(), 1);
    drop(admitted);
    assert_eq!(rig.fails(HOME, "ada"), Err(120));
    rig.clock.advance(Duration::from_secs(120));
    assert_eq!((rig.succeeds(HOME, "ada"), rig.succeeds(HOME, "ada")), (Ok(()), Ok(())));
}

#[test]
fn a_success_cleans_only_its_own_pair() {
    let rig = Rig::new();
    // An attacker who logs in to his own account between guesses still runs into the limit of the address.
    let mut guesses = 0;
    for n in 0..100 {
        guesses += u32::from(rig.fails(AWAY, &format!("victim-{n}")).is_ok());
        let _ = rig.succeeds(AWAY, "mallory");
    }
    assert_eq!(guesses, 20);
    // Nor does it help at the account.
    let rig = Rig::new();
    for _ in 0..5 {
        rig.fails(AWAY, "victim").unwrap();
        rig.succeeds(AWAY, "mallory").unwrap();
    }
    assert!(rig.fails(AWAY, "victim").is_err());
}

#[test]
fn an_owner_is_not_locked_out_by_a_flood_from_elsewhere() {
    let rig = Rig::new();
    rig.succeeds(HOME, "ada").unwrap();
    for n in 0..40 {
        let _ = rig.fails(&format!("198.51.100.{n}"), "ada");
    }
    assert!(rig.fails("203.0.113.9", "ada").is_err());
    assert_eq!(rig.succeeds(HOME, "ada"), Ok(()));
    // The other half: at home, the quota of the two together holds.
    for _ in 0..5 {
        rig.fails(HOME, "ada").unwrap();
    }
    assert!(rig.fails(HOME, "ada").is_err());
}

#[test]
fn a_botnet_has_about_a_hundred_and_ten_guesses_a_day_at_an_account() {
    let rig = Rig::new();
    let ips: Vec<_> = (0..32).map(|n| format!("198.51.100.{n}")).collect();
    let ips: Vec<_> = ips.iter().map(String::as_str).collect();
    let guesses = rig.patient(&ips, "ada", 86_400);
    assert!((90..=120).contains(&guesses), "{guesses}");
}

#[test]
fn a_store_that_is_full_makes_nobody_known() {
    let rig = Rig::new();
    let small = rig.guesses.clone().store(Arc::new(MemoryStore::with_capacity(1).unwrap()));
    let rig = Rig { guesses: small, ..rig };
    for n in 0..2_000 {
        let _ = rig.succeeds(&format!("203.0.{}.{}", n / 250, n % 250), &format!("user-{n}"));
    }
    let guesses = (0..250).filter(|n| rig.fails(&format!("198.51.100.{n}"), "victim").is_ok()).count();
    assert!(guesses <= 10, "{guesses}");
}

#[test]
fn who_exists_does_not_show() {
    let rig = Rig::new();
    let tell = |account: &str| {
        for _ in 0..5 {
            rig.fails(HOME, account).unwrap();
        }
        let ip = HOME.parse().unwrap();
        let denial = run(rig.guesses.attempt(ip, account)).unwrap_err();
        (denial.retry_after_seconds(), denial.details().cloned())
    };
    assert_eq!(tell("ada"), tell("nobody at all"));
}

#[test]
fn mistakes_are_told() {
    let of = |base, cap| {
        let guesses = GrowingBlock::new("login").unwrap();
        guesses
            .blocking(Duration::from_millis(base), Duration::from_secs(cap))
            .err()
            .map(|error| error.kind())
    };
    assert_eq!(of(999, 10), Some(LimitErrorKind::Block));
    assert_eq!(of(2_000, 1), Some(LimitErrorKind::Block));
    assert_eq!(of(2_000, 11 * 365 * 86_400), Some(LimitErrorKind::Block));
    assert_eq!(of(1_000, 1), None);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever succeeds and fails in between, a pair never has more than its quota of attempts under way.
    #[test]
    fn attempts_under_way_are_bounded(steps in proptest::collection::vec((0..3_u8, 0..40_u64), 1..60)) {
        let rig = Rig::new();
        let mut open = Vec::new();
        for (step, seconds) in steps {
            match step {
                0 => open.extend(rig.attempt(HOME, "ada").ok()),
                1 => drop(open.pop()),
                _ => rig.clock.advance(Duration::from_secs(seconds)),
            }
            // A unit comes back every three minutes, and at most forty minutes pass.
            prop_assert!(open.len() <= 5 + 13);
        }
    }
}
