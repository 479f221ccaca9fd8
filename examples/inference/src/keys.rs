//! The keys of the service: where they are kept, and how they are recognised.

mod administrator;
mod error;
mod kept;
mod mark;

use crate::{data_dir::DataDir, database::Database, permissions, secrets::Secrets};
use kept::{Kept, is_used};
use palisade::{
    Clock, EventSink, Moment,
    keys::{ApiKeys, CachedStore, KeyStore, Keyring},
};
use std::sync::Arc;

pub use administrator::Administrator;
pub use error::KeysError;

/// The keys of the service.
#[derive(Clone, Debug)]
pub struct Keys {
    kept: Kept,
    api: ApiKeys,
    keyring: Keyring,
    events: Arc<dyn EventSink>,
}

impl Keys {
    /// Those in the database, with the secrets of the environment, or those in the data directory, which are made where there is no
    /// key yet. What happens to them is told to `events`.
    ///
    /// # Errors
    ///
    /// Where the database does not answer, the secrets cannot be used, there are keys and no secrets, or the secrets are not those with
    /// which the keys were made.
    pub async fn open(
        dir: &DataDir,
        database: &Database,
        events: Arc<dyn EventSink>,
        variable: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Self, KeysError> {
        let given = Secrets::given(variable)?;
        let store: Arc<dyn KeyStore> = Arc::new(database.store().clone());
        let place = database.place().to_owned();
        // Before the secrets are read: whoever makes them at this moment does so before the first key.
        let used = is_used(&*store).await?;
        let secrets = match given {
            Some(given) => given,
            None => match Secrets::read(dir)? {
                Some(kept) => kept,
                None if used => return Err(KeysError::secrets_missing(dir, place)),
                None => Secrets::create(dir)?,
            },
        };
        let kept = Kept::new(store, &secrets, place)?;
        kept.recognise().await?;
        let cached = CachedStore::new(kept.store.clone());
        let api = ApiKeys::new(kept.format.clone(), kept.peppers.clone(), cached).events(events.clone());
        let keyring = Keyring::new(&api, permissions::ALL, permissions::MANAGE_USERS);
        Ok(Self { kept, api, keyring, events })
    }

    /// Who presents one.
    #[must_use]
    pub fn api(&self) -> ApiKeys {
        self.api.clone()
    }

    /// Acts on them.
    #[must_use]
    pub const fn keyring(&self) -> &Keyring {
        &self.keyring
    }

    /// Makes the administrator's key if there was never any key. Of many programs that do so at once, one does.
    ///
    /// # Errors
    ///
    /// Where the database does not answer or belongs to other secrets, or there is no randomness.
    pub async fn administrator(&self) -> Result<Administrator, KeysError> {
        let made = administrator::ensure(&self.kept, &*self.events, now()).await?;
        // Whoever was faster may have had other secrets.
        self.kept.recognise().await?;
        Ok(made)
    }

    /// Says in the database with which secrets its keys are made; keys that are made without a server need it too.
    ///
    /// # Errors
    ///
    /// Where the database does not answer, or belongs to other secrets.
    pub async fn claim(&self) -> Result<(), KeysError> {
        if !is_used(&*self.kept.store).await? {
            self.kept.begin(now(), None).await?;
        }
        self.kept.recognise().await
    }
}

fn now() -> Moment {
    Clock::system().now()
}
