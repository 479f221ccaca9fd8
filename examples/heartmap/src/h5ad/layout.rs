//! How the elements of a dataset lie in a file.

use super::{error::H5adError, meter::Meter};
use hdf5_reader::{
    Dataset, Hdf5File,
    messages::{HdfMessage, layout::DataLayout},
};

/// The most that one dataset comes to when it is decoded, in bytes.
pub(super) const MOST_DECODED: u64 = 1 << 30;
/// The largest chunk, in bytes.
pub(super) const MOST_CHUNK: u64 = 64 << 20;
/// The most chunks of a dataset.
const MOST_CHUNKS: u64 = 1 << 20;

/// Deflate, shuffle and Fletcher-32: what `h5py` applies unless told otherwise. A pipeline with a filter that the reader does not know
/// would decode the others without a bound.
const FILTERS: [u16; 3] = [1, 2, 3];

/// Where the elements are.
pub(super) enum Layout {
    /// In the header.
    Compact(Vec<u8>),
    /// One after the other, from this address; nowhere where nothing was written.
    Contiguous(Option<u64>),
    /// In chunks of these extents.
    Chunked(Vec<u64>),
}

impl Layout {
    /// The layout of a dataset of this shape, whose claims are within bounds.
    pub(super) fn of(
        file: &Hdf5File,
        dataset: &Dataset,
        element: usize,
        meter: &Meter,
    ) -> Result<Self, H5adError> {
        let header = meter.done(file.get_or_parse_header(dataset.address()))?;
        let decoded = extent(dataset.shape(), element)?;
        if decoded > MOST_DECODED {
            return Err(H5adError::TooLarge("a dataset comes to more than 1 GiB"));
        }
        let mut found = None;
        for message in &header.messages {
            match message {
                HdfMessage::ExternalFiles(_) => {
                    return Err(H5adError::Unsupported("data in other files is not read"));
                }
                HdfMessage::FilterPipeline(pipeline) => {
                    let ids: Vec<u16> = pipeline.filters.iter().map(|filter| filter.id).collect();
                    let known = ids.iter().all(|id| FILTERS.contains(id));
                    let once =
                        ids.iter().enumerate().all(|(at, id)| !ids.iter().skip(at + 1).any(|it| it == id));
                    if !(known && once) {
                        return Err(H5adError::Unsupported("data may be compressed with gzip, and shuffled"));
                    }
                }
                HdfMessage::DataLayout(layout) => found = Some(&layout.layout),
                _ => {}
            }
        }
        let filled = dataset.fill_value().and_then(|fill| fill.value.as_ref());
        if filled.is_some_and(|value| value.iter().any(|byte| *byte != 0)) {
            return Err(H5adError::Unsupported("what is not stored must be zero"));
        }
        match found {
            Some(DataLayout::Compact { data }) if data.len() as u64 >= decoded => {
                Ok(Self::Compact(data.clone()))
            }
            Some(DataLayout::Contiguous { address, .. }) => {
                let width = u32::from(file.superblock().offset_size).min(8) * 8;
                let nowhere = u64::MAX.checked_shr(64 - width).unwrap_or(0);
                Ok(Self::Contiguous((*address != nowhere).then_some(*address)))
            }
            Some(DataLayout::Chunked { .. }) => Self::chunked(dataset, element),
            _ => Err(H5adError::Damaged(None)),
        }
    }

    fn chunked(dataset: &Dataset, element: usize) -> Result<Self, H5adError> {
        let chunk: Vec<u64> = dataset.chunks().unwrap_or_default().into_iter().map(u64::from).collect();
        if chunk.len() != dataset.shape().len() || chunk.contains(&0) {
            return Err(H5adError::Damaged(None));
        }
        let bytes = extent(&chunk, element)?;
        let counts: Vec<u64> =
            dataset.shape().iter().zip(&chunk).map(|(whole, part)| whole.div_ceil(*part)).collect();
        let count = extent(&counts, 1)?;
        if bytes > MOST_CHUNK || count > MOST_CHUNKS || bytes.saturating_mul(count) > 2 * MOST_DECODED {
            return Err(H5adError::TooLarge("the chunks of a dataset are too large, or too many"));
        }
        Ok(Self::Chunked(chunk))
    }
}

/// How many bytes that many elements take.
fn extent(shape: &[u64], element: usize) -> Result<u64, H5adError> {
    let element = u64::try_from(element).unwrap_or(u64::MAX);
    shape
        .iter()
        .try_fold(element, |all, side| all.checked_mul(*side))
        .ok_or(H5adError::TooLarge("a dataset claims more elements than there can be"))
}
