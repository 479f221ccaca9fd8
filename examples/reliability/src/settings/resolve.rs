//! From sources to settings.

use super::{args::Args, file::ConfigFile, log_level::LogLevel, mistake::Mistake, shared::Shared};
use crate::{client::Upstream, users::UserFile};
use palisade::jwt::SigningKeys;
use std::{fmt, io, net::SocketAddr, ops::RangeInclusive, path::Path, time::Duration};

/// What the sources came to.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The address to listen on.
    pub listen: SocketAddr,
    /// How much is logged.
    pub log_level: LogLevel,
    /// What signs tokens.
    pub keys: SigningKeys,
    /// How long a token holds.
    pub token_life: Duration,
    /// Who may log in; one user who is drawn at the start unless set.
    pub users: Option<UserFile>,
    /// Where limits count; in this process alone unless set.
    pub shared: Option<Shared>,
    /// The dependency; one of the example's own unless set.
    pub upstream: Option<Upstream>,
    /// How long the breaker stays open at first.
    pub breaker_open: Duration,
    /// What is allowed and unwise, a line each.
    pub warnings: Vec<String>,
}

/// The secret that signs tokens; never a flag, which every process on the machine can read, and never in the file.
pub const SECRET_VARIABLE: &str = "SECRET_KEY";

const TOKEN_MINUTES: RangeInclusive<u64> = 1..=1_440;
const REDIS_TIMEOUT_MS: RangeInclusive<u64> = 1..=250;
const NODES: RangeInclusive<u64> = 1..=1_000;
/// The longest is twelve times as long, and a breaker stays open for an hour at most.
const BREAKER_OPEN_MS: RangeInclusive<u64> = 100..=300_000;

type Env<'a> = &'a dyn Fn(&str) -> Option<String>;
type Read<'a> = &'a dyn Fn(&Path) -> io::Result<String>;

/// Finds every setting in its strongest source; `env` looks up an environment variable, `read` reads a file.
///
/// # Errors
///
/// Every mistake there is. No message repeats a URL, which may hold a password.
pub fn resolve(args: &Args, env: Env<'_>, read: Read<'_>) -> Result<Settings, Vec<Mistake>> {
    let mut sources = Sources { env, mistakes: Vec::new() };
    let file = sources.file(args, read);
    let listen = sources.find("listen", "RELIABILITY_LISTEN", args.listen.as_ref(), file.listen);
    let listen = sources.parsed(listen, |text| text.parse());
    let level = sources.find("log_level", "LOG_LEVEL", args.log_level.as_ref(), file.log_level);
    let level_place = level.as_ref().map(|(place, _)| place.clone());
    let level: LogLevel = sources.parsed(level, |text| text.parse()).unwrap_or(LogLevel::DEFAULT);
    let keys = sources.keys();
    let (by_flag, by_file) = (args.access_token_expire_minutes.as_ref(), file.access_token_expire_minutes);
    let minutes =
        sources.find("access_token_expire_minutes", "ACCESS_TOKEN_EXPIRE_MINUTES", by_flag, by_file);
    let minutes = sources.parsed(minutes, |text| number(text, &TOKEN_MINUTES)).unwrap_or(30);
    let users = sources.find("users_file", "USERS_FILE", args.users_file.as_ref(), file.users_file);
    let users = sources.parsed(users, |path| {
        let text = read(Path::new(path)).map_err(|fault| format!("cannot be read: {}", fault.kind()))?;
        UserFile::new(Path::new(path), &text).map_err(|fault| fault.to_string())
    });
    let nodes = sources.find("nodes", "RELIABILITY_NODES", args.nodes.as_ref(), file.nodes);
    let nodes = sources.parsed(nodes, |text| number(text, &NODES)).unwrap_or(1);
    let within = (args.redis_timeout_ms.as_ref(), file.redis_timeout_ms);
    let within = sources.find("redis_timeout_ms", "REDIS_TIMEOUT_MS", within.0, within.1);
    let within = sources.parsed(within, |text| number(text, &REDIS_TIMEOUT_MS)).unwrap_or(50);
    let within = Duration::from_millis(within);
    let redis = sources.find("redis_url", "REDIS_URL", args.redis_url.as_ref(), file.redis_url);
    let shared = sources.parsed(redis, |url| Shared::redis(url, within, u32::try_from(nodes).unwrap_or(1)));
    let upstream = sources.find("upstream", "UPSTREAM_URL", args.upstream.as_ref(), file.upstream);
    let upstream = sources.parsed(upstream, Upstream::parse);
    let by_file = file.breaker_open_ms;
    let open = sources.find("breaker_open_ms", "BREAKER_OPEN_MS", args.breaker_open_ms.as_ref(), by_file);
    let open = sources.parsed(open, |text| number(text, &BREAKER_OPEN_MS)).unwrap_or(5_000);

    let mut warnings = Vec::new();
    if let (true, Some(place)) = (level.is_for_developers(), level_place) {
        warnings.push(format!("{place}: too much is logged for production; write info"));
    }
    if args.redis_url.as_ref().is_some_and(|url| url.contains('@')) {
        warnings
            .push("--redis-url: its password is visible in the process list; prefer REDIS_URL".to_owned());
    }
    let (Some(keys), true) = (keys, sources.mistakes.is_empty()) else { return Err(sources.mistakes) };
    Ok(Settings {
        listen: listen.unwrap_or(SocketAddr::from(([127, 0, 0, 1], 8001))),
        log_level: level,
        keys,
        token_life: Duration::from_secs(minutes * 60),
        users,
        shared,
        upstream,
        breaker_open: Duration::from_millis(open),
        warnings,
    })
}

/// A text, and the name of the place where it stands.
type Found = Option<(String, String)>;

struct Sources<'a> {
    env: Env<'a>,
    mistakes: Vec<Mistake>,
}

impl Sources<'_> {
    /// The TOML file, where one is named; an empty one otherwise, and where it cannot be used.
    fn file(&mut self, args: &Args, read: Read<'_>) -> ConfigFile {
        let by_flag = args.config.as_ref().map(|path| path.to_string_lossy().into_owned());
        let Some((place, path)) = self.find("config", "RELIABILITY_CONFIG", by_flag.as_ref(), None::<String>)
        else {
            return ConfigFile::default();
        };
        let file = match read(Path::new(&path)) {
            Ok(text) => ConfigFile::parse(&path, &text),
            Err(fault) => {
                Err(Mistake::new(format!("{place} {path}"), format!("cannot be read: {}", fault.kind())))
            }
        };
        file.unwrap_or_else(|mistake| {
            self.mistakes.push(mistake);
            ConfigFile::default()
        })
    }

    /// What signs tokens: there is no secret to fall back on.
    fn keys(&mut self) -> Option<SigningKeys> {
        let keys = SigningKeys::from_env(SECRET_VARIABLE);
        keys.map_err(|fault| {
            let fault = fault.to_string();
            let (place, what) = fault.split_once(": ").unwrap_or((SECRET_VARIABLE, &fault));
            self.mistakes.push(Mistake::new(place, what));
        })
        .ok()
    }

    /// The strongest of three sources; `key` is the name in the file, and with dashes that of the flag.
    fn find(
        &self,
        key: &str,
        variable: &str,
        by_flag: Option<&String>,
        by_file: Option<impl ToString>,
    ) -> Found {
        let by_flag = by_flag.map(|text| (format!("--{}", key.replace('_', "-")), text.clone()));
        let by_env = || (self.env)(variable).map(|text| (variable.to_owned(), text));
        by_flag.or_else(by_env).or_else(|| by_file.map(|value| (key.to_owned(), value.to_string())))
    }

    fn parsed<T, E: fmt::Display>(
        &mut self,
        found: Found,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<T> {
        let (place, text) = found?;
        parse(&text).map_err(|fault| self.mistakes.push(Mistake::new(place, fault))).ok()
    }
}

fn number(text: &str, bounds: &RangeInclusive<u64>) -> Result<u64, String> {
    let number = text.parse().ok().filter(|number| bounds.contains(number));
    number.ok_or_else(|| format!("not a number from {} to {}", bounds.start(), bounds.end()))
}
