//! Names of sets of permissions.

use crate::scope::{Scope, ScopeSet};
use std::{collections::BTreeMap, sync::Arc};

/// What each role may do, for every kind of credential that carries names of roles; cheap to clone. A name that does not stand
/// here gives nothing.
///
/// [`Permissions`](crate::Permissions) makes a table whose words are checked.
///
/// ```
/// use palisade_core::{Roles, ScopeSet};
///
/// let roles = Roles::new([("reader", "read_models read_metrics".parse()?)]);
/// assert!(roles.get("reader").is_some() && roles.get("Reader").is_none());
///
/// let all = roles.scopes(&"run".parse()?, ["reader", "stranger"]);
/// assert_eq!(all.to_string(), "read_metrics read_models run");
/// # Ok::<(), palisade_core::InvalidScope>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Roles(Arc<BTreeMap<Box<str>, ScopeSet>>);

impl Roles {
    /// These roles; of two with one name the last.
    #[must_use]
    pub fn new<N: Into<Box<str>>>(roles: impl IntoIterator<Item = (N, ScopeSet)>) -> Self {
        Self(Arc::new(roles.into_iter().map(|(name, scopes)| (name.into(), scopes)).collect()))
    }

    /// What a role may do, where there is one of this name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&ScopeSet> {
        self.0.get(name)
    }

    /// The roles, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &ScopeSet)> {
        self.0.iter().map(|(name, scopes)| (&**name, scopes))
    }

    /// All that somebody may do who has these permissions and these roles.
    #[must_use]
    pub fn scopes<'r>(&self, own: &ScopeSet, roles: impl IntoIterator<Item = &'r str>) -> ScopeSet {
        let mut of_roles = roles.into_iter().filter_map(|role| self.get(role)).peekable();
        if of_roles.peek().is_none() {
            return own.clone();
        }
        let all: Vec<Scope> = of_roles.flat_map(ScopeSet::iter).chain(own.iter()).cloned().collect();
        all.into_iter().collect()
    }
}
