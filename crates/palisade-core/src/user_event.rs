//! What happened to a user.

use crate::scope::ScopeSet;
use std::net::IpAddr;

/// What happened to a user, beside a response. Users are named by their ids; what strangers typed is not told, because people type
/// passwords into the field of the name.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum UserEvent {
    /// Somebody proved who they are, and has a token.
    LoggedIn {
        /// Who.
        user: Box<str>,
        /// From where.
        client: Option<IpAddr>,
    },
    /// Somebody did not: the true reason, which the answer does not tell.
    LoginRefused {
        /// At whose account, where there is one.
        user: Option<Box<str>>,
        /// From where; absent for refresh tokens.
        client: Option<IpAddr>,
        /// Why, in one word.
        reason: &'static str,
    },
    /// What is stored of a password cannot be compared with: broken, unknown, or so costly that it is not computed.
    HashUnusable {
        /// Whose.
        user: Box<str>,
        /// Why, in one word.
        reason: &'static str,
    },
    /// What is stored of a password was made anew, as new ones are.
    HashUpgraded {
        /// Whose.
        user: Box<str>,
    },
    /// A refresh token was traded for the next one.
    Refreshed {
        /// Whose.
        user: Box<str>,
        /// Of which line of tokens.
        family: Box<str>,
    },
    /// A refresh token came that had been traded already: it was stolen, or its thief's successor was. The whole line does not hold any more.
    TokenReused {
        /// Whose.
        user: Box<str>,
        /// Of which line of tokens.
        family: Box<str>,
    },
    /// Somebody logged out.
    LoggedOut {
        /// Who.
        user: Box<str>,
        /// Whether from all devices.
        everywhere: bool,
    },
    /// A password was replaced, and tokens that were issued before do not hold any more.
    PasswordChanged {
        /// Whose.
        user: Box<str>,
        /// By whom.
        by: Box<str>,
    },
    /// A user was added.
    Created {
        /// Who.
        user: Box<str>,
        /// By whom.
        by: Box<str>,
        /// What they may do, by themselves and by their roles.
        permissions: ScopeSet,
    },
    /// Something about a user was changed.
    Changed {
        /// Who.
        user: Box<str>,
        /// By whom.
        by: Box<str>,
        /// What, by name.
        fields: Vec<&'static str>,
    },
    /// A user was removed.
    Deleted {
        /// Who.
        user: Box<str>,
        /// By whom.
        by: Box<str>,
    },
    /// Somebody was not let do something to users.
    Refused {
        /// What they tried.
        act: &'static str,
        /// Who.
        by: Box<str>,
        /// Why not, in one word.
        reason: &'static str,
    },
    /// Something that nobody waits for could not be written.
    NotWritten {
        /// What.
        act: &'static str,
        /// About whom.
        user: Box<str>,
        /// Why not.
        reason: String,
    },
}

impl UserEvent {
    pub(crate) fn trace(&self) {
        match self {
            Self::LoginRefused { user, client, reason } => {
                let client = client.map(tracing::field::display);
                tracing::warn!(target: "palisade::event", user = user.as_deref(), client, reason, "a login was refused");
            }
            Self::HashUnusable { user, reason } => {
                tracing::error!(target: "palisade::event", user = &**user, reason, "what is stored of a password is unusable");
            }
            Self::TokenReused { user, family } => {
                tracing::warn!(target: "palisade::event", user = &**user, family = &**family, "a refresh token was used twice");
            }
            Self::Refused { act, by, reason } => {
                tracing::warn!(target: "palisade::event", act, by = &**by, reason, "an act on users was refused");
            }
            Self::NotWritten { act, user, reason } => {
                tracing::warn!(target: "palisade::event", act, user = &**user, reason, "a store did not take what nobody waits for");
            }
            Self::LoggedIn { .. }
            | Self::HashUpgraded { .. }
            | Self::Refreshed { .. }
            | Self::LoggedOut { .. }
            | Self::PasswordChanged { .. }
            | Self::Created { .. }
            | Self::Changed { .. }
            | Self::Deleted { .. } => {
                tracing::info!(target: "palisade::event", event = ?self, "a user");
            }
        }
    }
}
