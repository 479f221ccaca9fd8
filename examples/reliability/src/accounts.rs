//! Logins, and what recognises their tokens.

use crate::{settings::Shared, users::UserFile};
use palisade::{
    Clock,
    jwt::{
        Issuer, Jwt, MemoryRevocations, Revocations, SigningKeys,
        login::{HashCost, Hashing, Login, Users},
    },
    limit::GrowingBlock,
};
use std::{error::Error, sync::Arc, time::Duration};

/// Who issues tokens, and for whom.
pub const ISSUER: &str = "reliability";

/// Logins, and what recognises their tokens.
#[derive(Debug, Clone)]
pub struct Accounts {
    users: UserFile,
    login: Login,
    jwt: Jwt,
}

impl Accounts {
    /// Logins of these users: tokens hold for `lifetime`, and guesses at passwords count in this process, or where others count too.
    ///
    /// # Errors
    ///
    /// Where the operating system gives no randomness.
    pub fn new(
        users: UserFile,
        keys: &SigningKeys,
        lifetime: Duration,
        shared: Option<&Shared>,
        clock: Clock,
    ) -> Result<Self, Box<dyn Error>> {
        let issuer = Issuer::builder(ISSUER).audience(ISSUER).lifetime(lifetime).keys(keys)?;
        let guesses = GrowingBlock::new("login")?.clock(clock.clone());
        let (guesses, revocations): (_, Arc<dyn Revocations>) = match shared {
            Some(shared) => {
                (guesses.store(shared.store()).keyed_by(shared.hasher("login")), shared.revocations())
            }
            None => (guesses, Arc::new(MemoryRevocations::new())),
        };
        let jwt = Jwt::new(issuer.verifier()?).revocations(revocations.clone());
        let hashing = Hashing::new(HashCost::default())?;
        let login = Login::new(users.clone(), hashing, issuer, guesses).revocations(revocations).clock(clock);
        Ok(Self { users, login, jwt })
    }

    /// Trades passwords for tokens.
    #[must_use]
    pub const fn login(&self) -> &Login {
        &self.login
    }

    /// Who presents a token.
    #[must_use]
    pub fn jwt(&self) -> Jwt {
        self.jwt.clone()
    }

    /// Who can log in.
    #[must_use]
    pub const fn users(&self) -> &UserFile {
        &self.users
    }

    /// Acts on users, for the program itself: no route does.
    #[must_use]
    pub fn management(&self) -> Users {
        Users::new(&self.login, [MANAGE], MANAGE)
    }
}

/// Nobody has it.
const MANAGE: palisade::Scope = palisade::Scope::from_static("manage_users");
