//! What is told of a matrix.

use crate::{
    h5ad::{Encoding, H5adError, Line, Matrix, Meter, Tally},
    parameters::Parameters,
};
use bytes::Bytes;
use serde::Serialize;
use std::sync::Arc;

/// What a file comes to, under some parameters.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
pub struct Analysis {
    /// How the matrix is stored.
    pub encoding: Encoding,
    /// Its type of numbers, as `numpy` calls it.
    pub dtype: &'static str,
    /// How many cells there are.
    pub cells: usize,
    /// How many genes there are.
    pub genes: usize,
    /// The sum of all values.
    pub total_counts: f64,
    /// How many values are not zero.
    pub nonzero: u64,
    /// Which part of the values is zero.
    pub sparsity: f64,
    /// How many cells and genes have as much as the parameters ask for.
    pub kept: Kept,
    /// Over all cells.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub per_cell: Option<Summary>,
    /// Over all genes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub per_gene: Option<Summary>,
    /// Those with the most counts, the first first.
    pub top_genes: Vec<TopGene>,
}

/// How many are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Kept {
    /// Cells.
    pub cells: usize,
    /// Genes.
    pub genes: usize,
}

/// What lines come to.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, utoipa::ToSchema)]
pub struct Summary {
    /// Of their sums.
    pub counts: Spread,
    /// Of how many values are not zero.
    pub detected: Spread,
}

/// How figures spread.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, utoipa::ToSchema)]
pub struct Spread {
    /// The least.
    pub min: f64,
    /// The one in the middle, or between the two there.
    pub median: f64,
    /// Their mean.
    pub mean: f64,
    /// The most.
    pub max: f64,
}

/// A gene with many counts.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
pub struct TopGene {
    /// Its number, from 0.
    pub index: usize,
    /// What the file calls it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Its counts in all cells.
    pub counts: f64,
    /// How many cells have any.
    pub cells: u32,
}

impl Analysis {
    /// Reads and sums up a file. It keeps a processor busy: call it on a thread that may block.
    ///
    /// # Errors
    ///
    /// What keeps the file from an answer.
    pub fn of(file: Bytes, parameters: &Parameters, meter: &Arc<Meter>) -> Result<Self, H5adError> {
        let matrix = Matrix::read(file, meter)?;
        let Tally { cells, genes } = &matrix.tally;
        let top = top(genes, usize::try_from(parameters.top_genes).unwrap_or(0));
        let names = matrix.gene_names(&top)?;
        let named = top.into_iter().zip(names).filter_map(|(index, name)| {
            let line = genes.get(index)?;
            Some(TopGene { index, name, counts: line.total, cells: line.detected })
        });
        let nonzero: u64 = cells.iter().map(|cell| u64::from(cell.detected)).sum();
        let has_counts = |line: &Line| line.total >= figure(parameters.min_counts);
        let has_genes = |line: &Line| u64::from(line.detected) >= parameters.min_genes;
        let has_cells = |line: &Line| u64::from(line.detected) >= parameters.min_cells;
        Ok(Self {
            encoding: matrix.encoding,
            dtype: matrix.numbers,
            cells: cells.len(),
            genes: genes.len(),
            total_counts: cells.iter().map(|cell| cell.total).sum(),
            nonzero,
            sparsity: 1.0 - figure(nonzero) / (cells.len() as f64 * genes.len() as f64),
            kept: Kept {
                cells: cells.iter().filter(|cell| has_counts(cell) && has_genes(cell)).count(),
                genes: genes.iter().filter(|gene| has_cells(gene)).count(),
            },
            per_cell: parameters.summary.has_cells().then(|| Summary::of(cells)),
            per_gene: parameters.summary.has_genes().then(|| Summary::of(genes)),
            top_genes: named.collect(),
        })
    }
}

/// The numbers of those with the most counts; of equals the first.
fn top(genes: &[Line], most: usize) -> Vec<usize> {
    let total = |index: &usize| genes.get(*index).map_or(0.0, |line| line.total);
    let mut all: Vec<usize> = (0..genes.len()).filter(|index| total(index) > 0.0).collect();
    all.sort_by(|a, b| total(b).total_cmp(&total(a)).then(a.cmp(b)));
    all.truncate(most);
    all
}

impl Summary {
    fn of(lines: &[Line]) -> Self {
        Self {
            counts: Spread::of(lines.iter().map(|line| line.total).collect()),
            detected: Spread::of(lines.iter().map(|line| f64::from(line.detected)).collect()),
        }
    }
}

impl Spread {
    fn of(mut figures: Vec<f64>) -> Self {
        figures.sort_by(f64::total_cmp);
        let at = |index: usize| figures.get(index).copied().unwrap_or_default();
        let count = figures.len();
        let middle = at(count / 2);
        Self {
            min: at(0),
            median: if count.is_multiple_of(2) {
                f64::midpoint(at((count / 2).saturating_sub(1)), middle)
            } else {
                middle
            },
            mean: figures.iter().sum::<f64>() / (count.max(1) as f64),
            max: at(count.saturating_sub(1)),
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts above 2^53 are told to sixteen digits")]
const fn figure(count: u64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_spread() {
        let check = |figures: &[f64], expected: [f64; 4]| {
            let Spread { min, median, mean, max } = Spread::of(figures.to_vec());
            assert_eq!([min, median, mean, max], expected, "{figures:?}");
        };
        check(&[3.0], [3.0; 4]);
        check(&[4.0, 1.0], [1.0, 2.5, 2.5, 4.0]);
        check(&[9.0, -3.0, 0.0], [-3.0, 0.0, 2.0, 9.0]);
    }

    #[test]
    fn those_with_the_most_counts_come_first_and_none_without() {
        let line = |total| Line { total, detected: 1 };
        let genes = [0.0, 5.0, 7.0, 5.0, -1.0].map(line);
        assert_eq!(top(&genes, 10), [2, 1, 3]);
        assert_eq!(top(&genes, 1), [2]);
    }
}
