//! The keys of the service: where they are kept, and how they are recognised.

mod administrator;
mod error;
mod mark;
mod store;

use crate::{data_dir::DataDir, permissions, secrets::Secrets};
use palisade::{
    Clock, Moment,
    keys::{ApiKeys, CachedStore, KeyFormat, KeyQuery, KeyStore, Keyring, Peppers},
};
use std::sync::Arc;

pub use administrator::Administrator;
pub use error::KeysError;
use mark::Mark;

/// The database beside the secrets, unless another one is named.
pub const FILE: &str = "palisade.db";

/// The keys of the service.
#[derive(Clone, Debug)]
pub struct Keys {
    api: ApiKeys,
    keyring: Keyring,
    store: Arc<dyn KeyStore>,
    format: KeyFormat,
    peppers: Peppers,
    mark: Mark,
    /// Where they are, for people; without a password.
    place: String,
}

impl Keys {
    /// Opens the database at `url`, or the one in the data directory, with the secrets of the environment, or those in the
    /// data directory, which are made where there is no key yet.
    ///
    /// # Errors
    ///
    /// Where the database cannot be used, the secrets cannot, there are keys and no secrets, or the secrets are not those with
    /// which the keys were made.
    pub async fn open(
        dir: &DataDir,
        url: Option<&str>,
        variable: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Self, KeysError> {
        let given = Secrets::given(variable)?;
        let file = dir.file(FILE);
        let store = match url {
            Some(url) => store::open(url).await?,
            None => store::open(&format!("sqlite:{}", file.display())).await?,
        };
        let place = if url.is_some() {
            "the database of --database-url".to_owned()
        } else {
            file.display().to_string()
        };
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
        let format = KeyFormat::new("inference", "live", &secrets.check_key)?;
        let peppers = Peppers::new(1, &secrets.pepper)?;
        let mark = Mark::new(&secrets);
        let api = ApiKeys::new(format.clone(), peppers.clone(), CachedStore::new(store.clone()));
        let keyring = Keyring::new(&api, permissions::ALL, permissions::MANAGE_USERS);
        let keys = Self { api, keyring, store, format, peppers, mark, place };
        keys.recognise().await?;
        Ok(keys)
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

    /// Where they are, for people.
    #[must_use]
    pub fn place(&self) -> &str {
        &self.place
    }

    /// Makes the administrator's key if there was never any key.
    ///
    /// # Errors
    ///
    /// Where the database does not answer, or there is no randomness.
    pub async fn administrator(&self) -> Result<Administrator, KeysError> {
        let made = administrator::ensure(self, now()).await?;
        // Whoever was faster may have had other secrets.
        self.recognise().await?;
        Ok(made)
    }

    /// Says in the database with which secrets its keys are made; keys that are made without a server need it too.
    ///
    /// # Errors
    ///
    /// Where the database does not answer, or belongs to other secrets.
    pub async fn claim(&self) -> Result<(), KeysError> {
        if !is_used(&*self.store).await? {
            mark::write(self, now(), None).await?;
        }
        self.recognise().await
    }

    /// Whether the secrets are those with which the keys were made.
    async fn recognise(&self) -> Result<(), KeysError> {
        match self.store.get(&self.mark.id()).await? {
            Some(kept) if !self.mark.fits(&kept, &self.peppers) => {
                Err(KeysError::OtherSecrets { place: self.place.clone() })
            }
            Some(_) | None => Ok(()),
        }
    }
}

/// Whether there is a key, or ever was one.
async fn is_used(store: &dyn KeyStore) -> Result<bool, KeysError> {
    let mut query = KeyQuery::default();
    query.limit = 1;
    Ok(!store.list(&query).await?.records.is_empty())
}

fn now() -> Moment {
    Clock::system().now()
}
