//! What happened to a token, or to the keys that sign tokens.

use std::time::Duration;

/// What happened to a JSON Web Token or to an issuer's keys, beside a response. Ids are no secrets; nothing here is.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TokenEvent {
    /// A token did not hold; its bearer reads one answer whatever was wrong. Strangers send such tokens, as many as they like.
    Rejected {
        /// The configured issuer that it claimed, where there is one.
        issuer: Option<Box<str>>,
        /// Why, in one word.
        reason: &'static str,
    },
    /// Nobody could tell whether a token holds; its bearer reads 503.
    Undecided {
        /// The configured issuer that it claimed, where there is one.
        issuer: Option<Box<str>>,
        /// Why, in one word.
        reason: &'static str,
    },
    /// An issuer's keys were fetched, and are others than before.
    KeysRefreshed {
        /// Whose keys.
        issuer: Box<str>,
        /// How many can be used.
        keys: usize,
        /// How many cannot.
        skipped: usize,
    },
    /// An issuer published a key that cannot be used; the others are.
    KeySkipped {
        /// Whose key.
        issuer: Box<str>,
        /// Its id, where it has one.
        id: Option<Box<str>>,
        /// Why, in one word.
        reason: &'static str,
    },
    /// An issuer's keys could not be fetched; those from before stay in force.
    KeysNotRefreshed {
        /// Whose keys.
        issuer: Box<str>,
        /// What went wrong.
        reason: String,
    },
    /// An issuer's keys could not be fetched for so long that somebody should look.
    KeysStale {
        /// Whose keys.
        issuer: Box<str>,
        /// How old those in force are.
        age: Duration,
    },
    /// An issuer's keys are too old to be believed, or never came: its tokens are answered with 503.
    KeysGone {
        /// Whose keys.
        issuer: Box<str>,
    },
    /// A token was issued.
    Issued {
        /// To whom.
        subject: Box<str>,
        /// Its id.
        id: Box<str>,
    },
    /// A new signing key of ours was made; it is published now, and signs later.
    KeyAdded {
        /// The new key.
        id: Box<str>,
    },
    /// Our own signing key was replaced; the one before verifies until its tokens have ended.
    KeyRotated {
        /// The key that signs now.
        id: Box<str>,
    },
    /// A refresh token was used a second time: somebody else has it, and its whole family is revoked.
    Reused {
        /// Whose it was.
        subject: Box<str>,
        /// The family that is revoked.
        family: Box<str>,
    },
    /// One token was revoked.
    Revoked {
        /// Its id.
        id: Box<str>,
    },
    /// All of somebody's tokens up to now were revoked.
    SubjectRevoked {
        /// Whose.
        subject: Box<str>,
        /// Why, in one word.
        reason: &'static str,
    },
}

impl TokenEvent {
    pub(crate) fn trace(&self) {
        match self {
            Self::Rejected { issuer, reason } => {
                tracing::info!(target: "palisade::event", issuer = issuer.as_deref(), reason, "a token does not hold");
            }
            Self::Undecided { issuer, reason } => {
                tracing::warn!(target: "palisade::event", issuer = issuer.as_deref(), reason, "a token cannot be judged now");
            }
            Self::KeySkipped { issuer, id, reason } => {
                tracing::warn!(target: "palisade::event", issuer = &**issuer, id = id.as_deref(), reason, "a published key cannot be used");
            }
            Self::KeysNotRefreshed { issuer, reason } => {
                tracing::warn!(target: "palisade::event", issuer = &**issuer, reason, "the old keys stay in force");
            }
            Self::KeysStale { issuer, age } => {
                tracing::warn!(target: "palisade::event", issuer = &**issuer, ?age, "an issuer's keys are stale");
            }
            Self::KeysGone { issuer } => {
                tracing::warn!(target: "palisade::event", issuer = &**issuer, "an issuer has no keys that can be believed");
            }
            Self::Reused { subject, family } => {
                tracing::warn!(target: "palisade::event", subject = &**subject, family = &**family, "a refresh token was used twice; its family is revoked");
            }
            Self::KeysRefreshed { .. }
            | Self::Issued { .. }
            | Self::KeyAdded { .. }
            | Self::KeyRotated { .. }
            | Self::Revoked { .. }
            | Self::SubjectRevoked { .. } => {
                tracing::info!(target: "palisade::event", event = ?self, "a token");
            }
        }
    }
}
