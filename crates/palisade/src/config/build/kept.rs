//! What outlives a change of settings.

use super::super::{
    mistake::{Mistake, Mistakes},
    schema::{AuthSettings, Config, DatabaseSettings, KeySettings},
};
#[cfg(feature = "api-keys")]
use palisade_apikey::ApiKeys;
use palisade_core::Secret;
use palisade_limit::{Overload, RateStore};
#[cfg(feature = "observe")]
use palisade_observe::{AccessLog, Explain, Suspicions, audit::Recorder};
use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

/// What is said of requests in flight.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Figures {
    pub(super) most: u32,
    pub(super) reserve: u32,
    /// After how many seconds others may come back.
    pub(super) retry: u32,
    pub(super) unread: Duration,
}

/// What is opened once: counters that nobody gets back by a change of settings, logs that one writer holds, and stores.
#[derive(Debug, Default)]
pub(in crate::config) struct Kept(Mutex<Things>);

#[derive(Debug, Default)]
pub(super) struct Things {
    pub(super) counters: Option<(Arc<dyn RateStore>, Secret)>,
    /// With the figures that it was made of.
    pub(super) overload: Option<(Figures, Overload)>,
    #[cfg(feature = "api-keys")]
    pub(super) keys: Option<ApiKeys>,
    #[cfg(feature = "sql")]
    pub(super) databases: Vec<(super::super::StoreUrl, palisade_sql::SqlStore)>,
    #[cfg(feature = "observe")]
    pub(super) access_log: Option<AccessLog>,
    #[cfg(feature = "observe")]
    pub(super) audit: Option<Recorder>,
    #[cfg(feature = "observe")]
    pub(super) explain: Option<Explain>,
    /// As it was made, without thresholds.
    #[cfg(feature = "observe")]
    pub(super) suspicions: Option<Suspicions>,
    #[cfg(feature = "tls")]
    pub(super) tls: Option<crate::ServerTls>,
}

impl Kept {
    pub(super) fn things(&self) -> MutexGuard<'_, Things> {
        // Each is put there whole.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What only a restart can change.
    pub(in crate::config) fn judge(old: &Config, new: &Config) -> Mistakes {
        let mut mistakes = Mistakes::new();
        let mut same = |path: &str, is_same: bool| {
            if !is_same {
                mistakes.push(Mistake::new(path, "is opened once; start anew to change it"));
            }
        };
        let stores = |config: &Config| -> (Option<KeySettings>, Option<DatabaseSettings>) {
            match &config.auth {
                Some(AuthSettings::Kinds(kinds)) => (kinds.keys.clone(), kinds.database.clone()),
                Some(AuthSettings::Disabled | AuthSettings::Application) | None => (None, None),
            }
        };
        let ((keys, database), (new_keys, new_database)) = (stores(old), stores(new));
        let (before, after) = (&old.limits, &new.limits);
        same("limits.store", before.store == after.store);
        same("limits.secret", before.secret == after.secret);
        same("limits.certificate_authority", before.certificate_authority == after.certificate_authority);
        same("limits.prefix", before.prefix == after.prefix);
        same("limits.capacity", before.capacity == after.capacity);
        same("limits.preallocate", before.preallocate == after.preallocate);
        same("limits.nodes", before.nodes == after.nodes);
        same("limits.while_down", before.while_down == after.while_down);
        same("limits.timeout", before.timeout == after.timeout);
        same("limits.connect_timeout", before.connect_timeout == after.connect_timeout);
        same(
            "limits.dangerous_open_while_down",
            before.dangerous_open_while_down == after.dangerous_open_while_down,
        );
        same("limits.dangerous_plaintext", before.dangerous_plaintext == after.dangerous_plaintext);
        same("auth.keys", keys == new_keys);
        same("auth.database", database == new_database);
        same("access_log", old.access_log == new.access_log);
        same("audit", old.audit == new.audit);
        same("explain", old.explain == new.explain);
        same("metrics", old.metrics == new.metrics);
        same("tls", old.tls == new.tls);
        // Whoever listens was told at the start.
        let (before, after) = (&old.server, &new.server);
        same("server.connections", before.connections == after.connections);
        same("server.connections_each", before.connections_each == after.connections_each);
        same("server.write_time", before.write_time == after.write_time);
        mistakes
    }
}
