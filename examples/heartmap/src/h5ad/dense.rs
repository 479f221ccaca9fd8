//! A matrix all of whose values are stored.

use super::{elements::Elements, error::H5adError, number::Number, tally::Tally};

/// Counts a dataset of cells by genes.
pub(super) fn tally(values: &Elements<'_>) -> Result<(Tally, Number), H5adError> {
    let [cells, genes] = values.shape() else {
        return Err(H5adError::Layout("the dataset `X` must have two dimensions"));
    };
    let number = Number::of(values.dataset().dtype())?;
    let mut tally = Tally::new(*cells, *genes)?;
    let genes = usize::try_from(*genes).unwrap_or(usize::MAX);
    values.each(|first, bytes| {
        let first = usize::try_from(first).unwrap_or(usize::MAX);
        let (mut cell, mut gene) = (first / genes, first % genes);
        for value in number.values(bytes) {
            tally.count(cell, gene, value)?;
            gene += 1;
            if gene == genes {
                (cell, gene) = (cell + 1, 0);
            }
        }
        Ok(())
    })?;
    Ok((tally, number))
}
