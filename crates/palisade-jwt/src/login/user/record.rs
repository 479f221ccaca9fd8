//! What is remembered of a user.

use crate::login::{
    id::UserId,
    name::UserName,
    password::PasswordHash,
    text::{Email, PlanName, RoleName},
};
use palisade_core::{Roles, ScopeSet, UnixTime};

/// The most roles of one user.
pub const MAX_USER_ROLES: usize = 32;
/// The most permissions of one user, beside those of roles.
pub const MAX_USER_PERMISSIONS: usize = 256;

/// What is remembered of a user.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct User {
    /// Who, for good.
    pub id: UserId,
    /// What they call themselves; unique in the spelling that counts.
    pub name: UserName,
    /// Where they can be written to.
    pub email: Option<Email>,
    /// Sets of permissions that they have.
    pub roles: Vec<RoleName>,
    /// What they may do beside that.
    pub permissions: ScopeSet,
    /// Which profile of limits holds for them.
    pub plan: Option<PlanName>,
    /// Whether they are kept out.
    pub disabled: bool,
    /// What is kept of their password.
    pub password: PasswordHash,
    /// Tokens that were issued before this do not hold any more.
    pub not_before: Option<UnixTime>,
    /// Since when they are known.
    pub created: UnixTime,
    /// Counted up by the store with every change.
    pub version: u64,
}

impl User {
    /// A user without any permission.
    #[must_use]
    pub fn new(id: UserId, name: UserName, password: PasswordHash, created: UnixTime) -> Self {
        Self {
            id,
            name,
            email: None,
            roles: Vec::new(),
            permissions: ScopeSet::empty(),
            plan: None,
            disabled: false,
            password,
            not_before: None,
            created,
            version: 1,
        }
    }

    /// All that they may do, where roles mean this.
    #[must_use]
    pub fn scopes(&self, roles: &Roles) -> ScopeSet {
        roles.scopes(&self.permissions, self.roles.iter().map(RoleName::as_str))
    }

    /// Whether it keeps the bounds of the port.
    #[must_use]
    pub fn is_bounded(&self) -> bool {
        self.roles.len() <= MAX_USER_ROLES
            && self.permissions.len() <= MAX_USER_PERMISSIONS
            && self.password.expose().len() <= PasswordHash::MAX_LEN
    }
}
