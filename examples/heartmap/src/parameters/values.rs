//! The parameters, and which values they may have.

use palisade::{
    Denial,
    observe::audit::Entry,
    routes::{Violation, Violations},
};
use serde::{Deserialize, Serialize};
use std::{ops::RangeInclusive, time::Duration};

/// The parameters of the analysis: these, and no others, can be changed over HTTP.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema, Deserialize)]
pub struct Parameters {
    /// A cell is kept if its values sum up to as much.
    #[schema(minimum = 0, maximum = 1000000000)]
    pub min_counts: u64,
    /// A cell is kept if it has so many genes with a value.
    #[schema(minimum = 0, maximum = 200000)]
    pub min_genes: u64,
    /// A gene is kept if so many cells have a value of it.
    #[schema(minimum = 0, maximum = 2000000)]
    pub min_cells: u64,
    /// How many genes are named, those with the most counts.
    #[schema(minimum = 0, maximum = 50)]
    pub top_genes: u64,
    /// What is summed up.
    pub summary: Summaries,
    /// How long a result can be read.
    #[schema(minimum = 1, maximum = 1440)]
    pub keep_minutes: u64,
}

/// What is summed up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Summaries {
    /// Each cell's counts and genes.
    Cells,
    /// Each gene's counts and cells.
    Genes,
    /// Both.
    Both,
}

impl Summaries {
    const fn word(self) -> &'static str {
        match self {
            Self::Cells => "cells",
            Self::Genes => "genes",
            Self::Both => "both",
        }
    }

    /// Whether cells are summed up.
    #[must_use]
    pub const fn has_cells(self) -> bool {
        !matches!(self, Self::Genes)
    }

    /// Whether genes are summed up.
    #[must_use]
    pub const fn has_genes(self) -> bool {
        !matches!(self, Self::Cells)
    }
}

type Figure = (&'static str, fn(&Parameters) -> u64, RangeInclusive<u64>);

impl Parameters {
    /// Every figure: its name, and from where to where it goes.
    const FIGURES: [Figure; 5] = [
        ("min_counts", |it| it.min_counts, 0..=1_000_000_000),
        ("min_genes", |it| it.min_genes, 0..=200_000),
        ("min_cells", |it| it.min_cells, 0..=2_000_000),
        ("top_genes", |it| it.top_genes, 0..=50),
        ("keep_minutes", |it| it.keep_minutes, 1..=1_440),
    ];

    /// Goes on where every figure is within its bounds.
    ///
    /// # Errors
    ///
    /// 400 with all that are not.
    pub fn check(&self) -> Result<(), Denial> {
        let wrong = Self::FIGURES.iter().filter(|(_, figure, bounds)| !bounds.contains(&figure(self)));
        let told = wrong.map(|(name, _, bounds)| {
            let message = format!("from {} to {}", bounds.start(), bounds.end());
            Violation::new(format!("/{name}"), "range", message)
        });
        told.collect::<Violations>().into_result()
    }

    /// Adds to an audit record what becomes different, before and after.
    #[must_use]
    pub fn tell_change(&self, next: &Self, mut entry: Entry) -> Entry {
        for (name, figure, _) in Self::FIGURES {
            let (before, after) = (figure(self), figure(next));
            if before != after {
                entry = entry.change(name, before, after);
            }
        }
        if self.summary != next.summary {
            entry = entry.change("summary", self.summary.word(), next.summary.word());
        }
        entry
    }

    /// How long a result can be read.
    #[must_use]
    pub const fn keep(&self) -> Duration {
        Duration::from_secs(self.keep_minutes * 60)
    }
}

impl Default for Parameters {
    fn default() -> Self {
        Self {
            min_counts: 0,
            min_genes: 200,
            min_cells: 3,
            top_genes: 10,
            summary: Summaries::Both,
            keep_minutes: 60,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(parameters: &Parameters, expected: &[&str]) {
        let told = parameters.check().err().and_then(|denial| denial.details().cloned()).unwrap_or_default();
        let told: Vec<_> = told.as_array().into_iter().flatten().map(|it| it["pointer"].clone()).collect();
        assert_eq!(told, expected, "{parameters:?}");
    }

    #[test]
    fn all_figures_out_of_bounds_are_told_at_once() {
        check(&Parameters::default(), &[]);
        let least = Parameters { keep_minutes: 0, top_genes: 50, ..Parameters::default() };
        check(&least, &["/keep_minutes"]);
        let most = Parameters {
            min_counts: 1_000_000_001,
            min_genes: 200_001,
            min_cells: 2_000_001,
            top_genes: 51,
            summary: Summaries::Both,
            keep_minutes: 1_441,
        };
        check(&most, &["/min_counts", "/min_genes", "/min_cells", "/top_genes", "/keep_minutes"]);
    }

    #[test]
    fn an_audit_record_tells_what_becomes_different_and_nothing_else() {
        let before = Parameters::default();
        let after = Parameters { min_genes: 10, summary: Summaries::Cells, ..before.clone() };
        let entry = serde_json::to_value(before.tell_change(&after, Entry::new("config.changed"))).unwrap();
        assert_eq!(entry["before"], serde_json::json!({ "min_genes": 200, "summary": "both" }));
        assert_eq!(entry["after"], serde_json::json!({ "min_genes": 10, "summary": "cells" }));
    }
}
