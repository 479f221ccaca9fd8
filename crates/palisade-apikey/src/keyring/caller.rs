//! Who acts.

use crate::{
    authenticator::ApiKeys,
    id::KeyId,
    text::{Actor, Owner, Tenant},
};
use palisade_core::{Principal, Requirement, ScopeSet};

/// Who acts on keys, and what they may hand on.
#[derive(Clone, Debug)]
pub struct Caller {
    pub(super) name: Actor,
    pub(super) owner: Owner,
    pub(super) key: Option<KeyId>,
    pub(super) tenant: Option<Tenant>,
    /// `None` for an operator, who has everything.
    pub(super) scopes: Option<ScopeSet>,
}

impl Caller {
    /// A caller whose credential was verified, of whichever kind.
    #[must_use]
    pub fn of(principal: &Principal) -> Self {
        let (kind, id) = (principal.kind(), principal.id());
        Self {
            name: Actor::distinct(&format!("{kind}:{id}")),
            // What somebody makes stays theirs when their own key is rotated.
            owner: Owner::distinct(&format!("{kind}:{}", principal.lineage())),
            key: if kind == ApiKeys::KIND { id.parse().ok() } else { None },
            tenant: principal.tenant().map(Tenant::distinct),
            scopes: Some(principal.scopes().clone()),
        }
    }

    /// Whoever holds the store itself, such as a command line: may do everything, for every tenant. Never make one of
    /// a request.
    #[must_use]
    pub fn operator(name: &str) -> Self {
        let name = format!("operator:{name}");
        Self {
            name: Actor::distinct(&name),
            owner: Owner::distinct(&name),
            key: None,
            tenant: None,
            scopes: None,
        }
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
