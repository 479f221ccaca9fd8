//! How many requests a whole service may have in flight.

mod entrance;
mod gauge;
mod ordinary;
mod seat;
#[cfg(test)]
mod tests;

use crate::{
    bounds::check_in_flight,
    error::{LimitError, LimitErrorKind},
    roll::{UNREAD, check_unread},
};
use entrance::Entrance;
use http::request;
pub use ordinary::Ordinary;
use palisade_core::{Denial, Facts, Guard, Reply};
use std::{fmt, time::Duration};

/// A guard that lets so many requests be in flight, whoever calls, and refuses more with 503; clones count together.
///
/// For a whole service (`Stack::in_flight_limit`) or for one route (`.guard(…)`). Deciding takes one compare-and-swap and no
/// lock, and a refusal not even that, so that it costs little where there is too much already. A refusal says `Retry-After`, 1
/// second unless [`retry_after`](Self::retry_after) says otherwise, and `details.kind` `overloaded`.
///
/// A request is in flight until its response **body** is over: it ended or failed, the client is gone, the handler panicked, a
/// later guard refused. That needs an [`EnvelopeLayer`](palisade_core::EnvelopeLayer) outside, as every stack has one; without,
/// it ends with the head of the response. What goes on after that, such as a WebSocket, takes an
/// [`InFlight`](palisade_core::InFlight) along. A request that comes by twice counts once; one that only would have been
/// refused (report only) runs without being counted.
///
/// A response that nobody reads would keep its place for ever. Where a request is about to be refused, responses whose next frame nobody
/// has asked for in 30 seconds ([`unread`](Self::unread)) lose theirs, and end in an error when they are asked again. Those that
/// wait for their handler, such as a stream of events in a quiet hour, never do.
///
/// ```
/// use palisade_core::gate;
/// use palisade_limit::Overload;
///
/// let overload = Overload::new(1_000)?;
/// let layer = gate(overload.clone());
/// assert_eq!(overload.in_flight(), 0);
/// # let _ = layer;
/// # Ok::<(), palisade_limit::LimitError>(())
/// ```
#[derive(Clone)]
pub struct Overload {
    all: Entrance,
    ordinary: Option<Entrance>,
}

impl Overload {
    /// How long a response may wait for its reader unless [told otherwise](Self::unread).
    pub const UNREAD: Duration = UNREAD;

    /// So many requests in flight, 1 to 1,000,000.
    ///
    /// # Errors
    ///
    /// When `limit` is not in that range.
    pub fn new(limit: u32) -> Result<Self, LimitError> {
        check_in_flight(limit)?;
        Ok(Self { all: Entrance::new(limit, "overloaded"), ordinary: None })
    }

    /// Keeps so many of them for critical requests: the others are let in only up to the limit without them.
    ///
    /// Which requests are critical is known where the route is, so this takes effect through [`ordinary`](Self::ordinary), which a
    /// stack puts before every route that is not declared critical. Clones made before do not share it.
    ///
    /// # Errors
    ///
    /// When nothing would be left for the others.
    pub fn reserve(mut self, requests: u32) -> Result<Self, LimitError> {
        let others = self.all.limit().checked_sub(requests).filter(|others| *others > 0);
        let others = others.ok_or(LimitErrorKind::Reserve)?;
        self.ordinary = (requests > 0).then(|| {
            Entrance::new(others, "overloaded_but_for_critical_routes")
                .retry_after(self.all.seconds())
                .unread(self.all.unread_time())
        });
        Ok(self)
    }

    /// Other figures for the same requests: those in flight by this one are counted by what is returned too, and the other way round, so
    /// that a change of settings gives no place away twice. Where there are more than `limit` already, nobody is let in until there are fewer.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new) and [`reserve`](Self::reserve).
    pub fn resized(&self, limit: u32, reserve: u32) -> Result<Self, LimitError> {
        check_in_flight(limit)?;
        let resized = Self { all: self.all.with_limit(limit), ordinary: None }.reserve(reserve)?;
        let ordinary = match (&self.ordinary, resized.ordinary) {
            (Some(before), Some(after)) => {
                let same = before.with_limit(after.limit());
                Some(same.retry_after(after.seconds()).unread(after.unread_time()))
            }
            (_, after) => after,
        };
        Ok(Self { all: resized.all, ordinary })
    }

    /// Tells refused clients to come back after so many seconds, at least 1.
    #[must_use]
    pub fn retry_after(self, seconds: u32) -> Self {
        Self {
            all: self.all.retry_after(seconds),
            ordinary: self.ordinary.map(|ordinary| ordinary.retry_after(seconds)),
        }
    }

    /// How long a response may wait for its reader to ask for more, a second to an hour; 30 seconds unless told otherwise. It counts from
    /// when a request was first refused meanwhile, and what comes after takes its place.
    ///
    /// # Errors
    ///
    /// When `time` is not in that range.
    pub fn unread(self, time: Duration) -> Result<Self, LimitError> {
        check_unread(time)?;
        let ordinary = self.ordinary.map(|ordinary| ordinary.unread(time));
        Ok(Self { all: self.all.unread(time), ordinary })
    }

    /// The guard of requests that are not critical, to stand where the route is known, behind this one; it admits everything where
    /// nothing is [reserved](Self::reserve).
    #[must_use]
    pub fn ordinary(&self) -> Ordinary {
        Ordinary::new(self.ordinary.clone())
    }

    /// Whether something is [reserved](Self::reserve) for critical requests.
    #[must_use]
    pub const fn has_reserve(&self) -> bool {
        self.ordinary.is_some()
    }

    /// How many requests may be in flight.
    #[must_use]
    pub fn limit(&self) -> u32 {
        self.all.limit()
    }

    /// Requests in flight now.
    #[must_use]
    pub fn in_flight(&self) -> u32 {
        self.all.count()
    }
}

impl Guard for Overload {
    type Pass = ();

    #[inline]
    fn check(&self, _: &request::Parts, facts: &Facts) -> Reply<Result<(), Denial>> {
        Reply::now(self.all.admit(facts))
    }
}

impl fmt::Debug for Overload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Overload").field("all", &self.all).field("ordinary", &self.ordinary).finish()
    }
}
