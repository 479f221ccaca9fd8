//! The elements of a dataset, run by run.

use super::{error::H5adError, layout::Layout, meter::Meter};
use hdf5_reader::{Dataset, DatasetChunk, Hdf5File};

/// How many bytes of a dataset without chunks are looked at in one go.
const RUN: u64 = 1 << 20;

/// A dataset of one or two dimensions, whose claims are within bounds.
pub(super) struct Elements<'f> {
    file: &'f Hdf5File,
    dataset: Dataset,
    layout: Layout,
    size: usize,
    meter: &'f Meter,
}

impl<'f> Elements<'f> {
    pub(super) fn of(file: &'f Hdf5File, dataset: Dataset, meter: &'f Meter) -> Result<Self, H5adError> {
        let size = meter.done(dataset.raw_element_size())?;
        if !matches!(dataset.ndim(), 1 | 2) || !(1..=256).contains(&size) {
            return Err(H5adError::Layout("datasets must have one or two dimensions, and small elements"));
        }
        let layout = Layout::of(file, &dataset, size, meter)?;
        Ok(Self { file, dataset, layout, size, meter })
    }

    pub(super) const fn dataset(&self) -> &Dataset {
        &self.dataset
    }

    /// The extents, one or two.
    pub(super) fn shape(&self) -> &[u64] {
        self.dataset.shape()
    }

    /// How many elements there are.
    pub(super) fn count(&self) -> u64 {
        self.shape().iter().product()
    }

    /// Shows runs of elements that follow each other, each once, in whatever order they lie in the file: the number of the first one,
    /// counted line by line, and their bytes. What is not stored is zero, and not shown.
    pub(super) fn each(
        &self,
        mut show: impl FnMut(u64, &[u8]) -> Result<(), H5adError>,
    ) -> Result<(), H5adError> {
        match &self.layout {
            Layout::Compact(bytes) => {
                let bytes = bytes.get(..self.bytes(self.count())).ok_or(H5adError::Damaged(None))?;
                show(0, bytes)
            }
            Layout::Contiguous(None) => Ok(()),
            Layout::Contiguous(Some(address)) => self.each_run(*address, show),
            Layout::Chunked(chunk) => self.each_chunk(chunk, &mut show),
        }
    }

    fn each_run(
        &self,
        address: u64,
        mut show: impl FnMut(u64, &[u8]) -> Result<(), H5adError>,
    ) -> Result<(), H5adError> {
        let size = self.size as u64;
        let (count, step) = (self.count(), RUN / size);
        let mut first = 0;
        while first < count {
            let run = step.min(count - first);
            let start = address.checked_add(first * size).ok_or(H5adError::Damaged(None))?;
            let bytes = self.meter.done(self.file.storage().read_range(start, self.bytes(run)))?;
            show(first, &bytes)?;
            first += run;
        }
        Ok(())
    }

    fn each_chunk(
        &self,
        extents: &[u64],
        show: &mut impl FnMut(u64, &[u8]) -> Result<(), H5adError>,
    ) -> Result<(), H5adError> {
        let (lines, columns) = sides(self.shape());
        let (high, wide) = sides(extents);
        let across = columns.div_ceil(wide);
        let count = lines.div_ceil(high).saturating_mul(across);
        let mut seen = vec![false; usize::try_from(count).unwrap_or(0)];
        for chunk in self.meter.done(self.dataset.iter_chunks())? {
            let chunk = self.meter.done(chunk)?;
            let (line, column) = place(&chunk, self.shape().len())?;
            let number = (line / high).saturating_mul(across).saturating_add(column / wide);
            let number = usize::try_from(number).unwrap_or(usize::MAX);
            let is_inside = line < lines && column < columns && line % high == 0 && column % wide == 0;
            match seen.get_mut(number) {
                Some(seen) if is_inside && !*seen => *seen = true,
                _ => return Err(H5adError::Damaged(None)),
            }
            // What of the chunk lies within the dataset.
            let kept = wide.min(columns - column);
            let stride = self.bytes(wide);
            for (down, bytes) in (line..lines).zip(chunk.bytes().chunks_exact(stride)) {
                let bytes = bytes.get(..self.bytes(kept)).ok_or(H5adError::Damaged(None))?;
                show(down * columns + column, bytes)?;
            }
        }
        Ok(())
    }

    /// So many elements in bytes; they are within bounds.
    fn bytes(&self, elements: u64) -> usize {
        usize::try_from(elements).unwrap_or(0).saturating_mul(self.size)
    }
}

/// Lines and columns; a list is one line.
const fn sides(shape: &[u64]) -> (u64, u64) {
    match shape {
        [lines, columns] => (*lines, *columns),
        [columns] => (1, *columns),
        _ => (0, 0),
    }
}

fn place(chunk: &DatasetChunk, dimensions: usize) -> Result<(u64, u64), H5adError> {
    match (dimensions, chunk.offsets()) {
        (1, [column, ..]) => Ok((0, *column)),
        (2, [line, column, ..]) => Ok((*line, *column)),
        _ => Err(H5adError::Damaged(None)),
    }
}
