//! What keys are kept in, and what recognises them.

use super::{error::KeysError, mark::Mark};
use crate::secrets::Secrets;
use palisade::{
    Moment,
    keys::{Change, KeyFormat, KeyQuery, KeyRecord, KeyStore, Peppers, StoreErrorKind},
};
use std::sync::Arc;

/// A database of keys and the secrets with which they are made.
#[derive(Clone, Debug)]
pub(super) struct Kept {
    pub(super) store: Arc<dyn KeyStore>,
    pub(super) format: KeyFormat,
    pub(super) peppers: Peppers,
    pub(super) place: String,
    mark: Mark,
}

impl Kept {
    pub(super) fn new(store: Arc<dyn KeyStore>, secrets: &Secrets, place: String) -> Result<Self, KeysError> {
        let format = KeyFormat::new("inference", "live", &secrets.check_key)?;
        let peppers = Peppers::new(1, &secrets.pepper)?;
        Ok(Self { store, format, peppers, place, mark: Mark::new(secrets) })
    }

    /// Whether the secrets are those with which the keys were made.
    pub(super) async fn recognise(&self) -> Result<(), KeysError> {
        match self.store.get(&self.mark.id()).await? {
            Some(kept) if !self.mark.fits(&kept, &self.peppers) => {
                Err(KeysError::OtherSecrets { place: self.place.clone() })
            }
            Some(_) | None => Ok(()),
        }
    }

    /// Writes the mark, and with it the first key; `false` where somebody else was faster.
    pub(super) async fn begin(&self, now: Moment, first: Option<KeyRecord>) -> Result<bool, KeysError> {
        // Like every key it shows where it belongs.
        let hint = self.format.mint()?.hint().clone();
        let mark = self.mark.record(&self.peppers, hint, now);
        let changes = first.into_iter().chain([mark]).map(Change::Insert).collect();
        match self.store.write(changes).await {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == StoreErrorKind::Conflict => Ok(false),
            Err(error) => Err(error.into()),
        }
    }
}

/// Whether there is a key, or ever was one.
pub(super) async fn is_used(store: &dyn KeyStore) -> Result<bool, KeysError> {
    let mut query = KeyQuery::default();
    query.limit = 1;
    Ok(!store.list(&query).await?.records.is_empty())
}
