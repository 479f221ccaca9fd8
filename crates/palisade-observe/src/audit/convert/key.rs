//! What happened to an API key.

use crate::audit::{
    entry::{Entry, Outcome},
    shown::Shown,
};
use palisade_core::KeyEvent;

pub(super) fn entry(event: &KeyEvent) -> Entry {
    let of = |act, id: &str| Entry::new(act).on("key", id);
    match event {
        KeyEvent::Created { id, by, permissions } => {
            of("key.created", id).by(by.clone()).after("permissions", permissions)
        }
        KeyEvent::Changed { id, by, fields } => {
            of("key.changed", id).by(by.clone()).after("fields", Shown::words(fields))
        }
        KeyEvent::Rotated { id, successor, by } => {
            of("key.rotated", id).by(by.clone()).after("successor", Shown::id(successor))
        }
        KeyEvent::Revoked { id, by, reason } => {
            let entry = of("key.revoked", id).by(by.clone());
            match reason {
                Some(reason) => entry.because(reason.clone()),
                None => entry,
            }
        }
        KeyEvent::Refused { act, by, reason } => {
            Entry::new("key.refused").outcome(Outcome::Refused).by(by.clone()).because(*reason).on("act", act)
        }
        KeyEvent::Upgraded { id } => of("key.upgraded", id),
        KeyEvent::Weak { id } => of("key.weak", id),
        KeyEvent::UsedInGrace { id, successor } => {
            let entry = of("key.used_in_grace", id);
            match successor {
                Some(successor) => entry.after("successor", Shown::id(successor)),
                None => entry,
            }
        }
        KeyEvent::NotWritten { act, reason } => {
            Entry::new("key.not_written").outcome(Outcome::Failed).because(reason.as_str()).on("act", act)
        }
        _ => Entry::new("key.unknown"),
    }
}
