//! How many comparisons happen at once.

use crate::picture::{Picture, PictureError, Similarity};
use palisade::{Denial, DenialKind};
use std::sync::Arc;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Comparisons at once, from the first byte of an upload on: each may hold two files in memory.
pub const SEATS: usize = 16;
/// Comparisons whose pictures are decoded at once: each may hold one decoded picture in memory.
pub const DECODERS: usize = 2;

/// Bounds the memory of all comparisons together, whoever sends them: a limit by address does not.
#[derive(Debug, Clone)]
pub struct Desk {
    seats: Arc<Semaphore>,
    decoders: Arc<Semaphore>,
}

/// A place at the desk; whoever does the work holds it until the work is done.
#[derive(Debug)]
pub struct Seat(#[allow(dead_code, reason = "dropping it is what it is for")] OwnedSemaphorePermit);

/// Which of both files is no picture, and why.
pub type Unusable = (usize, PictureError);

impl Desk {
    /// A desk with [`SEATS`] seats.
    #[must_use]
    pub fn new() -> Self {
        Self { seats: Arc::new(Semaphore::new(SEATS)), decoders: Arc::new(Semaphore::new(DECODERS)) }
    }

    /// A seat, if one is free.
    ///
    /// # Errors
    ///
    /// 503, to be tried again in a second: it is not this caller who asks too much.
    pub fn seat(&self) -> Result<Seat, Denial> {
        let seat = Arc::clone(&self.seats).try_acquire_owned().map(Seat);
        seat.map_err(|_| Denial::new(DenialKind::Overloaded).because("no_seat").retry_after(1))
    }

    /// Decodes and compares two files, beside the threads that answer requests.
    ///
    /// # Errors
    ///
    /// Every file that is no picture; 500 where the comparison itself failed.
    ///
    /// # Cancel safety
    ///
    /// A comparison that has begun is finished, and keeps its seat until then.
    pub async fn compare(
        &self,
        seat: Seat,
        files: [Vec<u8>; 2],
    ) -> Result<Result<Similarity, Vec<Unusable>>, Denial> {
        let broken = || Denial::new(DenialKind::Internal).because("comparison_failed");
        let decoder = Arc::clone(&self.decoders).acquire_owned().await.map_err(|_| broken())?;
        let work = tokio::task::spawn_blocking(move || {
            let _held = (seat, decoder);
            compare(files)
        });
        work.await.map_err(|fault| broken().with_source(fault))
    }
}

impl Default for Desk {
    fn default() -> Self {
        Self::new()
    }
}

/// One after the other: the first is down to a few kilobytes before the second is unpacked.
fn compare(files: [Vec<u8>; 2]) -> Result<Similarity, Vec<Unusable>> {
    match files.map(|file| Picture::decode(&file)) {
        [Ok(first), Ok(second)] => Ok(Similarity::of(&first, &second)),
        both => Err(both.into_iter().enumerate().filter_map(|(at, file)| Some((at, file.err()?))).collect()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::picture::drawing::{Face, png};

    #[tokio::test]
    async fn seats_come_back_when_the_work_is_done() {
        let desk = Desk::new();
        let mut seats: Vec<_> = (0..SEATS).map(|_| desk.seat().unwrap()).collect();
        let refused = desk.seat().unwrap_err();
        assert_eq!((refused.kind(), refused.retry_after_seconds()), (DenialKind::Overloaded, Some(1)));
        let picture = png(&Face::ADA.draw(32, 32));
        let files = [picture.clone(), picture];
        let answer = desk.compare(seats.pop().unwrap(), files).await.unwrap().unwrap();
        assert_eq!(answer.similarity, 1.0);
        assert!(desk.seat().is_ok());
    }

    #[tokio::test]
    async fn every_file_that_is_no_picture_is_named() {
        let desk = Desk::new();
        let good = || png(&Face::BOB.draw(32, 32));
        let bad = || b"no picture".to_vec();
        for (files, named) in
            [([bad(), good()], vec![0]), ([good(), bad()], vec![1]), ([bad(), bad()], vec![0, 1])]
        {
            let answer = desk.compare(desk.seat().unwrap(), files).await.unwrap().unwrap_err();
            assert_eq!(answer.iter().map(|(at, _)| *at).collect::<Vec<_>>(), named);
        }
    }
}
