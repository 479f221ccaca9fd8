//! What is kept of a key, and what it may do.

mod metadata;
mod proof;
mod revocation;
mod shortcut;
#[cfg(test)]
mod tests;
mod unusable;

use crate::{
    hint::Hint,
    id::KeyId,
    text::{Actor, KeyName, Owner, Plan, Role, Tenant},
};
use ipnet::IpNet;
use palisade_core::{ScopeSet, UnixTime};
use std::{fmt, net::IpAddr};

pub use metadata::{InvalidMetadata, Metadata};
pub use proof::{ForeignDigest, InvalidProof, Proof};
pub use revocation::Revocation;
pub(crate) use shortcut::{Held, Shortcut};
pub use unusable::Unusable;

/// The most permissions that a key has.
pub const MAX_PERMISSIONS: usize = 128;
/// The most roles that a key has.
pub const MAX_ROLES: usize = 32;
/// The most networks from which a key is admitted.
pub const MAX_NETWORKS: usize = 64;

/// What is kept of a key: everything but the key. `Debug` shows no digest.
///
/// Every text in it is of bounded length. A store keeps it as it is; [`to_document`](Self::to_document) writes it as
/// one JSON text for stores that do not want a column a field.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct KeyRecord {
    /// By what it is found.
    pub id: KeyId,
    /// How a presented key is recognised.
    pub proof: Proof,
    /// What is shown of the key.
    pub hint: Hint,
    /// To whom it belongs.
    pub owner: Owner,
    /// Whose data it opens, where one service has several customers.
    pub tenant: Option<Tenant>,
    /// What people call it.
    pub name: KeyName,
    /// What it may do.
    pub permissions: ScopeSet,
    /// Sets of permissions that it also has.
    pub roles: Vec<Role>,
    /// Which profile of limits holds for it.
    pub plan: Option<Plan>,
    /// From where it may be used; from everywhere where empty.
    pub networks: Vec<IpNet>,
    /// From when on it holds.
    pub not_before: Option<UnixTime>,
    /// From when on it does not hold any more.
    pub expires: Option<UnixTime>,
    /// Whether it is switched off for the time being.
    pub disabled: bool,
    /// Whether it was taken back, for good.
    pub revoked: Option<Revocation>,
    /// What the application wants to remember.
    pub metadata: Metadata,
    /// The first key of the line that rotation makes; limits and history hang on it.
    pub lineage: KeyId,
    /// The key that this one follows.
    pub predecessor: Option<KeyId>,
    /// The key that follows this one.
    pub successor: Option<KeyId>,
    /// When rotation made its successor; the key is on its way out since then.
    pub rotated: Option<UnixTime>,
    /// Until when it still holds beside its successor.
    pub grace_ends: Option<UnixTime>,
    /// When it was made.
    pub created: UnixTime,
    /// Who made it.
    pub created_by: Actor,
    /// When it was used lately; written at most once a minute, so it may lag behind.
    pub last_used: Option<UnixTime>,
    /// Counts the changes; a store admits a change only to the version that was read.
    pub version: u64,
    pub(crate) shortcut: Shortcut,
}

impl KeyRecord {
    /// A record without permissions, networks and expiry; the other fields are set afterwards.
    #[must_use]
    pub fn new(
        id: KeyId,
        proof: Proof,
        hint: Hint,
        owner: Owner,
        name: KeyName,
        created: UnixTime,
        created_by: Actor,
    ) -> Self {
        Self {
            id,
            proof,
            hint,
            owner,
            tenant: None,
            name,
            permissions: ScopeSet::empty(),
            roles: Vec::new(),
            plan: None,
            networks: Vec::new(),
            not_before: None,
            expires: None,
            disabled: false,
            revoked: None,
            metadata: Metadata::default(),
            lineage: id,
            predecessor: None,
            successor: None,
            rotated: None,
            grace_ends: None,
            created,
            created_by,
            last_used: None,
            version: 1,
            shortcut: Shortcut::default(),
        }
    }

    /// When it stops to hold, for whichever reason comes first.
    #[must_use]
    pub fn ends(&self) -> Option<UnixTime> {
        match (self.expires, self.grace_ends) {
            (Some(one), Some(other)) => Some(one.min(other)),
            (one, other) => one.or(other),
        }
    }

    /// Whether it holds at `now`, apart from where the caller is. Intervals are half-open: at the very moment of expiry it is
    /// expired.
    ///
    /// # Errors
    ///
    /// The first reason why not.
    pub fn holds(&self, now: UnixTime) -> Result<(), Unusable> {
        if self.revoked.is_some() {
            return Err(Unusable::Revoked);
        }
        if self.disabled {
            return Err(Unusable::Disabled);
        }
        if self.not_before.is_some_and(|from| now < from) {
            return Err(Unusable::NotYet);
        }
        if self.expires.is_some_and(|at| now >= at) {
            return Err(Unusable::Expired);
        }
        if self.grace_ends.is_some_and(|at| now >= at) {
            return Err(Unusable::Rotated);
        }
        Ok(())
    }

    /// Whether it may be used from this address.
    ///
    /// # Errors
    ///
    /// Where it may not, or where it is bound to networks and the address is not known.
    pub fn admits(&self, client: Option<IpAddr>) -> Result<(), Unusable> {
        if self.networks.is_empty() {
            return Ok(());
        }
        let Some(client) = client else { return Err(Unusable::NoAddress) };
        if self.networks.iter().any(|network| network.contains(&client)) {
            Ok(())
        } else {
            Err(Unusable::Network)
        }
    }

    /// The first bound that it breaks; stores ask before they write.
    ///
    /// # Errors
    ///
    /// The name of the field that holds too much.
    pub fn check(&self) -> Result<(), TooMuch> {
        let bounds = [
            ("permissions", self.permissions.len(), MAX_PERMISSIONS),
            ("roles", self.roles.len(), MAX_ROLES),
            ("networks", self.networks.len(), MAX_NETWORKS),
        ];
        match bounds.into_iter().find(|(_, len, max)| len > max) {
            Some((field, _, max)) => Err(TooMuch { field, max }),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for KeyRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyRecord")
            .field("id", &self.id)
            .field("proof", &self.proof)
            .field("owner", &self.owner)
            .field("tenant", &self.tenant)
            .field("name", &self.name)
            .field("permissions", &self.permissions)
            .field("disabled", &self.disabled)
            .field("revoked", &self.revoked)
            .field("expires", &self.expires)
            .field("version", &self.version)
            .finish_non_exhaustive()
    }
}

/// A record holds more than it may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a key has at most {max} {field}")]
pub struct TooMuch {
    field: &'static str,
    max: usize,
}
