//! A matrix whose zeros are left out.

use super::{elements::Elements, encoding::Encoding, error::H5adError, number::Number, tally::Tally};

/// The most values that are stored.
const MOST_STORED: u64 = 32 << 20;

/// The three parts of a matrix in compressed rows (or columns): `indptr` says where each row's values begin, `indices` in which column each stands.
pub(super) struct Sparse<'f> {
    pub(super) data: Elements<'f>,
    pub(super) indices: Elements<'f>,
    pub(super) indptr: Elements<'f>,
}

impl Sparse<'_> {
    /// Counts cells by genes.
    pub(super) fn tally(&self, shape: [u64; 2], encoding: Encoding) -> Result<(Tally, Number), H5adError> {
        let [cells, genes] = shape;
        let mut tally = Tally::new(cells, genes)?;
        let (lines, columns) = if encoding == Encoding::Csc { (genes, cells) } else { (cells, genes) };
        let stored = self.data.count();
        if [&self.data, &self.indices, &self.indptr].iter().any(|part| part.shape().len() != 1) {
            return Err(H5adError::Layout("`data`, `indices` and `indptr` must have one dimension"));
        }
        if stored != self.indices.count() || self.indptr.count() != lines + 1 {
            return Err(H5adError::Layout(
                "`data`, `indices` and `indptr` do not fit the shape of the matrix",
            ));
        }
        if stored > MOST_STORED {
            return Err(H5adError::TooLarge("more than 33,554,432 stored values"));
        }
        let begins = places(&self.indptr, stored)?;
        let rises = begins.windows(2).all(|pair| matches!(pair, [a, b] if a <= b));
        if begins.first() != Some(&0) || begins.last().map(|end| u64::from(*end)) != Some(stored) || !rises {
            return Err(H5adError::Damaged(None));
        }
        let indices = places(&self.indices, columns.saturating_sub(1))?;
        each_place_once(&begins, &indices, columns)?;

        let number = Number::of(self.data.dataset().dtype())?;
        self.data.each(|first, bytes| {
            let first = usize::try_from(first).unwrap_or(usize::MAX);
            // The last line that begins here or before.
            let mut line = begins.partition_point(|begin| *begin as usize <= first).saturating_sub(1);
            for (at, value) in (first..).zip(number.values(bytes)) {
                while begins.get(line + 1).is_some_and(|next| *next as usize <= at) {
                    line += 1;
                }
                let column = indices.get(at).map_or(usize::MAX, |index| *index as usize);
                let (cell, gene) = if encoding == Encoding::Csc { (column, line) } else { (line, column) };
                tally.count(cell, gene, value)?;
            }
            Ok(())
        })?;
        Ok((tally, number))
    }
}

/// Whole numbers up to `most`; what is not stored is zero.
fn places(part: &Elements<'_>, most: u64) -> Result<Vec<u32>, H5adError> {
    let number = Number::of(part.dataset().dtype())?;
    if !number.is_whole() {
        return Err(H5adError::Layout("`indices` and `indptr` must be whole numbers"));
    }
    let mut places = vec![0_u32; usize::try_from(part.count()).unwrap_or(0)];
    part.each(|first, bytes| {
        let first = usize::try_from(first).unwrap_or(usize::MAX);
        let room = places.get_mut(first..).ok_or(H5adError::Damaged(None))?;
        for (room, place) in room.iter_mut().zip(number.places(bytes)) {
            let place = place.filter(|place| *place <= most).and_then(|place| u32::try_from(place).ok());
            *room = place.ok_or(H5adError::Damaged(None))?;
        }
        Ok(())
    })?;
    Ok(places)
}

/// No place stands twice in a line: it would be counted twice.
fn each_place_once(begins: &[u32], indices: &[u32], columns: u64) -> Result<(), H5adError> {
    let mut last_line = vec![u32::MAX; usize::try_from(columns).unwrap_or(0)];
    for (line, pair) in (0_u32..).zip(begins.windows(2)) {
        let &[begin, end] = pair else { continue };
        for index in indices.get(begin as usize..end as usize).unwrap_or_default() {
            match last_line.get_mut(*index as usize) {
                Some(last) if *last != line => *last = line,
                _ => return Err(H5adError::Layout("a value stands twice in a sparse matrix")),
            }
        }
    }
    Ok(())
}
