//! What clones of a log share.

use super::{sample::Sample, sink::Sink};
use crate::redact::Redactor;
use palisade_core::KeyHasher;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

pub(super) struct Inner {
    pub(super) sink: Sink,
    pub(super) sample: Sample,
    pub(super) pseudonyms: KeyHasher,
    pub(super) shortens: bool,
    pub(super) query: Box<[Box<str>]>,
    pub(super) redactor: Redactor,
    pub(super) numbers: AtomicU64,
}

/// So many parameters are told at most.
const MOST_PARAMETERS: usize = 16;

impl Inner {
    pub(super) fn next_number(&self) -> u64 {
        self.numbers.fetch_add(1, Relaxed)
    }

    /// Parameters that may be told, with their values masked.
    pub(super) fn told(&self, query: Option<&str>) -> Vec<(String, String)> {
        let Some(query) = query.filter(|_| !self.query.is_empty()) else { return Vec::new() };
        form_urlencoded::parse(query.as_bytes())
            .filter(|(name, _)| self.query.iter().any(|told| **told == **name))
            .take(MOST_PARAMETERS)
            .map(|(name, value)| (name.into_owned(), self.redactor.redact(&value).into_owned()))
            .collect()
    }
}
