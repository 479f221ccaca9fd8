//! Names of sets of permissions.

use crate::{record::KeyRecord, text::Role};
use palisade_core::{Scope, ScopeSet};
use std::{collections::BTreeMap, sync::Arc};

/// What each role may do. A role that stands on a key and not here gives nothing.
///
/// ```
/// use palisade_apikey::Roles;
///
/// let roles = Roles::new([("reader".parse().unwrap(), "read_models read_metrics".parse().unwrap())]);
/// assert!(roles.get("reader").is_some() && roles.get("Reader").is_none());
/// ```
#[derive(Clone, Debug, Default)]
pub struct Roles(Arc<BTreeMap<Role, ScopeSet>>);

impl Roles {
    /// These roles.
    #[must_use]
    pub fn new(roles: impl IntoIterator<Item = (Role, ScopeSet)>) -> Self {
        Self(Arc::new(roles.into_iter().collect()))
    }

    /// What a role may do, where there is one of this name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&ScopeSet> {
        self.0.get(name)
    }

    /// The roles, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&Role, &ScopeSet)> {
        self.0.iter()
    }

    /// All that a key may do: its own permissions, and those of its roles.
    #[must_use]
    pub fn scopes_of(&self, record: &KeyRecord) -> ScopeSet {
        self.scopes(&record.permissions, &record.roles)
    }

    pub(crate) fn scopes(&self, permissions: &ScopeSet, roles: &[Role]) -> ScopeSet {
        if roles.is_empty() {
            return permissions.clone();
        }
        let of_roles = roles.iter().filter_map(|role| self.0.get(role));
        let all: Vec<Scope> = of_roles.flat_map(ScopeSet::iter).chain(permissions.iter()).cloned().collect();
        all.into_iter().collect()
    }
}
