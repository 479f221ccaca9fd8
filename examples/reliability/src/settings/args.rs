//! The command line.

use clap::Parser;
use std::{fmt, path::PathBuf};

/// Logins, per-route limits and a circuit breaker. Starts with a SECRET_KEY in the environment, and no option.
///
/// Values are read as text and judged by [`resolve`](super::resolve()), so that a wrong one reads the same from every source.
#[derive(Clone, Default, Parser)]
#[command(name = "reliability", version, about = "Logins, per-route limits and a circuit breaker", long_about = None)]
pub struct Args {
    /// Address and port to listen on; port 0 takes any free one (RELIABILITY_LISTEN; default 127.0.0.1:8001).
    #[arg(long, value_name = "ADDRESS")]
    pub listen: Option<String>,

    /// debug, info, warning or error (LOG_LEVEL; default info).
    #[arg(long, value_name = "LEVEL")]
    pub log_level: Option<String>,

    /// A file with a line name:hash for each user who may log in (USERS_FILE; default: one user, drawn at the start).
    #[arg(long, value_name = "PATH")]
    pub users_file: Option<String>,

    /// How long a token holds, in minutes, 1 to 1440 (ACCESS_TOKEN_EXPIRE_MINUTES; default 30).
    #[arg(long, value_name = "MINUTES")]
    pub access_token_expire_minutes: Option<String>,

    /// Count in this Redis or Valkey, together with every process that names it alike; prefer REDIS_URL where the URL holds a
    /// password.
    #[arg(long, value_name = "URL")]
    pub redis_url: Option<String>,

    /// How long Redis may take for a decision, in milliseconds, 1 to 250 (REDIS_TIMEOUT_MS; default 50).
    #[arg(long, value_name = "MILLISECONDS")]
    pub redis_timeout_ms: Option<String>,

    /// How many processes share the Redis: what each may admit by itself while it is down (RELIABILITY_NODES; default 1).
    #[arg(long, value_name = "NUMBER")]
    pub nodes: Option<String>,

    /// The dependency, as http://host:port (UPSTREAM_URL; default: one of the example's own).
    #[arg(long, value_name = "URL")]
    pub upstream: Option<String>,

    /// How long the breaker stays open at first, in milliseconds, 100 to 300000 (BREAKER_OPEN_MS; default 5000).
    #[arg(long, value_name = "MILLISECONDS")]
    pub breaker_open_ms: Option<String>,

    /// Networks of proxies whose X-Forwarded-For is believed, with commas between (RELIABILITY_TRUSTED_PROXIES; default: none).
    #[arg(long, value_name = "NETWORKS")]
    pub trusted_proxies: Option<String>,

    /// A TOML file with the same settings (RELIABILITY_CONFIG).
    #[arg(long, value_name = "TOML")]
    pub config: Option<PathBuf>,
}

/// The URL of Redis may hold a password.
impl fmt::Debug for Args {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Args").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn the_command_is_well_formed() {
        Args::command().debug_assert();
    }
}
