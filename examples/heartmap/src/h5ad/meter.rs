//! What reading one file may cost.

use super::error::H5adError;
use bytes::Bytes;
use hdf5_reader::{
    Storage, StorageBuffer,
    error::{Error, Result},
};
use palisade::{Clock, Timestamp};
use std::{
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

/// How often each byte of a file may be asked for on average; a sound file comes to about one.
const TIMES: u64 = 4;
/// What may be asked for beside that, in bytes: small files have proportionally more to say of themselves.
const BESIDE: u64 = 8 << 20;
/// How many pieces may be asked for.
const MOST_READS: u64 = 2_000_000;

/// What reading one file may cost: bytes, pieces and time. When any of them is used up, every read fails, so that no loop of the reader
/// outlives it.
#[derive(Debug)]
pub struct Meter {
    clock: Clock,
    deadline: Timestamp,
    bytes: AtomicU64,
    reads: AtomicU64,
    stopped: AtomicBool,
    spent: OnceLock<Spent>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Spent {
    Time,
    Reads,
}

impl Meter {
    /// For a file of so many bytes, from now on.
    #[must_use]
    pub fn new(clock: &Clock, within: Duration, file_bytes: usize) -> Arc<Self> {
        let nanos = u64::try_from(within.as_nanos()).unwrap_or(u64::MAX);
        let file_bytes = u64::try_from(file_bytes).unwrap_or(u64::MAX);
        Arc::new(Self {
            deadline: clock.now().mono.plus_nanos(nanos),
            clock: clock.clone(),
            bytes: AtomicU64::new(file_bytes.saturating_mul(TIMES).saturating_add(BESIDE)),
            reads: AtomicU64::new(MOST_READS),
            stopped: AtomicBool::new(false),
            spent: OnceLock::new(),
        })
    }

    /// Goes on while there is time and somebody waits.
    ///
    /// # Errors
    ///
    /// Where something is used up, now or before: the reader may have taken a failed read for something that is not there.
    pub fn check(&self) -> std::result::Result<(), H5adError> {
        if self.stopped.load(Ordering::Relaxed) || self.clock.now().mono > self.deadline {
            let _ = self.spent.set(Spent::Time);
        }
        match self.spent.get() {
            None => Ok(()),
            Some(Spent::Time) => Err(H5adError::OutOfTime),
            Some(Spent::Reads) => Err(H5adError::TooLarge("the file refers to its own parts too often")),
        }
    }

    /// What came of reading, with the true reason where the meter ended it.
    ///
    /// # Errors
    ///
    /// Those of the reader, and of [`check`](Self::check).
    pub fn done<T>(&self, came: Result<T>) -> std::result::Result<T, H5adError> {
        self.check()?;
        Ok(came?)
    }

    fn charge(&self, bytes: usize) -> Result<()> {
        let take = |left: &AtomicU64, much: u64| {
            left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(much)).is_ok()
        };
        let bytes = u64::try_from(bytes).unwrap_or(u64::MAX);
        if !(take(&self.bytes, bytes) && take(&self.reads, 1)) {
            let _ = self.spent.set(Spent::Reads);
        }
        self.check().map_err(|fault| Error::Other(fault.to_string()))
    }
}

/// Ends what reads by this meter when it is dropped: nobody waits for it any more.
#[derive(Debug)]
pub struct StopOnDrop(pub Arc<Meter>);

impl Drop for StopOnDrop {
    fn drop(&mut self) {
        self.0.stopped.store(true, Ordering::Relaxed);
    }
}

/// A file in memory, whose reads are metered and copy nothing.
pub(super) struct Metered {
    bytes: Arc<Bytes>,
    meter: Arc<Meter>,
}

impl Metered {
    pub(super) fn new(bytes: Bytes, meter: Arc<Meter>) -> Self {
        Self { bytes: Arc::new(bytes), meter }
    }
}

impl Storage for Metered {
    fn len(&self) -> u64 {
        u64::try_from(self.bytes.len()).unwrap_or(u64::MAX)
    }

    fn read_range(&self, offset: u64, len: usize) -> Result<StorageBuffer> {
        self.meter.charge(len)?;
        let start = usize::try_from(offset).map_err(|_| Error::OffsetOutOfBounds(offset))?;
        StorageBuffer::from_shared_owner(self.bytes.clone(), start, len)
    }
}
