//! Figures from repeated runs.

use crate::{
    case::{Contender, NOTHING, Row},
    clock::thread_nanos,
    failure::Failure,
    valgrind,
};
use std::collections::HashMap;

/// How often a contender works under callgrind.
pub(crate) const COUNTS: [u64; 3] = [1_000, 3_000, 5_000];
/// How often under memcheck.
const FEW: [u64; 2] = [100, 300];
/// How often in one go against the clock, and how many such goes.
const GO: u64 = 1_000;
const GOES: usize = 61;
/// The same for what takes milliseconds.
const SLOW_GO: u64 = 1;
const SLOW_GOES: usize = 11;

/// What a row costs a request more than its base.
#[derive(Debug)]
pub(crate) struct Cost {
    pub(crate) instructions: Option<i64>,
    pub(crate) nanos: i64,
    pub(crate) allocations: Option<i64>,
}

/// Remembers what was counted, because many rows share a base.
#[derive(Debug, Default)]
pub(crate) struct Measurements {
    instructions: HashMap<&'static str, [u64; 3]>,
    allocations: HashMap<&'static str, [u64; 2]>,
}

impl Measurements {
    pub(crate) fn cost(&mut self, row: &Row) -> Result<Cost, Failure> {
        if row.slow {
            return Ok(Cost {
                instructions: None,
                nanos: nanos(row, SLOW_GO, SLOW_GOES)?,
                allocations: None,
            });
        }
        Ok(Cost {
            instructions: Some(self.above(row)?),
            nanos: nanos(row, GO, GOES)?,
            allocations: Some(self.allocations(row)?),
        })
    }

    /// Instructions of a row above its base.
    pub(crate) fn above(&mut self, row: &Row) -> Result<i64, Failure> {
        let mut instructions = lowest(self.instructions(row.contender)?, self.instructions(row.base)?);
        if let Some(digest) = row.digest {
            instructions -= lowest(self.instructions(digest)?, self.instructions(NOTHING)?);
        }
        Ok(instructions)
    }

    /// Allocations of a row above its base.
    pub(crate) fn allocations(&mut self, row: &Row) -> Result<i64, Failure> {
        Ok(self.allocations_of(row.contender)? - self.allocations_of(row.base)?)
    }

    fn instructions(&mut self, contender: Contender) -> Result<[u64; 3], Failure> {
        if let Some(known) = self.instructions.get(contender.name) {
            return Ok(*known);
        }
        let mut totals = [0; 3];
        for (total, times) in totals.iter_mut().zip(COUNTS) {
            *total = valgrind::instructions(contender.name, times)?;
        }
        self.instructions.insert(contender.name, totals);
        Ok(totals)
    }

    fn allocations_of(&mut self, contender: Contender) -> Result<i64, Failure> {
        if !self.allocations.contains_key(contender.name) {
            let [few, more] = FEW;
            let totals =
                [valgrind::allocations(contender.name, few)?, valgrind::allocations(contender.name, more)?];
            self.allocations.insert(contender.name, totals);
        }
        let [few, more] = self.allocations.get(contender.name).copied().unwrap_or_default();
        Ok(rounded(signed(more) - signed(few), signed(FEW[1] - FEW[0])))
    }
}

/// The steady state is the slope between two counts: what a process does once cancels out. Of the differences between the same
/// two counts the lowest is told, because an allocator that happens to reorganise itself only adds.
fn lowest(contender: [u64; 3], base: [u64; 3]) -> i64 {
    [(0, 1), (1, 2), (0, 2)]
        .into_iter()
        .map(|(from, to)| {
            let above =
                (signed(contender[to]) - signed(contender[from])) - (signed(base[to]) - signed(base[from]));
            rounded(above, signed(COUNTS[to] - COUNTS[from]))
        })
        .min()
        .unwrap_or_default()
}

/// Contender and base by turns in this process; the median of the differences.
fn nanos(row: &Row, go: u64, goes: usize) -> Result<i64, Failure> {
    let mut contender = row.contender.load()?;
    let mut base = row.base.load()?;
    let mut differences = Vec::with_capacity(goes);
    for _ in 0..goes {
        let start = thread_nanos();
        base.work(go).map_err(|failure| failure.of(row.base.name))?;
        let turn = thread_nanos();
        contender.work(go).map_err(|failure| failure.of(row.contender.name))?;
        let end = thread_nanos();
        differences.push(rounded(signed(end - turn) - signed(turn - start), signed(go)));
    }
    differences.sort_unstable();
    Ok(differences[goes / 2])
}

fn signed(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

fn rounded(total: i64, parts: i64) -> i64 {
    (total * 2 + parts * total.signum()) / (parts * 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_happens_once_does_not_count() {
        let totals = |once: u64, each: u64| COUNTS.map(|times| once + times * each);
        assert_eq!(lowest(totals(9_000_000, 8_350), totals(1_000, 8_000)), 350);
        assert_eq!(lowest(totals(0, 8_000), totals(0, 8_350)), -350);
    }

    #[test]
    fn halves_round_away_from_zero() {
        assert_eq!([rounded(3, 2), rounded(-3, 2), rounded(5, 4), rounded(0, 7)], [2, -2, 1, 0]);
    }
}
