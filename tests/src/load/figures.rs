//! Figures beside their bounds.

use super::arrivals::Asked;
use std::time::Duration;

/// The time, in milliseconds, that so many of a thousand keep.
#[must_use]
pub fn per_mille(times: impl Iterator<Item = Duration>, part: usize) -> f64 {
    let mut times: Vec<Duration> = times.collect();
    times.sort_unstable();
    let at = (times.len() * part).div_ceil(1_000).saturating_sub(1);
    times.get(at).map_or(f64::NAN, |time| time.as_secs_f64() * 1e3)
}

/// How long those with this status took since they were due, in milliseconds: so many of a thousand.
#[must_use]
pub fn waited(asked: &[Asked], status: u16, part: usize) -> f64 {
    per_mille(asked.iter().filter(|asked| asked.status == status).map(Asked::waited), part)
}

/// How many have each status, in order.
#[must_use]
pub fn statuses(asked: &[Asked]) -> String {
    let mut counts = std::collections::BTreeMap::<u16, usize>::new();
    for asked in asked {
        *counts.entry(asked.status).or_default() += 1;
    }
    let told: Vec<_> = counts.iter().map(|(status, count)| format!("{status}: {count}")).collect();
    told.join(", ")
}

/// Rows of what was promised.
#[derive(Debug, Default)]
pub struct Verdicts {
    rows: Vec<[String; 4]>,
    missed: bool,
}

impl Verdicts {
    /// One more: what was found, and what it must be.
    pub fn row(&mut self, what: &str, found: impl Into<String>, bound: &str, kept: bool) {
        self.missed |= !kept;
        let verdict = if kept { "ok" } else { "MISSED" };
        self.rows.push([what.to_owned(), found.into(), bound.to_owned(), verdict.to_owned()]);
    }

    /// Whether nothing was missed; prints the table.
    #[must_use]
    #[allow(clippy::print_stdout, reason = "tells what was found")]
    pub fn print(&self) -> bool {
        let width = |column: usize| self.rows.iter().map(|row| row[column].chars().count()).max();
        let [what, found, bound] = [0, 1, 2].map(|column| width(column).unwrap_or(0));
        for row in &self.rows {
            println!("  {:what$}  {:>found$}  {:>bound$}  {}", row[0], row[1], row[2], row[3]);
        }
        !self.missed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ninety_ninth_of_a_hundred() {
        let check = |count: u64, part, expected: f64| {
            let found = per_mille((1..=count).rev().map(Duration::from_millis), part);
            assert!((found - expected).abs() < 1e-9, "{count} {part}: {found}");
        };
        check(100, 990, 99.0);
        check(100, 500, 50.0);
        check(1, 990, 1.0);
    }
}
