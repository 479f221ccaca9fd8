//! The command line.

use crate::limits::PLANS;
use clap::{Parser, Subcommand, builder::PossibleValuesParser};
use std::path::PathBuf;
use tracing_subscriber::filter::LevelFilter;

/// An AI inference server's API, guarded by palisade. Serves without any option; `key` acts on the same database beside it.
///
/// An option counts before its environment variable, and that before the file of --config; `INFERENCE__SERVER__MAX_PROMPT` is the variable
/// of max_prompt, and so on.
#[derive(Clone, Debug, Parser)]
#[command(name = "inference", version, about)]
pub struct Args {
    /// A TOML file with settings below `[server]`; `inference.toml.example` beside the sources names all of them.
    #[arg(long, value_name = "FILE", env = "INFERENCE_CONFIG")]
    pub config: Option<PathBuf>,

    /// Address and port to listen on; port 0 takes any free one [env: INFERENCE_LISTEN] [default: 127.0.0.1:8080].
    #[arg(long, value_name = "ADDRESS")]
    pub listen: Option<String>,

    /// Directory for palisade.db, secrets.json, signing-keys and audit.jsonl; made if missing, readable by its owner only.
    #[arg(long, value_name = "DIRECTORY", default_value = "./data", global = true)]
    pub data_dir: PathBuf,

    /// Keep keys and users there instead of in the data directory: sqlite:PATH or postgres://USER:PASSWORD@HOST/DATABASE.
    #[arg(long, value_name = "URL", env = "DATABASE_URL", hide_env_values = true, global = true)]
    pub database_url: Option<String>,

    /// What is logged: off, error, warn, info, debug or trace; info when serving, error otherwise.
    #[arg(long, value_name = "LEVEL", env = "LOG_LEVEL", global = true)]
    pub log_level: Option<LevelFilter>,

    /// A line for every request on the standard output: text, json or off [env: ACCESS_LOG] [default: text on a terminal, and json otherwise].
    #[arg(long, value_name = "FORM")]
    pub access_log: Option<String>,

    /// Where the audit log is; one server writes it at a time [env: AUDIT_LOG] [default: audit.jsonl in the data directory].
    #[arg(long, value_name = "FILE")]
    pub audit_log: Option<String>,

    /// How many requests an address may send [env: INFERENCE_ADDRESS_LIMIT] [default: "5/second burst 10"].
    #[arg(long, value_name = "QUOTA")]
    pub address_limit: Option<String>,

    /// How long an access token holds, in minutes, 1 to 1440 [env: ACCESS_TOKEN_EXPIRE_MINUTES] [default: 30].
    #[arg(long, value_name = "MINUTES")]
    pub token_minutes: Option<String>,

    /// Longest prompt, in characters, 1 to 1000000 [env: INFERENCE_MAX_PROMPT] [default: 10000].
    #[arg(long, value_name = "CHARACTERS")]
    pub max_prompt: Option<String>,

    /// Largest body with a prompt, in bytes, 1 to 104857600 [env: INFERENCE_MAX_BODY] [default: 10485760].
    #[arg(long, value_name = "BYTES")]
    pub max_body: Option<String>,

    /// How long an address is refused that sends made-up credentials again and again, in minutes, 1 to 1440; it is only told of otherwise [env: INFERENCE_BAN_MINUTES].
    #[arg(long, value_name = "MINUTES")]
    pub ban_minutes: Option<String>,

    /// Networks of proxies whose X-Forwarded-For is believed, with commas between [env: INFERENCE_TRUSTED_PROXIES].
    #[arg(long, value_name = "NETWORKS")]
    pub trusted_proxies: Option<String>,

    /// Certificates in PEM, its own first: it ends TLS itself, 1.2 or newer; with --tls-key [env: INFERENCE_TLS_CERTIFICATES].
    #[arg(long, value_name = "FILE")]
    pub tls_certificates: Option<String>,

    /// The key of the certificate, in PEM [env: INFERENCE_TLS_KEY].
    #[arg(long, value_name = "FILE")]
    pub tls_key: Option<String>,

    /// What to do instead of serving.
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// What to do instead of serving.
#[derive(Clone, Debug, Subcommand)]
pub enum Command {
    /// Make, list, revoke and rotate API keys without a server.
    #[command(subcommand)]
    Key(KeyCommand),
    /// Give users new passwords without a server.
    #[command(subcommand)]
    User(UserCommand),
}

/// What to do with users.
#[derive(Clone, Debug, Subcommand)]
pub enum UserCommand {
    /// Draw a new password for a user, print it once, and end all their tokens; lets them in again who was disabled.
    Password {
        /// What they call themselves.
        name: String,
    },
}

/// What to do with keys.
#[derive(Clone, Debug, Subcommand)]
pub enum KeyCommand {
    /// Make a key and print it once.
    Create {
        /// What people call it.
        #[arg(long)]
        name: String,
        /// What it may do, with commas between; `all` for everything.
        #[arg(long, value_delimiter = ',', required = true)]
        permissions: Vec<String>,
        /// How long it holds, 1 to 365 days; 90 otherwise.
        #[arg(long, value_name = "DAYS")]
        expires_in_days: Option<u64>,
        /// From when on it holds, as 2026-11-22T07:15:18Z; at once otherwise.
        #[arg(long, value_name = "DATE")]
        not_before: Option<String>,
        /// Which limits hold for it; 60 requests a minute otherwise.
        #[arg(long, value_parser = PossibleValuesParser::new(PLANS.map(|(plan, _)| plan)))]
        plan: Option<String>,
    },
    /// List keys, newest first.
    List {
        /// Revoked keys too.
        #[arg(long)]
        all: bool,
    },
    /// Take a key back, for good; a running server refuses it within 5 seconds.
    Revoke {
        /// Its id, as `list` shows it.
        id: String,
    },
    /// Make a key that follows this one, and print it once.
    Rotate {
        /// Its id, as `list` shows it.
        id: String,
        /// How long the old key holds beside the new one, at most 2592000 seconds; a day otherwise.
        #[arg(long, value_name = "SECONDS")]
        grace_seconds: Option<u64>,
    },
}

#[cfg(test)]
mod tests {
    use super::Args;
    use clap::{CommandFactory, Parser};

    #[test]
    fn the_definition_is_consistent() {
        Args::command().debug_assert();
    }

    #[test]
    fn without_options_everything_has_a_default() {
        let args = Args::try_parse_from(["inference"]).unwrap();
        assert_eq!(args.data_dir.to_str(), Some("./data"));
        assert!(args.command.is_none());
        assert!(args.listen.is_none() && args.max_prompt.is_none() && args.config.is_none());
    }

    #[test]
    fn options_are_read() {
        let check = |options: &[&str], expected: bool| {
            let line = std::iter::once("inference").chain(options.iter().copied());
            assert_eq!(Args::try_parse_from(line).is_ok(), expected, "{options:?}");
        };
        check(&["--listen", "[::1]:0", "--data-dir", "/srv/inference", "--database-url", "sqlite:x"], true);
        check(&["--max-prompt", "1", "--max-body", "104857600", "--log-level", "trace"], true);
        check(&["key", "list", "--data-dir", "x", "--all"], true);
        check(&["key", "create", "--name", "ci", "--permissions", "read_models,run_inference"], true);
        check(&["key", "create", "--name", "ci", "--permissions", "all", "--plan", "pro"], true);
        check(&["key", "create", "--name", "ci", "--permissions", "all", "--plan", "gold"], false);
        check(&["key", "create", "--name", "ci"], false);
        check(&["key", "revoke"], false);
        check(&["user", "password", "admin", "--data-dir", "x"], true);
        check(&["user", "password"], false);
        check(&["key"], false);
        check(&["--config", "x.toml", "--audit-log", "a.jsonl", "--ban-minutes", "15"], true);
        check(&["--log-level", "loud"], false);
        check(&["--access-log", "text", "--token-minutes", "1"], true);
        check(&["--token", "secret"], false);
        check(&["left-over"], false);
    }
}
