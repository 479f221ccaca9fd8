//! What a request that was admitted carries.

use super::{inner::Inner, options::Refunds};
use crate::{
    headers::{Headers, place},
    reservation,
    ticket::Ticket,
};
use http::{request, response};
use palisade_core::{Facts, Pass};
use std::{fmt, sync::Arc};

/// What a request that was admitted carries: the limit that writes the headers of its response, where it is the outermost, and
/// the charge, where something may come back of it.
pub struct RateLimitPass(pub(super) Carried);

/// Two words, like the answer that it travels in.
pub(super) enum Carried {
    /// The request was not counted here, or somebody outside writes its headers.
    Nothing,
    Headers(Arc<Inner>),
    /// As `Headers`, and somebody outside writes those of the response.
    Lines(Arc<Inner>),
    Charge(Box<Charge>),
}

pub(super) struct Charge {
    pub(super) writer: Option<Arc<Inner>>,
    pub(super) open: Open,
}

/// A charge that is not final.
pub(super) enum Open {
    Refundable(Ticket, Refunds),
    Reserved(Ticket),
    /// Somebody else has it.
    Given,
}

impl Pass for RateLimitPass {
    #[inline]
    fn inbound(&mut self, head: &mut request::Parts) {
        if let Carried::Charge(charge) = &mut self.0 {
            match std::mem::replace(&mut charge.open, Open::Given) {
                Open::Reserved(ticket) => reservation::put(ticket, &mut head.extensions),
                other => charge.open = other,
            }
        }
    }

    // Always inlined, for the same reason as `tell`.
    #[inline(always)]
    fn outbound(self, head: &mut response::Parts, facts: &Facts) {
        match self.0 {
            Carried::Nothing => {}
            Carried::Headers(inner) => tell(&inner, head, facts),
            Carried::Lines(inner) => {
                if let Err(inner) = facts.leave_lines(inner) {
                    tell_apart(&inner, head, facts);
                }
            }
            Carried::Charge(charge) => charge.outbound(head, facts),
        }
    }
}

impl Charge {
    #[inline(never)]
    fn outbound(self, head: &mut response::Parts, facts: &Facts) {
        if let Open::Refundable(ticket, refunds) = self.open
            && refunds(head.status)
        {
            ticket.settle_unattended(0);
        }
        if let Some(inner) = self.writer {
            tell_apart(&inner, head, facts);
        }
    }
}

/// [`tell`], where it is rarely needed.
#[inline(never)]
fn tell_apart(inner: &Inner, head: &mut response::Parts, facts: &Facts) {
    tell(inner, head, facts);
}

// Always inlined: where a limit stands alone, its response is at hand there.
#[inline(always)]
fn tell(inner: &Inner, head: &mut response::Parts, facts: &Facts) {
    if inner.headers == Headers::None {
        return;
    }
    let headers = &mut head.headers;
    // A response with so many headers that these do not fit goes out without them.
    let lines = inner.headers.lines();
    if headers.keys_len() + lines <= headers.capacity() || headers.try_reserve(lines).is_ok() {
        inner.write_lines(facts, |name, value| place(headers, name, value));
    }
}

impl fmt::Debug for RateLimitPass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RateLimitPass")
    }
}
