//! Keeps the account of one request.

use super::{account::Account, ring::Ring};
use crate::redact::Redactor;
use http::{Method, response};
use palisade_core::{Ending, Facts, Moment, Witness};
use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicU64, Ordering::Relaxed},
};

/// What requests in flight share.
pub(super) struct Shared {
    pub(super) ring: Ring,
    pub(super) one_in: u64,
    pub(super) successes: AtomicU64,
    pub(super) redactor: Redactor,
    pub(super) shortens: AtomicBool,
}

pub(super) struct Telling {
    pub(super) shared: Arc<Shared>,
    pub(super) method: Method,
    pub(super) scheme: Option<&'static str>,
    pub(super) began: Moment,
}

impl Witness for Telling {
    fn answered(&mut self, head: Option<&response::Parts>, facts: &Facts) {
        let Self { shared, method, scheme, began } = self;
        let status = head.map(|head| head.status.as_u16());
        // Over gRPC a refusal is a 200.
        let is_refused = head.is_some_and(|head| facts.told(head).is_some());
        let is_plain = matches!(status, Some(100..400)) && !is_refused && facts.would_deny().next().is_none();
        if is_plain && !shared.successes.fetch_add(1, Relaxed).is_multiple_of(shared.one_in) {
            return;
        }
        let (until, redactor) = (facts.clock().now().mono, &shared.redactor);
        let (began, scheme, shortens) = (*began, *scheme, shared.shortens.load(Relaxed));
        let account = Account { began, method, scheme, status, until, facts, redactor, shortens };
        shared.ring.push(facts.request_id(), account.json().into());
    }

    fn ended(self: Box<Self>, _: Ending, _: u64) {}
}
