//! The permissions that there are, closed under what they imply.

use crate::{
    principal::Principal,
    roles::Roles,
    scope::{Scope, ScopeSet},
};
use std::sync::Arc;

/// The permissions that there are, which of them imply others, wildcards over them, and what roles may do; cheap to clone.
///
/// [`Authenticate::permissions`](crate::Authenticate::permissions) applies it to every caller once. What is demanded of a
/// request stays a matter of exact words, so it costs what it did.
///
/// ```
/// use palisade_core::{Permissions, ScopeSet, permissions};
///
/// permissions! {
///     pub enum Permission {
///         ReadModels = "models:read",
///         WriteModels = "models:write",
///         ViewLogs = "logs:view",
///         Admin = "admin",
///     }
/// }
///
/// let permissions = Permissions::declare(Permission::ALL)
///     .implies(Permission::WriteModels, [Permission::ReadModels])
///     .implies_everything(Permission::Admin)
///     .wildcard("models:*")
///     .role("operator", [Permission::WriteModels, Permission::ViewLogs])
///     .build()?;
///
/// let held: ScopeSet = "models:write openid".parse()?;
/// assert_eq!(permissions.expand(&held).to_string(), "models:read models:write openid");
/// let operator = permissions.roles().get("operator").unwrap();
/// assert_eq!(operator.to_string(), "logs:view models:read models:write");
///
/// let circle = Permissions::declare(Permission::ALL)
///     .implies(Permission::ReadModels, [Permission::WriteModels])
///     .implies(Permission::WriteModels, [Permission::ReadModels])
///     .build();
/// let told = circle.unwrap_err().to_string();
/// assert_eq!(told, "permissions imply each other in a circle: models:read → models:write → models:read");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Permissions(pub(super) Arc<Inner>);

#[derive(Debug, Default)]
pub(super) struct Inner {
    pub(super) words: ScopeSet,
    /// Words that imply others, in order, each with itself and all that it implies.
    pub(super) implying: Vec<(Scope, ScopeSet)>,
    pub(super) roles: Roles,
}

impl Permissions {
    /// How many names can be declared.
    pub const MAX_NAMES: usize = 512;
    /// How many wildcards.
    pub const MAX_WILDCARDS: usize = 64;
    /// How many times a name can be said to imply another.
    pub const MAX_IMPLICATIONS: usize = 8192;
    /// How many roles.
    pub const MAX_ROLES: usize = 256;

    /// All that was declared, wildcards too: what can be granted.
    #[must_use]
    pub fn words(&self) -> &ScopeSet {
        &self.0.words
    }

    /// What roles may do, with all that it implies.
    #[must_use]
    pub fn roles(&self) -> &Roles {
        &self.0.roles
    }

    /// The word and all that it implies; `None` where that is itself alone, or it was not declared.
    #[must_use]
    pub fn implied_by(&self, word: &Scope) -> Option<&ScopeSet> {
        let implying = &self.0.implying;
        let at = implying.binary_search_by(|(known, _)| known.cmp(word)).ok()?;
        implying.get(at).map(|(_, all)| all)
    }

    /// These and all that they imply. Words that were not declared stay and imply nothing.
    #[must_use]
    pub fn expand(&self, held: &ScopeSet) -> ScopeSet {
        self.wider(held).unwrap_or_else(|| held.clone())
    }

    /// The caller with all that their scopes imply.
    pub(crate) fn widen(&self, principal: Principal) -> Principal {
        match self.wider(principal.scopes()) {
            Some(scopes) => principal.with_scopes(scopes),
            None => principal,
        }
    }

    /// `None` where nothing is to be added.
    pub(super) fn wider(&self, held: &ScopeSet) -> Option<ScopeSet> {
        if self.0.implying.is_empty() {
            return None;
        }
        let lacks = |all: &&ScopeSet| all.iter().any(|word| !held.contains(word));
        let mut added = held.iter().filter_map(|word| self.implied_by(word)).filter(lacks).peekable();
        let first = *added.peek()?;
        if held.len() == 1 {
            return Some(first.clone());
        }
        Some(held.iter().chain(added.flat_map(ScopeSet::iter)).cloned().collect())
    }
}
