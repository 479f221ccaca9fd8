//! What is asked for.

use crate::{
    record::Metadata,
    text::{KeyName, Owner, Plan, Role, Tenant},
};
use ipnet::IpNet;
use palisade_core::{ScopeSet, UnixTime};

/// A key that somebody wants.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct NewKey {
    /// What people will call it; need not be unique.
    pub name: KeyName,
    /// What it may do.
    pub permissions: ScopeSet,
    /// Sets of permissions that it also has.
    pub roles: Vec<Role>,
    /// To whom it will belong; to its maker where nothing is said.
    pub owner: Option<Owner>,
    /// Whose data it opens; its maker's tenant where nothing is said. Others need the right to act for all tenants.
    pub tenant: Option<Tenant>,
    /// Which profile of limits holds for it.
    pub plan: Option<Plan>,
    /// From where it may be used; from everywhere where empty.
    pub networks: Vec<IpNet>,
    /// From when on it holds.
    pub not_before: Option<UnixTime>,
    /// For how long it holds.
    pub life: Life,
    /// What the application wants to remember.
    pub metadata: Metadata,
}

impl NewKey {
    /// A key of this name without permissions, for the usual time.
    #[must_use]
    pub fn named(name: KeyName) -> Self {
        Self {
            name,
            permissions: ScopeSet::empty(),
            roles: Vec::new(),
            owner: None,
            tenant: None,
            plan: None,
            networks: Vec::new(),
            not_before: None,
            life: Life::default(),
            metadata: Metadata::default(),
        }
    }
}

/// For how long a key holds, from now on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Life(pub(super) Span);

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Span {
    #[default]
    Usual,
    Days(u64),
    Never,
}

impl Life {
    /// So many days, 1 to 365.
    #[must_use]
    pub const fn days(days: u64) -> Self {
        Self(Span::Days(days))
    }

    /// Until it is revoked, which is how long a key that leaked unnoticed can be used; the keyring must allow it too.
    #[must_use]
    pub const fn dangerous_never_expires() -> Self {
        Self(Span::Never)
    }
}

/// What is changed about a key; what is `None` stays.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct KeyPatch {
    /// What people call it.
    pub name: Option<KeyName>,
    /// What it may do.
    pub permissions: Option<ScopeSet>,
    /// Sets of permissions that it also has.
    pub roles: Option<Vec<Role>>,
    /// Which profile of limits holds for it; `Some(None)` for none.
    pub plan: Option<Option<Plan>>,
    /// From where it may be used.
    pub networks: Option<Vec<IpNet>>,
    /// From when on it holds; `Some(None)` for from now on.
    pub not_before: Option<Option<UnixTime>>,
    /// Whether it is switched off.
    pub disabled: Option<bool>,
    /// For how long it holds, from now on.
    pub life: Option<Life>,
    /// What the application wants to remember.
    pub metadata: Option<Metadata>,
}
