//! What recognises callers: API keys, and tokens of the login.

use super::{
    login,
    permission::{self, Permission},
};
use palisade::{
    Auth, Clock, Permissions, Routes, Secret,
    jwt::{Jwt, SigningKeys, login::Login},
    keys::{ApiKeys, Caller, KeyFormat, Keyring, MemoryStore, MintedKey, NewKey, Peppers, Tenant},
    observe::audit::Recorder,
};
use std::error::Error;

/// What recognises callers: API keys, and tokens of the login.
#[derive(Debug, Clone)]
pub struct Access {
    keys: ApiKeys,
    keyring: Keyring,
    login: Option<(Login, Jwt)>,
    permissions: Permissions,
}

/// A key that was made at the start; it is told this once.
#[derive(Debug)]
pub struct FirstKey {
    /// Whose data it opens.
    pub tenant: Tenant,
    /// What it may do.
    pub role: &'static str,
    /// The key.
    pub key: MintedKey,
}

impl Access {
    /// Recognises keys, which live as long as the process, and where there is a password the administrator.
    ///
    /// # Errors
    ///
    /// Where the password is a weak one, or the operating system gives no randomness.
    pub async fn new(
        administrator: Option<&(Secret, SigningKeys)>,
        recorder: &Recorder,
        clock: &Clock,
    ) -> Result<Self, Box<dyn Error>> {
        let permissions = permission::permissions()?;
        // The keys die with the process, so what they are hashed and checked with may too.
        let format = KeyFormat::new("heartmap", "live", &drawn()?)?;
        let keys = ApiKeys::new(format, Peppers::new(1, &drawn()?)?, MemoryStore::new())
            .permissions(permissions.clone())
            .events(recorder.clone());
        let keyring = Keyring::new(&keys, Permission::ALL.iter().copied(), Permission::ManageKeys);
        let login = match administrator {
            Some((password, keys)) => {
                Some(login::administrator(password, keys, &permissions, recorder, clock).await?)
            }
            None => None,
        };
        Ok(Self { keys, keyring: keyring.clock(clock.clone()), login, permissions })
    }

    /// Makes a key of each role for a tenant.
    ///
    /// # Errors
    ///
    /// Where the operating system gives no randomness.
    pub async fn first_keys(&self, tenant: &Tenant) -> Result<Vec<FirstKey>, Box<dyn Error>> {
        let mut made = Vec::new();
        for role in ["viewer", "analyst", "admin"] {
            let mut wanted = NewKey::named(format!("{tenant} {role}").parse()?);
            wanted.roles = vec![role.parse()?];
            wanted.tenant = Some(tenant.clone());
            let created = self.keyring.create(&Caller::operator("start"), wanted).await?;
            made.push(FirstKey { tenant: tenant.clone(), role, key: created.key });
        }
        Ok(made)
    }

    /// Who calls.
    #[must_use]
    pub fn auth(&self) -> Auth {
        let auth = Auth::keys(self.keys.clone());
        let auth = match &self.login {
            Some((_, jwt)) => auth.or(jwt.clone()),
            None => auth,
        };
        auth.permissions(self.permissions.clone()).strip()
    }

    /// The management of keys, and the login where there is one.
    pub fn routes(&self) -> Routes {
        let routes = Routes::new().nest("/keys", self.keyring.routes());
        match &self.login {
            Some((login, _)) => routes.nest("/auth", login.routes()),
            None => routes,
        }
    }
}

fn drawn() -> Result<Secret, getrandom::Error> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes)?;
    Ok(Secret::new(data_encoding::HEXLOWER.encode(&bytes)))
}
