//! What is counted of a matrix.

use super::error::H5adError;

/// The most cells of a matrix.
pub(super) const MOST_CELLS: u64 = 2_000_000;
/// The most genes of a matrix.
pub(super) const MOST_GENES: u64 = 200_000;

/// What one cell, or one gene, comes to.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Line {
    /// The sum of its values.
    pub total: f64,
    /// How many of its values are not zero.
    pub detected: u32,
}

/// What a matrix of cells by genes comes to.
#[derive(Debug, Clone, PartialEq)]
pub struct Tally {
    /// One for each cell, in their order.
    pub cells: Vec<Line>,
    /// One for each gene, in their order.
    pub genes: Vec<Line>,
}

impl Tally {
    /// Nothing yet of so many cells and genes.
    pub(super) fn new(cells: u64, genes: u64) -> Result<Self, H5adError> {
        if cells == 0 || genes == 0 {
            return Err(H5adError::Layout("the matrix has no cells or no genes"));
        }
        if cells > MOST_CELLS || genes > MOST_GENES {
            return Err(H5adError::TooLarge("more than 2,000,000 cells or 200,000 genes"));
        }
        let lines = |count| vec![Line::default(); usize::try_from(count).unwrap_or(0)];
        Ok(Self { cells: lines(cells), genes: lines(genes) })
    }

    /// Counts one value.
    pub(super) fn count(&mut self, cell: usize, gene: usize, value: f64) -> Result<(), H5adError> {
        if !value.is_finite() {
            return Err(H5adError::Layout("the matrix has values that are no numbers, or infinite"));
        }
        let (Some(cell), Some(gene)) = (self.cells.get_mut(cell), self.genes.get_mut(gene)) else {
            return Err(H5adError::Damaged(None));
        };
        if value != 0.0 {
            for line in [cell, gene] {
                line.total += value;
                line.detected = line.detected.saturating_add(1);
            }
        }
        Ok(())
    }
}
