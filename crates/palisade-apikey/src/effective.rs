//! All that a key may do.

use crate::{record::KeyRecord, text::Role};
use palisade_core::{Permissions, Roles, ScopeSet};

/// What roles and implications make of what stands on a key: the authenticator and the keyring go by the same.
#[derive(Clone, Debug, Default)]
pub(crate) struct Effective {
    pub(crate) roles: Roles,
    pub(crate) permissions: Permissions,
}

impl Effective {
    pub(crate) fn of(&self, record: &KeyRecord) -> ScopeSet {
        self.scopes(&record.permissions, &record.roles)
    }

    pub(crate) fn scopes(&self, own: &ScopeSet, roles: &[Role]) -> ScopeSet {
        self.permissions.expand(&self.roles.scopes(own, roles.iter().map(Role::as_str)))
    }
}
