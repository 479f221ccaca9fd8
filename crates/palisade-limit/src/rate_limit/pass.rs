//! What a request that was admitted carries.

use super::{inner::Inner, options::Refunds};
use crate::{headers::Headers, reservation, ticket::Ticket};
use http::{request, response};
use palisade_core::{Facts, Pass};
use std::{fmt, sync::Arc};

/// What a request that was admitted carries: the limit that writes the headers of its response, where it is the outermost, and
/// the charge, where something may come back of it.
pub struct RateLimitPass {
    pub(super) writer: Option<Arc<Inner>>,
    pub(super) open: Option<Box<Open>>,
}

/// A charge that is not final.
pub(super) enum Open {
    Refundable(Ticket, Refunds),
    Reserved(Ticket),
    /// Somebody else has it.
    Given,
}

impl RateLimitPass {
    /// Of a request that was not counted here.
    pub(super) const UNCOUNTED: Self = Self { writer: None, open: None };
}

impl Pass for RateLimitPass {
    #[inline]
    fn inbound(&mut self, head: &mut request::Parts) {
        if let Some(open) = &mut self.open {
            match std::mem::replace(&mut **open, Open::Given) {
                Open::Reserved(ticket) => reservation::put(ticket, &mut head.extensions),
                other => **open = other,
            }
        }
    }

    #[inline]
    fn outbound(self, head: &mut response::Parts, facts: &Facts) {
        if let Some(open) = self.open
            && let Open::Refundable(ticket, refunds) = *open
            && refunds(head.status)
        {
            ticket.settle_unattended(0);
        }
        let Some(inner) = self.writer else { return };
        if inner.headers == Headers::None {
            return;
        }
        // What a report-only limit would have refused is not what this client must heed; what refused it is.
        let refused = facts.denial().is_some();
        let decisions = facts.decisions().filter(move |(_, decision)| decision.admitted || refused);
        let headers = &mut head.headers;
        // A response with so many headers that these do not fit goes out without them.
        let lines = inner.headers.lines();
        if headers.keys_len() + lines <= headers.capacity() || headers.try_reserve(lines).is_ok() {
            inner.headers.write(decisions, inner.line(), facts.now(), |name, value| {
                let _ = headers.try_insert(name, value);
            });
        }
    }
}

impl fmt::Debug for RateLimitPass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RateLimitPass")
    }
}
