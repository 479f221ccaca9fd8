//! A bound on what a head may weigh.

use http::{HeaderName, HeaderValue, request};
use palisade_core::{Denial, DenialKind, Facts, Guard, Reply};
use std::ops::RangeInclusive;

/// What a request's head may weigh: heads of more lines or bytes are refused with 431, and a path with its query of more than
/// `target` bytes with 414.
///
/// ```
/// use palisade::{Auth, HeadLimit, Stack};
///
/// let stack = Stack::new(Auth::disabled()).head_limit(HeadLimit::new().lines(32).bytes(8 * 1024).target(2_048));
/// # let _ = stack;
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "it does nothing until a stack has it"]
pub struct HeadLimit {
    lines: usize,
    bytes: usize,
    target: usize,
}

impl HeadLimit {
    /// How many header lines there may be where nothing is said.
    pub const LINES: usize = 64;
    /// What names and values of headers may weigh together where nothing is said.
    pub const BYTES: usize = 16 * 1024;
    /// What a path with its query may weigh where nothing is said; RFC 9110 §4.1 wants 8,000 at least.
    pub const TARGET: usize = 8 * 1024;
    /// More lines are never there: HTTP/1.1 ends with 100.
    pub const LINES_BOUNDS: RangeInclusive<usize> = 8..=100;
    /// More bytes are never there: connections read 64 KiB of a head at most.
    pub const BYTES_BOUNDS: RangeInclusive<usize> = 1_024..=48 * 1024;
    /// A target is shorter than the head that it is in.
    pub const TARGET_BOUNDS: RangeInclusive<usize> = 256..=32 * 1024;

    /// 64 lines of 16 KiB together, and 8 KiB of path and query.
    pub const fn new() -> Self {
        Self { lines: Self::LINES, bytes: Self::BYTES, target: Self::TARGET }
    }

    /// At most so many header lines, 8 to 100.
    pub const fn lines(mut self, lines: usize) -> Self {
        self.lines = lines;
        self
    }

    /// At most so many bytes in names and values of headers together, 1 KiB to 48 KiB.
    pub const fn bytes(mut self, bytes: usize) -> Self {
        self.bytes = bytes;
        self
    }

    /// At most so many bytes of path and query together, 256 to 32 KiB.
    pub const fn target(mut self, bytes: usize) -> Self {
        self.target = bytes;
        self
    }

    /// What is out of bounds.
    pub(crate) fn mistakes(self) -> impl Iterator<Item = (&'static str, RangeInclusive<usize>)> {
        let all = [
            ("lines", self.lines, Self::LINES_BOUNDS),
            ("bytes", self.bytes, Self::BYTES_BOUNDS),
            ("target", self.target, Self::TARGET_BOUNDS),
        ];
        all.into_iter()
            .filter(|(_, set, bounds)| !bounds.contains(set))
            .map(|(what, _, bounds)| (what, bounds))
    }
}

impl Default for HeadLimit {
    fn default() -> Self {
        Self::new()
    }
}

impl Guard for HeadLimit {
    type Pass = ();

    #[inline]
    fn check(&self, head: &request::Parts, _: &Facts) -> Reply<Result<(), Denial>> {
        let lines = head.headers.len();
        let weight = |(name, value): (&HeaderName, &HeaderValue)| name.as_str().len() + value.len();
        let bytes: usize = head.headers.iter().map(weight).sum();
        if head.uri.path().len() + head.uri.query().map_or(0, str::len) > self.target {
            return Reply::now(Err(Denial::new(DenialKind::UriTooLong)));
        }
        let fits = lines <= self.lines && bytes <= self.bytes;
        Reply::now(if fits { Ok(()) } else { Err(Denial::new(DenialKind::HeadersTooLarge)) })
    }
}
