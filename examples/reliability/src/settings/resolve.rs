//! From sources to settings.

use super::{
    args::Args,
    log_level::LogLevel,
    read::read_file,
    shared::Shared,
    written::{Written, sources},
};
use crate::{client::Upstream, users::UserFile};
use palisade::{
    TrustedProxies,
    config::{Mistake, Mistakes, Origin},
    jwt::SigningKeys,
};
use std::{fmt, net::SocketAddr, ops::RangeInclusive, path::Path, time::Duration};

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
    /// The proxies whose word about the client's address is taken; nobody's unless set.
    pub proxies: Option<TrustedProxies>,
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

/// Finds every setting in its strongest source.
///
/// # Errors
///
/// Every mistake there is. No message repeats a URL, which may hold a password.
pub fn resolve(args: &Args) -> Result<Settings, Mistakes> {
    let judged = sources(args).judge(|written: Written, _, mistakes| settings(written, mistakes));
    let (settings, effective) = judged?;
    let mut settings = settings.ok_or_else(Mistakes::new)?;
    let is_written = |path: &str| *effective.origin(path) != Origin::Default;
    if settings.log_level.is_for_developers() && is_written("log_level") {
        let warning = Mistake::new("log_level", "too much is logged for production; write info");
        settings.warnings.push(effective.locate(warning).to_string());
    }
    if args.redis_url.as_ref().is_some_and(|url| url.contains('@')) {
        let warning = "--redis-url: its password is visible in the process list; prefer REDIS_URL";
        settings.warnings.push(warning.to_owned());
    }
    Ok(settings)
}

/// What is written, as the program uses it; nothing where there is a mistake.
fn settings(written: Written, mistakes: &mut Mistakes) -> Option<Settings> {
    let mut judge = Judge(mistakes);
    let listen = judge.made("listen", written.listen, |text| text.parse());
    let level: Option<LogLevel> = judge.made("log_level", written.log_level, |text| text.parse());
    let keys = judge.keys();
    let minutes =
        judge.within("access_token_expire_minutes", written.access_token_expire_minutes, &TOKEN_MINUTES);
    let users = judge.made("users_file", written.users_file, |path| {
        let text = read_file(Path::new(path)).map_err(|fault| format!("cannot be read: {}", fault.kind()))?;
        UserFile::new(Path::new(path), &text).map_err(|fault| fault.to_string())
    });
    let nodes = judge.within("nodes", written.nodes, &NODES).unwrap_or(1);
    let within = judge.within("redis_timeout_ms", written.redis_timeout_ms, &REDIS_TIMEOUT_MS).unwrap_or(50);
    let redis = written.redis_url.as_ref().map(|url| url.expose().to_owned());
    let shared = judge.made("redis_url", redis, |url| {
        Shared::redis(url, Duration::from_millis(within), u32::try_from(nodes).unwrap_or(1))
    });
    let upstream = judge.made("upstream", written.upstream, Upstream::parse);
    let open = judge.within("breaker_open_ms", written.breaker_open_ms, &BREAKER_OPEN_MS).unwrap_or(5_000);
    let proxies = written.trusted_proxies.map(|networks| {
        let wrong = |fault| judge.0.push(Mistake::new("trusted_proxies", fault));
        TrustedProxies::parse(&networks).map_err(wrong).ok()
    });
    Some(Settings {
        listen: listen.unwrap_or(SocketAddr::from(([127, 0, 0, 1], 8001))),
        log_level: level.unwrap_or(LogLevel::DEFAULT),
        keys: keys?,
        token_life: Duration::from_secs(minutes.unwrap_or(30) * 60),
        users,
        shared,
        upstream,
        proxies: proxies.flatten(),
        breaker_open: Duration::from_millis(open),
        warnings: Vec::new(),
    })
}

struct Judge<'m>(&'m mut Mistakes);

impl Judge<'_> {
    /// What signs tokens: there is no secret to fall back on.
    fn keys(&mut self) -> Option<SigningKeys> {
        let keys = SigningKeys::from_env(SECRET_VARIABLE);
        keys.map_err(|fault| {
            let fault = fault.to_string();
            let (place, what) = fault.split_once(": ").unwrap_or((SECRET_VARIABLE, &fault));
            self.0.push(Mistake::new(place, what));
        })
        .ok()
    }

    fn made<T, E: fmt::Display>(
        &mut self,
        path: &str,
        text: Option<String>,
        make: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<T> {
        make(&text?).map_err(|fault| self.0.push(Mistake::new(path, fault))).ok()
    }

    fn within(&mut self, path: &str, number: Option<u64>, bounds: &RangeInclusive<u64>) -> Option<u64> {
        let number = number?;
        if !bounds.contains(&number) {
            let what = format!("not a number from {} to {}", bounds.start(), bounds.end());
            self.0.push(Mistake::new(path, what));
            return None;
        }
        Some(number)
    }
}
