//! What an operator may set: options first, then the environment, then a file, then what is usual.

use crate::{access_log::AccessLogForm, args::Args, limits};
use palisade::{
    Cors, ServerTls, TlsError, TrustedProxies,
    config::{Mistake, Mistakes, Sources},
    limit::Quotas,
};
use serde::{Deserialize, Serialize};
use std::{net::SocketAddr, path::PathBuf, time::Duration};

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
    /// The proxies whose word about the client's address is taken; nobody's unless set.
    pub proxies: Option<TrustedProxies>,
    /// Certificate and key, where it ends TLS itself.
    pub tls: Option<(PathBuf, PathBuf)>,
}

/// The file: everything stands below `[server]`, and everything may be absent.
#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
struct File {
    server: Server,
}

#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
struct Server {
    listen: Option<SocketAddr>,
    access_log: Option<AccessLogForm>,
    audit_log: Option<PathBuf>,
    address_limit: Option<String>,
    token_minutes: Option<u64>,
    max_prompt: Option<u64>,
    max_body: Option<u64>,
    ban_minutes: Option<u64>,
    cors_origins: Option<Vec<String>>,
    cors_methods: Option<Vec<String>>,
    cors_headers: Option<Vec<String>>,
    trusted_proxies: Option<Vec<String>>,
    tls_certificates: Option<PathBuf>,
    tls_key: Option<PathBuf>,
}

impl Settings {
    /// Those of the options, of the environment, and of the file that an option names.
    ///
    /// # Errors
    ///
    /// Every mistake there is, each with its place.
    pub fn load(args: &Args) -> Result<Self, Mistakes> {
        let environment = sources(args).environment();
        Self::read(&environment)
    }

    /// What ends TLS, where that is set.
    ///
    /// # Errors
    ///
    /// Where the files cannot be read or do not fit together.
    pub fn server_tls(&self) -> Result<Option<ServerTls>, TlsError> {
        self.tls.as_ref().map(|(certificates, key)| ServerTls::files(certificates, key)).transpose()
    }

    fn read(sources: &Sources) -> Result<Self, Mistakes> {
        let (File { server }, effective) = sources.read()?;
        let mut mistakes = Mistakes::new();
        for mistake in wrong(&server) {
            mistakes.push(effective.locate(mistake));
        }
        let proxies = server.trusted_proxies.as_ref().map(TrustedProxies::parse).transpose();
        let proxies = proxies.unwrap_or_else(|error| {
            mistakes.push(effective.locate(Mistake::new("server.trusted_proxies", error)));
            None
        });
        mistakes.into_result()?;
        let minutes = |minutes: u64| Duration::from_secs(minutes * 60);
        let size = |given: Option<u64>, usual| given.and_then(|size| size.try_into().ok()).unwrap_or(usual);
        Ok(Self {
            listen: server.listen.unwrap_or(LISTEN),
            access_log: server.access_log.unwrap_or_else(AccessLogForm::usual),
            address_limit: server.address_limit.clone().unwrap_or_else(limits::address),
            token_life: minutes(server.token_minutes.unwrap_or(TOKEN_MINUTES)),
            max_prompt: size(server.max_prompt, MAX_PROMPT),
            max_body: size(server.max_body, MAX_BODY),
            ban: server.ban_minutes.map(minutes),
            cors: cors(&server),
            audit_log: server.audit_log,
            proxies,
            tls: server.tls_certificates.zip(server.tls_key),
        })
    }
}

/// Where settings are looked for. The environment knows each as `INFERENCE__SERVER__MAX_PROMPT` too.
fn sources(args: &Args) -> Sources {
    let mut sources = Sources::new().prefix("INFERENCE");
    if let Some(file) = &args.config {
        sources = sources.file_named_by("--config", file);
    }
    for (flag, variable, setting, given) in [
        ("--listen", "INFERENCE_LISTEN", "listen", &args.listen),
        ("--access-log", "ACCESS_LOG", "access_log", &args.access_log),
        ("--audit-log", "AUDIT_LOG", "audit_log", &args.audit_log),
        ("--address-limit", "INFERENCE_ADDRESS_LIMIT", "address_limit", &args.address_limit),
        ("--token-minutes", "ACCESS_TOKEN_EXPIRE_MINUTES", "token_minutes", &args.token_minutes),
        ("--max-prompt", "INFERENCE_MAX_PROMPT", "max_prompt", &args.max_prompt),
        ("--max-body", "INFERENCE_MAX_BODY", "max_body", &args.max_body),
        ("--ban-minutes", "INFERENCE_BAN_MINUTES", "ban_minutes", &args.ban_minutes),
        ("--trusted-proxies", "INFERENCE_TRUSTED_PROXIES", "trusted_proxies", &args.trusted_proxies),
        ("--tls-certificates", "INFERENCE_TLS_CERTIFICATES", "tls_certificates", &args.tls_certificates),
        ("--tls-key", "INFERENCE_TLS_KEY", "tls_key", &args.tls_key),
    ] {
        let path = format!("server.{setting}");
        sources = sources.variable(variable, path.clone()).flag(flag, path, given.clone());
    }
    sources
}

/// What types alone do not say.
fn wrong(server: &Server) -> Vec<Mistake> {
    let mut wrong = Vec::new();
    for (setting, value, most) in [
        ("token_minutes", server.token_minutes, 1_440),
        ("max_prompt", server.max_prompt, 1_000_000),
        ("max_body", server.max_body, 104_857_600),
        ("ban_minutes", server.ban_minutes, 1_440),
    ] {
        if value.is_some_and(|value| !(1..=most).contains(&value)) {
            wrong.push(Mistake::new(format!("server.{setting}"), format!("write a number from 1 to {most}")));
        }
    }
    if let Some(Err(error)) = server.address_limit.as_deref().map(str::parse::<Quotas>) {
        wrong.push(Mistake::new("server.address_limit", error));
    }
    if server.cors_origins.is_none() && (server.cors_methods.is_some() || server.cors_headers.is_some()) {
        wrong.push(Mistake::new("server.cors_origins", "is missing beside cors_methods or cors_headers"));
    }
    match (&server.tls_certificates, &server.tls_key) {
        (Some(_), None) => wrong.push(Mistake::new("server.tls_key", "is missing beside tls_certificates")),
        (None, Some(_)) => wrong.push(Mistake::new("server.tls_certificates", "is missing beside tls_key")),
        (None, None) | (Some(_), Some(_)) => {}
    }
    wrong
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

    fn load(file: &str, args: &[&str], variables: &[(&str, &str)]) -> Result<Settings, String> {
        let args = Args::parse_from(["inference"].into_iter().chain(args.iter().copied()));
        let variables = variables.iter().copied();
        let sources = sources(&args).text("inference.toml", file).variables(variables);
        Settings::read(&sources).map_err(|mistakes| mistakes.to_string())
    }

    #[test]
    fn options_count_before_the_environment_and_that_before_the_file() {
        let usual = load("", &[], &[]).unwrap();
        assert_eq!((usual.listen, usual.max_prompt, usual.max_body), (LISTEN, MAX_PROMPT, MAX_BODY));
        assert!(usual.cors.is_none() && usual.ban.is_none() && usual.token_life.as_secs() == 1_800);
        let file = "[server]\nmax_prompt = 5\nmax_body = 6\nban_minutes = 15\naccess_log = \"off\"\n";
        let variables = [("INFERENCE_MAX_BODY", "8"), ("INFERENCE_MAX_PROMPT", "8"), ("ACCESS_LOG", "text")];
        let settings = load(file, &["--max-prompt", "7"], &variables).unwrap();
        assert_eq!((settings.max_prompt, settings.max_body), (7, 8));
        assert_eq!(
            (settings.ban, settings.access_log),
            (Some(Duration::from_secs(900)), AccessLogForm::Text)
        );
        let other = load(file, &[], &[("INFERENCE__SERVER__LISTEN", "[::1]:9")]).unwrap();
        assert_eq!((other.listen.to_string().as_str(), other.access_log), ("[::1]:9", AccessLogForm::Off));
    }

    #[test]
    fn mistakes_are_told_with_their_places_and_all_at_once() {
        let check = |file: &str, args: &[&str], expected: &[&str]| {
            let told = load(file, args, &[]).unwrap_err();
            assert!(expected.iter().all(|expected| told.contains(expected)), "{told}");
        };
        check("[server]\nmax_promt = 5\n", &[], &["inference.toml:2", "max_promt", "`max_prompt`"]);
        check("[server]\nmax_prompt = \"x\"\n", &["--listen", "8080"], &["inference.toml:2", "--listen"]);
        check(
            "[server]\nmax_prompt = 0\n",
            &["--max-body", "0"],
            &["inference.toml:2", "--max-body", "1 to 1000000"],
        );
        check("[server]\ncors_methods = [\"GET\"]\n", &[], &["server.cors_origins: is missing"]);
        check("", &["--address-limit", "fast"], &["--address-limit"]);
        check("", &["--trusted-proxies", "10.0.0.0/8,proxy"], &["--trusted-proxies"]);
        check("", &["--tls-key", "api.key"], &["server.tls_certificates: is missing beside tls_key"]);
        check("", &["--token-minutes", "1441", "--access-log", "xml"], &["--access-log"]);
        check("", &["--token-minutes", "1441"], &["--token-minutes: write a number from 1 to 1440"]);
        check("[sever]\n", &[], &["sever"]);
    }

    #[test]
    fn the_example_names_every_setting_and_is_what_is_usual() {
        let example = include_str!("../inference.toml.example");
        let settings = load(example, &[], &[]).unwrap();
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
            "trusted_proxies",
            "tls_certificates",
            "tls_key",
        ] {
            assert!(example.contains(&format!("{name} = ")), "{name}");
        }
    }
}
