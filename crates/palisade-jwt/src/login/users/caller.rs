//! Who acts.

use crate::login::id::UserId;
use palisade_core::{Principal, Requirement, ScopeSet};

/// Who acts on users, and what they may hand on.
#[derive(Clone, Debug)]
pub struct Caller {
    pub(super) name: Box<str>,
    /// Who they are themselves, where they are a user.
    pub(super) user: Option<UserId>,
    /// `None` for an operator, who has everything.
    pub(super) scopes: Option<ScopeSet>,
}

impl Caller {
    /// A caller whose credential was verified, of whichever kind.
    #[must_use]
    pub fn of(principal: &Principal) -> Self {
        let name: String = format!("{}:{}", principal.kind(), principal.id())
            .chars()
            .filter(|sign| !sign.is_control())
            .take(256)
            .collect();
        Self { name: name.into(), user: None, scopes: Some(principal.scopes().clone()) }
    }

    /// And they are this user.
    #[must_use]
    pub const fn who_is(mut self, user: UserId) -> Self {
        self.user = Some(user);
        self
    }

    /// Whoever holds the store itself, such as a command line: may do everything. Never make one of a request.
    #[must_use]
    pub fn operator(name: &str) -> Self {
        Self { name: format!("operator:{name}").into(), user: None, scopes: None }
    }

    pub(super) const fn is_operator(&self) -> bool {
        self.scopes.is_none()
    }

    pub(super) fn meets(&self, requirement: &Requirement) -> bool {
        self.scopes.as_ref().is_none_or(|scopes| requirement.is_met_by(scopes))
    }

    /// Whether they hold all of these themselves.
    pub(super) fn holds(&self, scopes: &ScopeSet) -> bool {
        self.scopes.as_ref().is_none_or(|held| scopes.iter().all(|scope| held.contains(scope)))
    }
}
