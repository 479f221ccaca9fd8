//! What a Redis server was asked.

pub use palisade_testing::servers::Redis;

/// How many commands came that run a script, since it was started.
///
/// # Panics
///
/// Where it does not answer.
#[must_use]
pub fn scripts(redis: &Redis) -> u64 {
    let told = redis.ask("INFO commandstats").unwrap();
    let calls = |line: &str| line.split_once("calls=")?.1.split(',').next()?.parse::<u64>().ok();
    told.lines().filter(|line| line.starts_with("cmdstat_eval")).filter_map(calls).sum()
}
