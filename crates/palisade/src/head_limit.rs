//! A bound on what a head may weigh.

use http::{HeaderName, HeaderValue, request};
use palisade_core::{Denial, DenialKind, Facts, Guard, Reply};

/// Refuses heads with more than [`HeadLimit::LINES`] header lines, or more than [`HeadLimit::BYTES`] in them, with 431, and a path
/// with its query of more than [`HeadLimit::TARGET`] with 414.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct HeadLimit;

impl HeadLimit {
    pub(crate) const LINES: usize = 64;
    pub(crate) const BYTES: usize = 16 * 1024;
    /// RFC 9110 §4.1 wants 8,000 at least.
    pub(crate) const TARGET: usize = 8 * 1024;
}

impl Guard for HeadLimit {
    type Pass = ();

    #[inline]
    fn check(&self, head: &request::Parts, _: &Facts) -> Reply<Result<(), Denial>> {
        let lines = head.headers.len();
        let weight = |(name, value): (&HeaderName, &HeaderValue)| name.as_str().len() + value.len();
        let bytes: usize = head.headers.iter().map(weight).sum();
        if head.uri.path().len() + head.uri.query().map_or(0, str::len) > Self::TARGET {
            return Reply::now(Err(Denial::new(DenialKind::UriTooLong)));
        }
        let fits = lines <= Self::LINES && bytes <= Self::BYTES;
        Reply::now(if fits { Ok(()) } else { Err(Denial::new(DenialKind::HeadersTooLarge)) })
    }
}
