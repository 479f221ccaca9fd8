//! Bytes a key.

use super::{
    key, mixed,
    process::{mebibytes, resident},
    take, tell,
};
use crate::{failure::Failure, versions};
use governor::{DefaultKeyedRateLimiter, RateLimiter};
use palisade_core::Clock;
use palisade_limit::{MemoryStore, Quota};
use std::{
    net::{IpAddr, Ipv6Addr},
    num::NonZeroU32,
    time::Duration,
};

const BOUND: f64 = 34.0;

/// A store with exactly that much room, filled.
pub(super) fn of_store(keys: usize) -> Result<(), Failure> {
    let before = resident()?;
    let store = MemoryStore::with_capacity(keys).map_err(Failure::setup)?;
    let quota: Quota = "10/day".parse().map_err(Failure::setup)?;
    let now = Clock::system().now();
    let mut refused = 0_u64;
    for n in 0..keys as u64 {
        refused += u64::from(!take(&store, key(n), &quota, now)?);
    }
    let after = resident()?;
    tell("resident before", &mebibytes(before), None);
    tell("resident after", &mebibytes(after), None);
    let each = (after - before) as f64 / keys as f64;
    tell("bytes a key", &format!("{each:.1}"), Some(("34.0", each <= BOUND)));
    tell("keys refused for want of room", &refused.to_string(), Some(("0", refused == 0)));
    Ok(())
}

/// The keyed limiter that most others are built on.
pub(super) fn of_governor(keys: u64) -> Result<(), Failure> {
    let before = resident()?;
    let quota = governor::Quota::with_period(Duration::from_secs(8_640))
        .ok_or_else(|| Failure::setup("governor takes no such period"))?
        .allow_burst(NonZeroU32::MIN.saturating_add(9));
    let limiter: DefaultKeyedRateLimiter<IpAddr> = RateLimiter::keyed(quota);
    for n in 0..keys {
        let address = u128::from(mixed(n)) << 64 | u128::from(mixed(n ^ 1 << 63));
        limiter
            .check_key(&Ipv6Addr::from(address).into())
            .map_err(|refused| Failure::setup(refused.to_string()))?;
    }
    let each = (resident()? - before) as f64 / keys as f64;
    tell(&format!("bytes a key, governor {}", versions::of("governor")), &format!("{each:.1}"), None);
    Ok(())
}
