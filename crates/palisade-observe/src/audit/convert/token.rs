//! What happened to a token, or to keys that sign tokens.

use crate::audit::{
    entry::{Entry, Outcome},
    shown::Shown,
};
use palisade_core::TokenEvent;

pub(super) fn entry(event: &TokenEvent) -> Entry {
    let at = |act, outcome, issuer: Option<&str>, reason: &str| {
        let entry = Entry::new(act).outcome(outcome).because(reason);
        match issuer {
            Some(issuer) => entry.on("issuer", issuer),
            None => entry,
        }
    };
    match event {
        TokenEvent::Rejected { issuer, reason } => {
            at("token.rejected", Outcome::Refused, issuer.as_deref(), reason)
        }
        TokenEvent::Undecided { issuer, reason } => {
            at("token.undecided", Outcome::Failed, issuer.as_deref(), reason)
        }
        TokenEvent::KeysRefreshed { issuer, keys, skipped } => Entry::new("key_set.changed")
            .on("issuer", issuer)
            .after("keys", *keys as u64)
            .after("skipped", *skipped as u64),
        TokenEvent::KeySkipped { issuer, id, reason } => {
            let entry = at("key_set.skipped", Outcome::Failed, Some(issuer), reason);
            match id {
                Some(id) => entry.after("kid", Shown::id(id)),
                None => entry,
            }
        }
        TokenEvent::KeysNotRefreshed { issuer, reason } => {
            at("key_set.not_refreshed", Outcome::Failed, Some(issuer), reason)
        }
        TokenEvent::KeysStale { issuer, age } => {
            Entry::new("key_set.stale").on("issuer", issuer).after("age_seconds", age.as_secs())
        }
        TokenEvent::KeysGone { issuer } => at("key_set.gone", Outcome::Failed, Some(issuer), "keys_gone"),
        TokenEvent::Issued { subject, id } => {
            Entry::new("token.issued").on("token", id).after("subject", Shown::id(subject))
        }
        TokenEvent::KeyAdded { id } => Entry::new("signing_key.added").on("key", id),
        TokenEvent::KeyRotated { id } => Entry::new("signing_key.rotated").on("key", id),
        TokenEvent::Reused { subject, family } => Entry::new("token.reuse")
            .outcome(Outcome::Refused)
            .on("family", family)
            .after("subject", Shown::id(subject)),
        TokenEvent::Revoked { id } => Entry::new("token.revoked").on("token", id),
        TokenEvent::SubjectRevoked { subject, reason } => {
            Entry::new("token.subject_revoked").on("subject", subject).because(*reason)
        }
        _ => Entry::new("token.unknown"),
    }
}
