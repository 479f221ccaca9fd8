//! From sources to settings.

use super::{args::Args, auth_mode::AuthMode, file::ConfigFile, mistake::Mistake};
use palisade::{Scope, StaticToken, StaticTokens, TrustedProxies};
use std::{
    io,
    net::SocketAddr,
    path::{Path, PathBuf},
    str::FromStr,
};

/// The environment variable that holds a token that may do everything.
pub const TOKEN_VARIABLE: &str = "FACE_TOKEN";

/// What the sources came to.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The address to listen on.
    pub listen: SocketAddr,
    /// How far the move has gone.
    pub auth: AuthMode,
    /// The tokens that are declared, whether they are asked for or not.
    pub tokens: Option<StaticTokens>,
    /// The proxies whose word about the client's address is taken; nobody's unless set.
    pub proxies: Option<TrustedProxies>,
    /// What is allowed and unwise, a line each.
    pub warnings: Vec<String>,
}

type Env<'a> = &'a dyn Fn(&str) -> Option<String>;
type Read<'a> = &'a dyn Fn(&Path) -> io::Result<String>;

/// Finds every setting in its strongest source; `env` looks up an environment variable, `read` reads a file.
///
/// # Errors
///
/// Every mistake there is. No message holds a token.
pub fn resolve(args: &Args, env: Env<'_>, read: Read<'_>) -> Result<Settings, Vec<Mistake>> {
    let mut sources = Sources { env, mistakes: Vec::new() };
    let file = sources.file(args, read);
    let listen = sources.parsed("--listen", args.listen.as_ref(), "FACE_LISTEN", file.listen.as_ref());
    let auth = sources.parsed("--auth", args.auth.as_ref(), "FACE_AUTH", file.auth.as_ref());
    let proxies = sources.proxies(args, file.trusted_proxies.as_ref());
    let tokens = sources.tokens(args, &file);
    let mut warnings = Vec::new();
    match auth {
        None if !tokens.is_empty() => sources.mistakes.push(Mistake::new(
            "auth",
            "tokens are declared and nobody asks for them; write observe or enforce, or off to stay open",
        )),
        Some(AuthMode::Off) if !tokens.is_empty() => {
            warnings.push("auth: off, although tokens are declared".to_owned());
        }
        Some(AuthMode::Observe | AuthMode::Enforce) if tokens.is_empty() => {
            sources.mistakes.push(Mistake::new(
                "auth",
                "no token is declared; set FACE_TOKEN, --token-file or [[tokens]], or write off to stay open",
            ))
        }
        None | Some(_) => {}
    }
    // Also where nobody asks for them yet: the day they are asked for is too late to learn that one is weak.
    let tokens = (!tokens.is_empty()).then(|| StaticTokens::new(tokens)).transpose();
    let tokens = tokens.unwrap_or_else(|errors| {
        sources.mistakes.extend(errors.iter().map(|error| Mistake::new("tokens", error)));
        None
    });
    if !sources.mistakes.is_empty() {
        return Err(sources.mistakes);
    }
    let listen = listen.unwrap_or(SocketAddr::from(([127, 0, 0, 1], 8000)));
    Ok(Settings { listen, auth: auth.unwrap_or(AuthMode::Off), tokens, proxies, warnings })
}

struct Sources<'a> {
    env: Env<'a>,
    mistakes: Vec<Mistake>,
}

impl Sources<'_> {
    /// The TOML file, where one is named; an empty one otherwise, and where it cannot be used.
    fn file(&mut self, args: &Args, read: Read<'_>) -> ConfigFile {
        let Some((place, path)) = self.path("--config", args.config.as_ref(), "FACE_CONFIG", None) else {
            return ConfigFile::default();
        };
        let name = path.display().to_string();
        let file = match read(&path) {
            Ok(text) => ConfigFile::parse(&name, &text),
            Err(fault) => {
                Err(Mistake::new(format!("{place} {name}"), format!("cannot be read: {}", fault.kind())))
            }
        };
        file.unwrap_or_else(|mistake| {
            self.mistakes.push(mistake);
            ConfigFile::default()
        })
    }

    /// The strongest of three texts, with the name of its place.
    fn text(
        &self,
        flag: &str,
        by_flag: Option<&String>,
        variable: &str,
        by_file: Option<&String>,
    ) -> Option<(String, String)> {
        let key = flag.trim_start_matches('-').replace('-', "_");
        let by_flag = by_flag.map(|text| (flag.to_owned(), text.clone()));
        let by_env = || (self.env)(variable).map(|text| (variable.to_owned(), text));
        by_flag.or_else(by_env).or_else(|| by_file.map(|text| (key, text.clone())))
    }

    fn parsed<T: FromStr>(
        &mut self,
        flag: &str,
        by_flag: Option<&String>,
        variable: &str,
        by_file: Option<&String>,
    ) -> Option<T>
    where
        T::Err: std::fmt::Display,
    {
        let (place, text) = self.text(flag, by_flag, variable, by_file)?;
        text.parse().map_err(|fault| self.mistakes.push(Mistake::new(place, fault))).ok()
    }

    fn path(
        &mut self,
        flag: &str,
        by_flag: Option<&PathBuf>,
        variable: &str,
        by_file: Option<&PathBuf>,
    ) -> Option<(String, PathBuf)> {
        let text = |path: &PathBuf| path.to_string_lossy().into_owned();
        let (by_flag, by_file) = (by_flag.map(text), by_file.map(text));
        let (place, text) = self.text(flag, by_flag.as_ref(), variable, by_file.as_ref())?;
        if text.trim().is_empty() {
            self.mistakes.push(Mistake::new(place, "names no file"));
            return None;
        }
        Some((place, text.into()))
    }

    fn proxies(&mut self, args: &Args, by_file: Option<&Vec<String>>) -> Option<TrustedProxies> {
        let by_env = || {
            let text = (self.env)("FACE_TRUSTED_PROXIES")?;
            Some(("FACE_TRUSTED_PROXIES", text.split(',').map(|one| one.trim().to_owned()).collect()))
        };
        let by_flag =
            (!args.trusted_proxy.is_empty()).then(|| ("--trusted-proxy", args.trusted_proxy.clone()));
        let found = by_flag.or_else(by_env).or_else(|| Some(("trusted_proxies", by_file?.clone())));
        let (place, networks): (_, Vec<String>) = found?;
        if networks.is_empty() {
            self.mistakes.push(Mistake::new(place, "the list is empty; leave it out to trust nobody"));
            return None;
        }
        TrustedProxies::parse(networks).map_err(|fault| self.mistakes.push(Mistake::new(place, fault))).ok()
    }

    fn tokens(&mut self, args: &Args, file: &ConfigFile) -> Vec<StaticToken> {
        let all = || ["compare", "read_stats", "read_migration"].map(Scope::from_static);
        let mut tokens = Vec::new();
        let named = file.token_file.as_ref();
        if let Some((_, path)) = self.path("--token-file", args.token_file.as_ref(), "FACE_TOKEN_FILE", named)
        {
            tokens.push(StaticToken::named("token-file").file(path).scopes(all()));
        }
        if (self.env)(TOKEN_VARIABLE).is_some() {
            tokens.push(StaticToken::named(TOKEN_VARIABLE).env(TOKEN_VARIABLE).scopes(all()));
        }
        for (at, token) in file.tokens.iter().enumerate() {
            match token.declared(&format!("tokens[{at}]")) {
                Ok(token) => tokens.push(token),
                Err(mistake) => self.mistakes.push(mistake),
            }
        }
        tokens
    }
}
