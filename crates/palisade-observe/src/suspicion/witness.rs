//! Looks at how a request was answered.

use super::{shared::Shared, who::Who};
use http::response;
use palisade_core::{Denial, Ending, Facts, Identity, Sign, Witness};
use std::sync::Arc;

pub(super) struct Looking(pub(super) Arc<Shared>);

/// Reasons of credentials that nobody was ever given.
const JUNK: [&str; 6] = [
    "malformed_credential",
    "credential_too_long",
    "malformed_key",
    "bad_checksum",
    "unknown_key",
    "unknown_token",
];

impl Witness for Looking {
    fn answered(&mut self, head: Option<&response::Parts>, facts: &Facts) {
        let Self(shared) = self;
        let (Some(head), Some(client)) = (head, facts.client()) else { return };
        if shared.spares(client.ip) {
            return;
        }
        let now = facts.clock().now().mono;
        let caller = facts.identity().and_then(Identity::principal);
        let denial = facts.told(head);
        match denial.map_or(head.status, |denial| denial.kind().status()).as_u16() {
            401 => {
                let who = Who::Address(client.ip);
                shared.press(Sign::Unauthenticated, &who, client.ip, now);
                if denial.map(Denial::reason).is_some_and(|reason| JUNK.contains(&reason)) {
                    shared.press(Sign::Junk, &who, client.ip, now);
                }
            }
            403 => {
                let who = caller.map_or(Who::Address(client.ip), Who::Caller);
                shared.press(Sign::Forbidden, &who, client.ip, now);
            }
            _ => {}
        }
        if let Some(caller) = caller {
            shared.network(caller, client.ip, now);
        }
    }

    fn ended(self: Box<Self>, _: Ending, _: u64) {}
}
