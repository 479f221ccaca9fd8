//! What is asked for.

use crate::login::{
    name::UserName,
    password::{Password, PasswordHash},
    text::{Email, PlanName, RoleName},
};
use palisade_core::ScopeSet;

/// A user whom somebody wants to add.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct NewUser {
    /// What they call themselves.
    pub name: UserName,
    /// With what they prove it.
    pub password: FirstPassword,
    /// Where they can be written to.
    pub email: Option<Email>,
    /// Sets of permissions.
    pub roles: Vec<RoleName>,
    /// What they may do beside that.
    pub permissions: ScopeSet,
    /// Which profile of limits holds for them.
    pub plan: Option<PlanName>,
}

/// With what a new user logs in.
#[derive(Clone, Debug)]
pub enum FirstPassword {
    /// A password, which must be one that may be chosen.
    Chosen(Password),
    /// What another system kept of it.
    Imported(PasswordHash),
}

impl NewUser {
    /// A user without any permission.
    #[must_use]
    pub fn new(name: UserName, password: FirstPassword) -> Self {
        Self { name, password, email: None, roles: Vec::new(), permissions: ScopeSet::empty(), plan: None }
    }
}

/// What is to be changed; what is `None` stays.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct UserPatch {
    /// Another address, or none.
    pub email: Option<Option<Email>>,
    /// Other roles.
    pub roles: Option<Vec<RoleName>>,
    /// Other permissions.
    pub permissions: Option<ScopeSet>,
    /// Another profile of limits, or none.
    pub plan: Option<Option<PlanName>>,
    /// Whether they are kept out.
    pub disabled: Option<bool>,
    /// Another password; all tokens end.
    pub password: Option<Password>,
}
