//! What outlives a change of settings.

use super::super::{
    mistake::{Mistake, Mistakes},
    schema::{AuthSettings, Config, KeySettings},
};
#[cfg(feature = "api-keys")]
use palisade_apikey::ApiKeys;
use palisade_core::Secret;
use palisade_limit::{Overload, RateStore};
#[cfg(feature = "observe")]
use palisade_observe::{AccessLog, audit::Recorder};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What is opened once: counters that nobody gets back by a change of settings, logs that one writer holds, and stores.
#[derive(Debug, Default)]
pub(in crate::config) struct Kept(Mutex<Things>);

#[derive(Debug, Default)]
pub(super) struct Things {
    pub(super) counters: Option<(Arc<dyn RateStore>, Secret)>,
    /// With the figures that it was made of: the most, and what is reserved of it.
    pub(super) overload: Option<((u32, Option<u32>), Overload)>,
    #[cfg(feature = "api-keys")]
    pub(super) keys: Option<ApiKeys>,
    #[cfg(feature = "sql")]
    pub(super) database: Option<palisade_sql::SqlStore>,
    #[cfg(feature = "observe")]
    pub(super) access_log: Option<AccessLog>,
    #[cfg(feature = "observe")]
    pub(super) audit: Option<Recorder>,
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
        let keys = |config: &Config| -> Option<KeySettings> {
            match &config.auth {
                Some(AuthSettings::Kinds(kinds)) => kinds.keys.clone(),
                Some(AuthSettings::Disabled) | None => None,
            }
        };
        let (before, after) = (&old.limits, &new.limits);
        same("limits.store", before.store == after.store);
        same("limits.secret", before.secret == after.secret);
        same("limits.prefix", before.prefix == after.prefix);
        same("limits.capacity", before.capacity == after.capacity);
        same("limits.nodes", before.nodes == after.nodes);
        same("limits.while_down", before.while_down == after.while_down);
        same("limits.timeout", before.timeout == after.timeout);
        same("limits.connect_timeout", before.connect_timeout == after.connect_timeout);
        same(
            "limits.dangerous_open_while_down",
            before.dangerous_open_while_down == after.dangerous_open_while_down,
        );
        same("limits.dangerous_plaintext", before.dangerous_plaintext == after.dangerous_plaintext);
        same("auth.keys", keys(old) == keys(new));
        same("access_log", old.access_log == new.access_log);
        same("audit", old.audit == new.audit);
        mistakes
    }
}
