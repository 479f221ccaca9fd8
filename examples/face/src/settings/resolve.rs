//! From sources to settings.

use super::{
    args::Args,
    auth_mode::AuthMode,
    issuer,
    mistake::Mistake,
    sources::{Env, Read, Sources},
};
use palisade::{StaticTokens, TrustedProxies, jwt::Jwt};
use std::net::SocketAddr;

/// What the sources came to.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The address to listen on.
    pub listen: SocketAddr,
    /// How far the move has gone.
    pub auth: AuthMode,
    /// The tokens that are declared, whether they are asked for or not.
    pub tokens: Option<StaticTokens>,
    /// What takes tokens of the identity provider that is declared, whether they are asked for or not.
    pub jwt: Option<Jwt>,
    /// The proxies whose word about the client's address is taken; nobody's unless set.
    pub proxies: Option<TrustedProxies>,
    /// What is allowed and unwise, a line each.
    pub warnings: Vec<String>,
}

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
    let provider = issuer::find(&mut sources, args, &file);
    let is_jwt = sources.text("--auth", args.auth.as_ref(), "FACE_AUTH", file.auth.as_ref());
    if is_jwt.is_some_and(|(_, mode)| mode == "jwt") && provider.is_none() {
        sources
            .mistakes
            .push(Mistake::new("auth", "jwt takes tokens of an identity provider; name it with --issuer"));
    }
    let mut warnings = Vec::new();
    match (auth, provider.is_some() || !tokens.is_empty()) {
        (None, true) => sources.mistakes.push(Mistake::new(
            "auth",
            "tokens are declared and nobody asks for them; write observe or enforce, or off to stay open",
        )),
        (Some(AuthMode::Off), true) => warnings.push("auth: off, although tokens are declared".to_owned()),
        (Some(AuthMode::Observe | AuthMode::Enforce), false) if sources.mistakes.is_empty() => {
            sources.mistakes.push(Mistake::new(
                "auth",
                "no token is declared; set FACE_TOKEN, --token-file, [[tokens]] or --issuer, or write off to stay open",
            ));
        }
        (None | Some(_), _) => {}
    }
    // Also where nobody asks for them yet: the day they are asked for is too late to learn that one is weak.
    let tokens = (!tokens.is_empty()).then(|| StaticTokens::new(tokens)).transpose();
    let tokens = tokens.unwrap_or_else(|errors| {
        sources.mistakes.extend(errors.iter().map(|error| Mistake::new("tokens", error)));
        None
    });
    // Only a provider about which everything is right is asked for its keys.
    let jwt = provider.filter(|_| sources.mistakes.is_empty()).and_then(|provider| sources.jwt(&provider));
    if !sources.mistakes.is_empty() {
        return Err(sources.mistakes);
    }
    let listen = listen.unwrap_or(SocketAddr::from(([127, 0, 0, 1], 8000)));
    Ok(Settings { listen, auth: auth.unwrap_or(AuthMode::Off), tokens, jwt, proxies, warnings })
}
