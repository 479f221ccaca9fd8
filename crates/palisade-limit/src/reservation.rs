//! Costs that are known only when the work is done.

use crate::{
    settlement::eager,
    ticket::{Ticket, tell},
};
use http::Extensions;
use palisade_core::Reply;
use std::{
    mem,
    sync::{Arc, Mutex, PoisonError},
};

/// What a request has reserved, until it is known what it really used.
///
/// A limit that [reserves](crate::RateLimit::reserving) charges an estimate when a request comes; the handler takes the
/// reservation, counts what is used while it works or streams, and settles. Dropping it, also because the client went away
/// in the middle of a stream, settles for what was counted so far. What was used beyond the estimate is owed, up to the
/// `max_debt` of the limit. Where no handler takes it, the estimate stands.
///
/// With the feature `axum` it is an extractor; it takes the reservations of all reserving limits that the request passed,
/// which should therefore count in one unit. It can be taken once: move it into the stream.
#[derive(Debug)]
#[must_use = "dropping a reservation settles it for what was counted so far"]
pub struct Reservation {
    tickets: Vec<Ticket>,
    used: u32,
}

impl Reservation {
    /// Takes the reservation out of a request's extensions; `None` where there is none, or none any more.
    #[must_use]
    pub fn take(extensions: &Extensions) -> Option<Self> {
        let tickets = mem::take(&mut *extensions.get::<Reserved>()?.lock());
        (!tickets.is_empty()).then_some(Self { tickets, used: 0 })
    }

    /// Counts so much as used.
    pub fn add(&mut self, amount: u32) {
        self.used = self.used.saturating_add(amount);
    }

    /// What was counted so far.
    #[must_use]
    pub const fn used(&self) -> u32 {
        self.used
    }

    /// The estimate that was charged; the smallest, where several limits reserved.
    #[must_use]
    pub fn reserved(&self) -> u32 {
        self.tickets.iter().map(|ticket| ticket.charged).min().unwrap_or(0)
    }

    /// How much more will be charged for at most: the estimate and the debt that is allowed, less what was counted. A stream
    /// that has nothing left should end, because what it uses from here on is used for nothing.
    #[must_use]
    pub fn left(&self) -> u32 {
        self.tickets.iter().map(Ticket::most).min().unwrap_or(0).saturating_sub(self.used)
    }

    /// Settles for what was counted, and tells when it is done.
    pub fn finish(self) -> Reply<()> {
        let used = self.used;
        self.settle(used)
    }

    /// Settles for `actual`, whatever was counted.
    ///
    /// A store that fails leaves the estimate charged; that is told to `tracing`.
    pub fn settle(mut self, actual: u32) -> Reply<()> {
        let tickets = mem::take(&mut self.tickets);
        eager(async move {
            for ticket in tickets {
                tell(ticket.settle(actual).await);
            }
        })
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        for ticket in self.tickets.drain(..) {
            ticket.settle_unattended(self.used);
        }
    }
}

/// The tickets of a request, in its extensions, until somebody takes them.
#[derive(Clone, Debug, Default)]
struct Reserved(Arc<Mutex<Vec<Ticket>>>);

impl Reserved {
    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Ticket>> {
        // A list is as good after a panic as before.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Puts a ticket where [`Reservation::take`] finds it.
pub(crate) fn put(ticket: Ticket, extensions: &mut Extensions) {
    extensions.get_or_insert_default::<Reserved>().lock().push(ticket);
}
