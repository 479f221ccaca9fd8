//! What is not critical.

use super::entrance::Entrance;
use http::request;
use palisade_core::{Denial, Facts, Guard, Reply};

/// Refuses requests that would use what an [`Overload`](crate::Overload) keeps for critical ones; made by
/// [`Overload::ordinary`](crate::Overload::ordinary).
///
/// It stands behind that guard, at every route that is not critical.
#[derive(Clone, Debug)]
pub struct Ordinary(Option<Entrance>);

impl Ordinary {
    pub(super) const fn new(entrance: Option<Entrance>) -> Self {
        Self(entrance)
    }

    /// Requests in flight now that are not critical; 0 where nothing is reserved.
    #[must_use]
    pub fn in_flight(&self) -> u32 {
        self.0.as_ref().map_or(0, Entrance::count)
    }

    /// How many may be; `None` where nothing is reserved.
    #[must_use]
    pub fn limit(&self) -> Option<u32> {
        self.0.as_ref().map(Entrance::limit)
    }
}

impl Guard for Ordinary {
    type Pass = ();

    #[inline]
    fn check(&self, _: &request::Parts, facts: &Facts) -> Reply<Result<(), Denial>> {
        Reply::now(self.0.as_ref().map_or(Ok(()), |entrance| entrance.admit(facts)))
    }

    fn is_absent(&self) -> bool {
        self.0.is_none()
    }
}
