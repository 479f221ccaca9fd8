//! Setting up keys that rotate.

use super::{
    directory::Directory,
    error::SigningKeysError,
    keys::{Home, Inner, SigningKeys, next},
    noting::Noting,
    ring::Ring,
    rotation::Rotation,
    watch,
};
use crate::{algorithm::Algorithm, key_set::KeySetError};
use palisade_core::{Clock, EventSink, Tracing};
use std::{path::PathBuf, sync::Arc};

/// Settings of keys that rotate by themselves.
#[derive(Debug)]
#[must_use = "a builder does nothing until `open`"]
pub struct SigningKeysBuilder {
    directory: Option<PathBuf>,
    algorithm: Algorithm,
    rotation: Rotation,
    clock: Clock,
    events: Arc<dyn EventSink>,
    by_hand: bool,
}

impl SigningKeys {
    /// Keys that are kept in this directory, which is made with mode 0700 where it is not there, in files with mode 0600.
    ///
    /// They outlive the process. Several processes may share the directory, also over a network file system that makes hard links
    /// in one step, as NFS does.
    pub fn in_directory(path: impl Into<PathBuf>) -> SigningKeysBuilder {
        SigningKeysBuilder::new(Some(path.into()))
    }

    /// Keys that end with this process, and all tokens with them: for tests, and where everybody may log in again.
    pub fn in_memory() -> SigningKeysBuilder {
        SigningKeysBuilder::new(None)
    }
}

impl SigningKeysBuilder {
    fn new(directory: Option<PathBuf>) -> Self {
        let (algorithm, rotation, clock) = (Algorithm::EdDsa, Rotation::default(), Clock::system());
        Self { directory, algorithm, rotation, clock, events: Arc::new(Tracing), by_hand: false }
    }

    /// Signs with this algorithm instead of `EdDSA`: `ES256`, `HS256`, `HS384` or `HS512`.
    pub const fn algorithm(mut self, algorithm: Algorithm) -> Self {
        self.algorithm = algorithm;
        self
    }

    /// Rotates by this schedule instead of every 30 days.
    pub const fn rotation(mut self, rotation: Rotation) -> Self {
        self.rotation = rotation;
        self
    }

    /// Goes by this clock.
    pub fn clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    /// Tells events to `sink` instead of `tracing`.
    pub fn events(mut self, sink: impl EventSink) -> Self {
        self.events = Arc::new(sink);
        self
    }

    /// Starts no thread: keys rotate when [`SigningKeys::refresh`] is called, which must be more often than half as long as a
    /// key is published before it signs.
    pub const fn refreshed_by_hand(mut self) -> Self {
        self.by_hand = true;
        self
    }

    /// Reads or makes the keys, and starts the thread that rotates them, which ends with them.
    ///
    /// # Errors
    ///
    /// See [`SigningKeysError`]: a schedule out of its bounds; a directory that others can write into, a file in it that they can
    /// read, or keys of another algorithm.
    pub fn open(self) -> Result<SigningKeys, SigningKeysError> {
        let Self { directory, algorithm, rotation, clock, events, by_hand } = self;
        rotation.check()?;
        let directory = directory.map(Directory::open).transpose()?;
        let now = clock.now().wall;
        let state =
            next(&Ring::default(), 0, algorithm, &rotation, directory.as_ref(), now, Noting::After(&events))?;
        let state = state.ok_or(KeySetError::Empty)?;
        let home = Home::Rotating { algorithm, rotation, directory };
        let inner = Arc::new(Inner::new(state, home, clock, events));
        if !by_hand {
            watch::start(&inner).map_err(SigningKeysError::Thread)?;
        }
        Ok(SigningKeys(inner))
    }
}
