//! Settings as they are written.

use super::args::Args;
use palisade::config::{Sources, StoreUrl};
use serde::{Deserialize, Serialize};
use std::env;

/// What may be set; unknown names are mistakes, because a misspelt one would silently not count.
#[derive(Default, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Written {
    pub(super) listen: Option<String>,
    pub(super) log_level: Option<String>,
    pub(super) users_file: Option<String>,
    pub(super) access_token_expire_minutes: Option<u64>,
    pub(super) redis_url: Option<StoreUrl>,
    pub(super) redis_timeout_ms: Option<u64>,
    pub(super) nodes: Option<u64>,
    pub(super) upstream: Option<String>,
    pub(super) breaker_open_ms: Option<u64>,
    pub(super) trusted_proxies: Option<Vec<String>>,
}

const FILE_VARIABLE: &str = "RELIABILITY_CONFIG";

/// Flags over documented variables over the file.
pub(super) fn sources(args: &Args) -> Sources {
    let sources = Sources::new().environment().prefix("RELIABILITY");
    let sources = match (&args.config, env::var_os(FILE_VARIABLE)) {
        (Some(path), _) => sources.file_named_by("--config", path),
        (None, Some(path)) => sources.file_named_by(FILE_VARIABLE, path),
        (None, None) => sources,
    };
    sources
        .variable("RELIABILITY_LISTEN", "listen")
        .variable("LOG_LEVEL", "log_level")
        .variable("USERS_FILE", "users_file")
        .variable("ACCESS_TOKEN_EXPIRE_MINUTES", "access_token_expire_minutes")
        .variable("REDIS_URL", "redis_url")
        .variable("REDIS_URL_FILE", "redis_url_file")
        .variable("REDIS_TIMEOUT_MS", "redis_timeout_ms")
        .variable("RELIABILITY_NODES", "nodes")
        .variable("UPSTREAM_URL", "upstream")
        .variable("BREAKER_OPEN_MS", "breaker_open_ms")
        .variable("RELIABILITY_TRUSTED_PROXIES", "trusted_proxies")
        .flag("--trusted-proxies", "trusted_proxies", args.trusted_proxies.as_deref())
        .flag("--listen", "listen", args.listen.as_deref())
        .flag("--log-level", "log_level", args.log_level.as_deref())
        .flag("--users-file", "users_file", args.users_file.as_deref())
        .flag(
            "--access-token-expire-minutes",
            "access_token_expire_minutes",
            args.access_token_expire_minutes.as_deref(),
        )
        .flag("--redis-url", "redis_url", args.redis_url.as_deref())
        .flag("--redis-timeout-ms", "redis_timeout_ms", args.redis_timeout_ms.as_deref())
        .flag("--nodes", "nodes", args.nodes.as_deref())
        .flag("--upstream", "upstream", args.upstream.as_deref())
        .flag("--breaker-open-ms", "breaker_open_ms", args.breaker_open_ms.as_deref())
}
