//! What happened to an API key.

use crate::scope::ScopeSet;

/// What happened to an API key, beside a response. Ids are no secrets; nothing here is.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeyEvent {
    /// It was made.
    Created {
        /// Which key.
        id: Box<str>,
        /// By whom.
        by: Box<str>,
        /// What it may do by itself.
        permissions: ScopeSet,
    },
    /// Something about it was changed.
    Changed {
        /// Which key.
        id: Box<str>,
        /// By whom.
        by: Box<str>,
        /// What, by name.
        fields: Vec<&'static str>,
    },
    /// It has a successor, and holds until the end of a grace period.
    Rotated {
        /// Which key.
        id: Box<str>,
        /// The key that follows.
        successor: Box<str>,
        /// By whom.
        by: Box<str>,
    },
    /// It was taken back, for good.
    Revoked {
        /// Which key.
        id: Box<str>,
        /// By whom.
        by: Box<str>,
        /// Why, where somebody said.
        reason: Option<Box<str>>,
    },
    /// Somebody was not let do something to keys.
    Refused {
        /// What they tried.
        act: &'static str,
        /// Who.
        by: Box<str>,
        /// Why not, in one word.
        reason: &'static str,
    },
    /// It is kept under the newest pepper from now on, or not as another system's any more.
    Upgraded {
        /// Which key.
        id: Box<str>,
    },
    /// It came from another system and can be guessed too easily to be kept under a fast hash: it stays with its verifier.
    Weak {
        /// Which key.
        id: Box<str>,
    },
    /// It was used although it has a successor; told at most once a minute.
    UsedInGrace {
        /// Which key.
        id: Box<str>,
        /// The key that its owner should use.
        successor: Option<Box<str>>,
    },
    /// Something that nobody waits for could not be written; told at most once a minute.
    NotWritten {
        /// What.
        act: &'static str,
        /// Why not.
        reason: String,
    },
}

impl KeyEvent {
    pub(crate) fn trace(&self) {
        match self {
            Self::Refused { act, by, reason } => {
                tracing::warn!(target: "palisade::event", act, by = &**by, reason, "an act on keys was refused");
            }
            Self::Weak { id } => {
                tracing::warn!(target: "palisade::event", id = &**id, "a foreign key can be guessed too easily; rotate it");
            }
            Self::NotWritten { act, reason } => {
                tracing::warn!(target: "palisade::event", act, reason, "the key store did not take what nobody waits for");
            }
            Self::Created { .. }
            | Self::Changed { .. }
            | Self::Rotated { .. }
            | Self::Revoked { .. }
            | Self::Upgraded { .. }
            | Self::UsedInGrace { .. } => {
                tracing::info!(target: "palisade::event", event = ?self, "a key");
            }
        }
    }
}
