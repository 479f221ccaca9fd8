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
    /// Tokens of any kind that were issued before this do not hold any more.
    pub not_before: Option<UnixTime>,
    /// Access tokens that were issued before this do not: they say more than the user may since.
    pub narrowed: Option<UnixTime>,
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
            narrowed: None,
            created,
            version: 1,
        }
    }

    /// All that they may do, where roles mean this.
    #[must_use]
    pub fn scopes(&self, roles: &Roles) -> ScopeSet {
        roles.scopes(&self.permissions, self.roles.iter().map(RoleName::as_str))
    }

    /// When the next access token is issued at the earliest. `iat` is told in whole seconds, and what was issued within the second of a cut
    /// is void.
    pub(crate) fn next_token(&self) -> UnixTime {
        let cut = self.not_before.max(self.narrowed).map_or(0, UnixTime::as_secs_ceil);
        UnixTime::from_nanos(cut.saturating_mul(1_000_000_000))
    }

    /// A moment, hardly later than `now`, after all access tokens that were issued until `now`, at `now` itself too.
    pub(crate) fn cut(&self, now: UnixTime) -> UnixTime {
        now.max(self.next_token()).plus_nanos(1)
    }

    /// Whether nothing was cut off between two readings of a user.
    pub(crate) fn is_uncut(&self, now: &Self) -> bool {
        !now.disabled && now.not_before == self.not_before && now.narrowed == self.narrowed
    }

    /// Whether it keeps the bounds of the port.
    #[must_use]
    pub fn is_bounded(&self) -> bool {
        self.roles.len() <= MAX_USER_ROLES
            && self.permissions.len() <= MAX_USER_PERMISSIONS
            && self.password.expose().len() <= PasswordHash::MAX_LEN
    }
}
