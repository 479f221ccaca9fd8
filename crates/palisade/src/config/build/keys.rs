//! API keys.

use super::Parts;
use crate::config::schema::KeySettings;
use palisade_apikey::{ApiKeys, KeyFormat, MemoryStore, Peppers};
use palisade_core::Roles;

impl Parts<'_> {
    pub(super) async fn keys(&mut self, settings: &KeySettings, roles: &Roles) -> Option<ApiKeys> {
        let kept = self.kept.things().keys.clone();
        let keys = match kept {
            Some(keys) => keys,
            None => {
                let keys = self.open_keys(settings).await?;
                self.kept.things().keys = Some(keys.clone());
                keys
            }
        };
        Some(keys.roles(roles.clone()))
    }

    async fn open_keys(&mut self, settings: &KeySettings) -> Option<ApiKeys> {
        let (prefix, environment) = (settings.prefix.as_str(), settings.environment.as_str());
        let format = match &settings.check_key {
            Some(key) => KeyFormat::new(prefix, environment, key.secret()),
            None => KeyFormat::with_public_checksum(prefix, environment),
        };
        let format = self.made("auth.keys", format);
        let peppers = match &settings.pepper {
            Some(pepper) => self.made("auth.keys.pepper", Peppers::new(1, pepper.secret())),
            None => Some(Peppers::none()),
        };
        let (format, peppers) = (format?, peppers?);
        let keys = match settings.store.expose() {
            "memory" => ApiKeys::new(format, peppers, MemoryStore::new()),
            _ => self.in_database(settings, format, peppers).await?,
        };
        let keys = match &settings.header {
            Some(name) => keys.header(self.made("auth.keys.header", http::HeaderName::try_from(name))?),
            None => keys,
        };
        Some(keys.events(self.sink.clone()))
    }

    #[cfg(feature = "sql")]
    async fn in_database(
        &mut self,
        settings: &KeySettings,
        format: KeyFormat,
        peppers: Peppers,
    ) -> Option<ApiKeys> {
        let store = self.database_of_keys(settings).await;
        if self.rehearses && !self.unopened.contains(&settings.store) {
            return Some(ApiKeys::new(format, peppers, MemoryStore::new()));
        }
        let store = store?;
        let store = palisade_apikey::CachedStore::new(store)
            .positive_ttl(settings.cache.0)
            .negative_ttl(settings.cache_misses.0);
        Some(ApiKeys::new(format, peppers, store))
    }

    #[cfg(not(feature = "sql"))]
    #[allow(clippy::unused_async, reason = "with databases it waits for them")]
    async fn in_database(&mut self, _: &KeySettings, _: KeyFormat, _: Peppers) -> Option<ApiKeys> {
        self.made::<ApiKeys, _>(
            "auth.keys.store",
            Err("is not compiled in: build with the feature `sql` of palisade"),
        )
    }
}
