//! Databases, each opened once.

use super::Parts;
use crate::config::{
    StoreUrl,
    schema::{AuthSettings, DatabaseSettings, KeySettings},
};
use palisade_sql::{SqlStore, SqlStoreBuilder};

/// A database as settings name it.
struct Named<'s> {
    path: &'static str,
    store: &'s StoreUrl,
    /// Its own settings, where it has more than a name.
    settings: Option<DatabaseSettings>,
    dangerous_plaintext: bool,
}

impl Named<'_> {
    fn builder(&self) -> SqlStoreBuilder {
        let builder = SqlStore::builder(self.store.expose());
        let builder = match &self.settings {
            Some(settings) => {
                let builder = builder
                    .connections(settings.connections)
                    .acquire_timeout(settings.acquire_timeout.0)
                    .query_timeout(settings.query_timeout.0);
                if settings.start_without_server { builder.start_without_server() } else { builder }
            }
            None => builder,
        };
        if self.dangerous_plaintext { builder.dangerous_plaintext() } else { builder }
    }
}

fn of_keys(keys: &KeySettings) -> Named<'_> {
    let settings = DatabaseSettings {
        store: None,
        connections: keys.connections,
        acquire_timeout: keys.acquire_timeout,
        query_timeout: keys.query_timeout,
        start_without_server: keys.start_without_server,
        dangerous_plaintext: keys.dangerous_plaintext,
    };
    let dangerous_plaintext = keys.dangerous_plaintext;
    Named { path: "auth.keys.store", store: &keys.store, settings: Some(settings), dangerous_plaintext }
}

impl<'c> Parts<'c> {
    /// The databases that `auth` names: that of users first, then that of keys.
    fn named(&self) -> impl Iterator<Item = Named<'c>> + use<'c> {
        let config = self.config;
        let kinds = match &config.auth {
            Some(AuthSettings::Kinds(kinds)) => Some(kinds),
            Some(AuthSettings::Disabled | AuthSettings::Application) | None => None,
        };
        let database = kinds.and_then(|kinds| kinds.database.as_ref()).and_then(|settings| {
            let dangerous_plaintext = settings.dangerous_plaintext;
            let (store, settings) = (settings.store.as_ref()?, Some(settings.clone()));
            Some(Named { path: "auth.database.store", store, settings, dangerous_plaintext })
        });
        let keys = kinds.and_then(|kinds| kinds.keys.as_ref());
        let keys = keys.filter(|keys| keys.store.expose() != "memory").map(of_keys);
        database.into_iter().chain(keys)
    }

    /// That of users, refresh tokens and revocations.
    pub(super) async fn database_of_auth(&mut self) -> Option<SqlStore> {
        let named = self.named().next()?;
        self.opened(named).await
    }

    /// That of keys.
    #[cfg(feature = "api-keys")]
    pub(super) async fn database_of_keys(&mut self, settings: &KeySettings) -> Option<SqlStore> {
        self.opened(of_keys(settings)).await
    }

    /// That of the audit log, which is one of those above where the URL is the same.
    #[cfg(feature = "observe")]
    pub(super) async fn database_of_audit(
        &mut self,
        store: &StoreUrl,
        dangerous_plaintext: bool,
    ) -> Option<SqlStore> {
        let shared = self.named().find(|named| named.store == store);
        let own = Named { path: "audit.store", store, settings: None, dangerous_plaintext };
        self.opened(shared.unwrap_or(own)).await
    }

    async fn opened(&mut self, named: Named<'_>) -> Option<SqlStore> {
        let known = self.kept.things().databases.iter().find(|(store, _)| store == named.store).cloned();
        if let Some((_, database)) = known {
            return Some(database);
        }
        if self.unopened.contains(named.store) {
            return None;
        }
        if self.rehearses {
            if self.made(named.path, named.builder().check()).is_none() {
                self.unopened.push(named.store.clone());
            }
            return None;
        }
        let Some(database) = self.made(named.path, named.builder().open().await) else {
            self.unopened.push(named.store.clone());
            return None;
        };
        self.kept.things().databases.push((named.store.clone(), database.clone()));
        Some(database)
    }
}

#[cfg(all(test, feature = "observe", feature = "api-keys"))]
mod tests {
    use super::super::Kept;
    use crate::config::Sources;

    #[tokio::test]
    async fn a_database_that_two_settings_name_is_opened_once() {
        let directory = tempfile::tempdir().unwrap();
        let at = |name: &str| format!("sqlite:{}", directory.path().join(name).display());
        let check = async |audit: &str, expected: usize| {
            let toml = format!(
                "auth.keys = {{ prefix = \"acme\", store = \"{}\" }}\naudit.store = \"{audit}\"",
                at("keys.db")
            );
            let kept = Kept::default();
            let loaded = Sources::new().text("app.toml", toml).load().unwrap();
            let assembly = loaded.build_with(&kept).await.unwrap();
            assert!(assembly.database.is_some());
            assert_eq!(kept.things().databases.len(), expected, "{audit}");
        };
        check(&at("keys.db"), 1).await;
        check(&at("audit.db"), 2).await;
        check("memory", 1).await;
    }
}
