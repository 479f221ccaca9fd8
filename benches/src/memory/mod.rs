//! What counters weigh, and how they stand a flood of strangers.

mod flood;
mod process;
mod weight;

use crate::{failure::Failure, table::Table};
use clap::ValueEnum;
use palisade_core::{Key, Moment};
use palisade_limit::{Charge, MemoryStore, Op, Quota, RateStore as _};
use std::{env, process::Command};

/// One measurement, in a process of its own, so that memory which another gave back is not counted.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Scenario {
    /// 10^6 keys that all matter
    Million,
    /// The same in governor's keyed limiter
    GovernorMillion,
    /// 10^7 keys that all matter
    TenMillion,
    /// 10^7 fresh keys against room for 200,000
    Flood,
    /// 10^7 keys that come and go, never more than half the room at once
    Turnover,
}

/// A line that begins so tells that a bound was missed.
const MISSED: &str = "MISSED";

/// Runs every scenario and prints the table; whether every bound is kept.
pub(crate) fn print() -> Result<bool, Failure> {
    let mut table = Table::new(["scenario", "what", "found", "bound", ""], 2);
    for scenario in Scenario::value_variants() {
        let Some(name) = scenario.to_possible_value() else { continue };
        eprintln!("measuring {}", name.get_name());
        let output =
            Command::new(env::current_exe()?).args(["memory", "--only", name.get_name()]).output()?;
        if !output.status.success() {
            return Err(Failure::setup(String::from_utf8_lossy(&output.stderr)));
        }
        for line in String::from_utf8_lossy(&output.stdout).lines() {
            let mut cells = line.split('\t').map(str::to_owned);
            let mut next = || cells.next().unwrap_or_default();
            table.push([name.get_name().to_owned(), next(), next(), next(), next()]);
        }
    }
    let text = table.to_string();
    print!("Counters in memory, each scenario in a process of its own.\n\n{text}");
    Ok(!text.contains(MISSED))
}

/// Runs one scenario in this process and prints its cells, parted by tabs.
pub(crate) fn run(scenario: Scenario) -> Result<(), Failure> {
    match scenario {
        Scenario::Million => weight::of_store(1_000_000),
        Scenario::GovernorMillion => weight::of_governor(1_000_000),
        Scenario::TenMillion => weight::of_store(10_000_000),
        Scenario::Flood => flood::of_strangers(),
        Scenario::Turnover => flood::of_passers_by(),
    }
}

/// One line of a scenario.
fn tell(what: &str, found: &str, bound: Option<(&str, bool)>) {
    let (bound, verdict) = bound.map_or(("", ""), |(bound, kept)| (bound, if kept { "ok" } else { MISSED }));
    println!("{what}\t{found}\t{bound}\t{verdict}");
}

/// Whether the store admits one request more of this key.
fn take(store: &MemoryStore, key: Key, quota: &Quota, now: Moment) -> Result<bool, Failure> {
    let charge = Charge { key, quota, cost: 1 };
    let answer = store.apply(Op::Take, &[charge], now).try_now().map_err(|_| Failure::Pending)?;
    Ok(answer.map_err(Failure::setup)?.admitted())
}

/// The key of the `n`th stranger: spread evenly, as a keyed hash spreads them.
fn key(n: u64) -> Key {
    let [low, high] = [mixed(n), mixed(n ^ 1 << 63)].map(u64::to_le_bytes);
    let mut bytes = [0; 16];
    bytes[..8].copy_from_slice(&low);
    bytes[8..].copy_from_slice(&high);
    Key::from_bytes(bytes)
}

/// SplitMix64.
const fn mixed(n: u64) -> u64 {
    let n = n.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let n = (n ^ n >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let n = (n ^ n >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    n ^ n >> 31
}
