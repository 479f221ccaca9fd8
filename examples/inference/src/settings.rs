//! What an operator may set: options first, then the environment, then a file, then what is usual.

use crate::{access_log::AccessLogForm, args::Args, limits};
use garde::Validate;
use palisade::Cors;
use serde::Deserialize;
use std::{
    fs, io,
    net::SocketAddr,
    path::{Path, PathBuf},
    time::Duration,
};
use thiserror::Error;

/// Where it listens unless told otherwise.
const LISTEN: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 8080);
/// The longest prompt unless configured otherwise, in characters.
pub const MAX_PROMPT: usize = 10_000;
/// The largest body with a prompt unless configured otherwise: 10 MiB.
pub const MAX_BODY: usize = 10 * 1024 * 1024;
const TOKEN_MINUTES: u64 = 30;

/// What an operator set.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where it listens.
    pub listen: SocketAddr,
    /// How requests are logged.
    pub access_log: AccessLogForm,
    /// Where the audit log is, if not in the data directory.
    pub audit_log: Option<PathBuf>,
    /// How many requests an address may send, as a quota.
    pub address_limit: String,
    /// How long an access token holds.
    pub token_life: Duration,
    /// The longest prompt, in characters.
    pub max_prompt: usize,
    /// The largest body with a prompt, in bytes.
    pub max_body: usize,
    /// How long an address is refused that sends made-up credentials; it is only told of otherwise.
    pub ban: Option<Duration>,
    /// Which pages of other origins may ask.
    pub cors: Option<Cors>,
}

/// Why settings cannot be used. Every mistake is told at once.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SettingsError {
    /// The file cannot be read.
    #[error("cannot read the settings in {}", path.display())]
    Unread {
        /// The file.
        path: PathBuf,
        /// The answer.
        source: io::Error,
    },
    /// It does not parse.
    #[error("{} is no file of settings: {reason}", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// Where and why.
        reason: String,
    },
    /// Figures out of range.
    #[error("{0}")]
    Wrong(String),
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    server: Server,
}

/// Everything may be absent.
#[derive(Debug, Default, Deserialize, Validate)]
#[serde(deny_unknown_fields)]
struct Server {
    #[garde(skip)]
    listen: Option<SocketAddr>,
    #[garde(skip)]
    access_log: Option<AccessLogForm>,
    #[garde(skip)]
    audit_log: Option<PathBuf>,
    #[garde(skip)]
    address_limit: Option<String>,
    #[garde(range(min = 1, max = 1_440))]
    token_minutes: Option<u64>,
    #[garde(range(min = 1, max = 1_000_000))]
    max_prompt: Option<usize>,
    #[garde(range(min = 1, max = 104_857_600))]
    max_body: Option<usize>,
    #[garde(range(min = 1, max = 1_440))]
    ban_minutes: Option<u64>,
    #[garde(skip)]
    cors_origins: Option<Vec<String>>,
    #[garde(skip)]
    cors_methods: Option<Vec<String>>,
    #[garde(skip)]
    cors_headers: Option<Vec<String>>,
}

impl Settings {
    /// Those of the options, of the environment, which the options know already, and of the file that they name.
    ///
    /// # Errors
    ///
    /// Where the file cannot be read, or figures are out of range; all of these at once.
    pub fn load(args: &Args) -> Result<Self, SettingsError> {
        let file = args.config.as_deref().map(read).transpose()?.unwrap_or_default();
        let server = Server {
            listen: args.listen.or(file.listen),
            access_log: args.access_log.or(file.access_log),
            audit_log: args.audit_log.clone().or(file.audit_log),
            address_limit: args.address_limit.clone().or(file.address_limit),
            token_minutes: args.token_minutes.or(file.token_minutes),
            max_prompt: args.max_prompt.or(file.max_prompt),
            max_body: args.max_body.or(file.max_body),
            ban_minutes: args.ban_minutes.or(file.ban_minutes),
            ..file
        };
        check(&server)?;
        let minutes = |minutes: u64| Duration::from_secs(minutes * 60);
        Ok(Self {
            listen: server.listen.unwrap_or(LISTEN),
            access_log: server.access_log.unwrap_or_else(AccessLogForm::usual),
            address_limit: server.address_limit.clone().unwrap_or_else(limits::address),
            token_life: minutes(server.token_minutes.unwrap_or(TOKEN_MINUTES)),
            max_prompt: server.max_prompt.unwrap_or(MAX_PROMPT),
            max_body: server.max_body.unwrap_or(MAX_BODY),
            ban: server.ban_minutes.map(minutes),
            cors: cors(&server),
            audit_log: server.audit_log,
        })
    }
}

fn read(path: &Path) -> Result<Server, SettingsError> {
    let text =
        fs::read_to_string(path).map_err(|source| SettingsError::Unread { path: path.to_owned(), source })?;
    let malformed = |reason: toml::de::Error| {
        let before = reason.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
        let reason = format!("line {}: {}", before.matches('\n').count() + 1, reason.message());
        SettingsError::Malformed { path: path.to_owned(), reason }
    };
    toml::from_str::<File>(&text).map(|file| file.server).map_err(malformed)
}

fn check(server: &Server) -> Result<(), SettingsError> {
    let mut wrong = Vec::new();
    if let Err(report) = server.validate() {
        let option = |path: &str| path.replace('_', "-");
        wrong.extend(report.iter().map(|(path, error)| format!("--{}: {error}", option(&path.to_string()))));
    }
    if server.cors_origins.is_none() && (server.cors_methods.is_some() || server.cors_headers.is_some()) {
        wrong.push("server.cors_origins: is missing beside cors_methods or cors_headers".to_owned());
    }
    if wrong.is_empty() { Ok(()) } else { Err(SettingsError::Wrong(wrong.join("; "))) }
}

/// What origins, methods and headers may be the stack says.
fn cors(server: &Server) -> Option<Cors> {
    let mut cors = Cors::origins(server.cors_origins.clone()?);
    if let Some(methods) = server.cors_methods.clone() {
        cors = cors.methods(methods);
    }
    if let Some(headers) = server.cors_headers.clone() {
        cors = cors.headers(headers);
    }
    Some(cors)
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser as _;

    fn load(file: &str, args: &[&str]) -> Result<Settings, String> {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("inference.toml");
        fs::write(&path, file).unwrap();
        let args = ["inference", "--config", path.to_str().unwrap()].into_iter().chain(args.iter().copied());
        Settings::load(&Args::parse_from(args)).map_err(|error| error.to_string())
    }

    #[test]
    fn options_count_before_the_file_and_the_file_before_what_is_usual() {
        let usual = load("", &[]).unwrap();
        assert_eq!((usual.listen, usual.max_prompt, usual.max_body), (LISTEN, MAX_PROMPT, MAX_BODY));
        assert!(usual.cors.is_none() && usual.ban.is_none() && usual.token_life.as_secs() == 1_800);
        let file = "[server]\nmax_prompt = 5\nmax_body = 6\nban_minutes = 15\naccess_log = \"off\"\n";
        let settings = load(file, &["--max-prompt", "7"]).unwrap();
        assert_eq!((settings.max_prompt, settings.max_body), (7, 6));
        assert_eq!((settings.ban, settings.access_log), (Some(Duration::from_secs(900)), AccessLogForm::Off));
    }

    #[test]
    fn mistakes_are_told_with_their_names_and_all_at_once() {
        let check = |file: &str, args: &[&str], expected: &[&str]| {
            let told = load(file, args).unwrap_err();
            assert!(expected.iter().all(|expected| told.contains(expected)), "{told}");
        };
        check("[server]\nmax_promt = 5\n", &[], &["line 2: unknown field `max_promt`", "`max_prompt`"]);
        check("[server]\nmax_prompt = \"5\"\n", &[], &["line 2", "invalid type"]);
        check("[server]\nmax_prompt = 0\n", &["--max-body", "0"], &["--max-prompt: ", "--max-body: ", "; "]);
        check("[server]\ncors_methods = [\"GET\"]\n", &[], &["server.cors_origins: is missing"]);
        check("[sever]\n", &[], &["unknown field `sever`"]);
    }

    #[test]
    fn the_example_names_every_setting_and_is_what_is_usual() {
        let example = include_str!("../inference.toml.example");
        let settings = load(example, &[]).unwrap();
        assert!(settings.cors.is_some() && settings.listen == LISTEN && settings.max_prompt == MAX_PROMPT);
        for name in [
            "listen",
            "access_log",
            "audit_log",
            "address_limit",
            "token_minutes",
            "max_prompt",
            "max_body",
            "ban_minutes",
        ] {
            assert!(example.contains(&format!("{name} = ")), "{name}");
        }
    }
}
