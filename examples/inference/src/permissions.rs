//! The permissions a key or a user can have; every guarded route names one or more of them.

use palisade::{Roles, Scope, ScopeSet};

/// List and read models.
pub const READ_MODELS: Scope = Scope::from_static("read_models");
/// Upload or register a model.
pub const WRITE_MODELS: Scope = Scope::from_static("write_models");
/// Delete a model.
pub const DELETE_MODELS: Scope = Scope::from_static("delete_models");
/// Run a model on a prompt.
pub const RUN_INFERENCE: Scope = Scope::from_static("run_inference");
/// Read the cache statistics and clear the cache.
pub const MANAGE_CACHE: Scope = Scope::from_static("manage_cache");
/// Read the metrics.
pub const READ_METRICS: Scope = Scope::from_static("read_metrics");
/// Read and change the configuration.
pub const WRITE_CONFIG: Scope = Scope::from_static("write_config");
/// Manage users and API keys.
pub const MANAGE_USERS: Scope = Scope::from_static("manage_users");
/// Read the audit log.
pub const VIEW_AUDIT_LOGS: Scope = Scope::from_static("view_audit_logs");
/// Receive an answer token by token.
pub const USE_STREAMING: Scope = Scope::from_static("use_streaming");
/// Manage the job queue.
pub const MANAGE_QUEUE: Scope = Scope::from_static("manage_queue");

/// All eleven permissions; what the administrator's key carries, and all that keys may be granted.
pub const ALL: [Scope; 11] = [
    READ_MODELS,
    WRITE_MODELS,
    DELETE_MODELS,
    RUN_INFERENCE,
    MANAGE_CACHE,
    READ_METRICS,
    WRITE_CONFIG,
    MANAGE_USERS,
    VIEW_AUDIT_LOGS,
    USE_STREAMING,
    MANAGE_QUEUE,
];

/// What roles of users mean: `admin` may do everything, `user` use the models.
#[must_use]
pub fn roles() -> Roles {
    Roles::new([
        ("admin", ScopeSet::of(ALL)),
        ("user", ScopeSet::of([READ_MODELS, RUN_INFERENCE, USE_STREAMING])),
    ])
}

#[cfg(test)]
mod tests {
    use super::ALL;

    #[test]
    fn the_eleven_are_the_documented_ones_in_the_documented_order() {
        assert_eq!(
            ALL.map(|scope| scope.to_string()).join(" "),
            "read_models write_models delete_models run_inference manage_cache read_metrics write_config \
             manage_users view_audit_logs use_streaming manage_queue"
        );
    }
}
