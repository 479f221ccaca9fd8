//! From sources to settings.

use super::{
    args::Args,
    auth_mode::AuthMode,
    judge::Judge,
    written::{Written, sources},
};
use palisade::{
    StaticTokens, TrustedProxies,
    config::{Mistake, Mistakes},
    jwt::Jwt,
};
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

/// Finds every setting in its strongest source.
///
/// # Errors
///
/// Every mistake there is. No message holds a token.
pub fn resolve(args: &Args) -> Result<Settings, Mistakes> {
    let judged = sources(args).judge(|written: Written, _, mistakes| settings(args, &written, mistakes));
    let (settings, effective) = judged?;
    let mut settings = settings.ok_or_else(Mistakes::new)?;
    let is_open = settings.tokens.is_some() || settings.jwt.is_some();
    if settings.auth == AuthMode::Off && is_open {
        let warning = Mistake::new("auth", "off, although tokens are declared");
        settings.warnings.push(effective.locate(warning).to_string());
    }
    Ok(settings)
}

/// What is written, as the program uses it; nothing where there is a mistake.
fn settings(args: &Args, written: &Written, mistakes: &mut Mistakes) -> Option<Settings> {
    let mut judge = Judge(mistakes);
    let listen = judge.parsed("listen", written.listen.as_ref());
    let auth = judge.parsed("auth", written.auth.as_ref());
    let proxies = judge.proxies(written.trusted_proxies.as_ref());
    let tokens = judge.tokens(written);
    let provider = judge.provider(written, args.dangerous_loopback_http);
    if written.auth.as_deref() == Some("jwt") && provider.is_none() {
        judge.wrong("auth", "jwt takes tokens of an identity provider; name it with --issuer");
    }
    match (auth, provider.is_some() || !tokens.is_empty()) {
        (None, true) if written.auth.is_none() => judge.wrong(
            "auth",
            "tokens are declared and nobody asks for them; write observe or enforce, or off to stay open",
        ),
        (Some(AuthMode::Observe | AuthMode::Enforce), false) if judge.0.is_empty() => judge.wrong(
            "auth",
            "no token is declared; set FACE_TOKEN, --token-file, [[tokens]] or --issuer, or write off to stay open",
        ),
        (None | Some(_), _) => {}
    }
    // Also where nobody asks for them yet: the day they are asked for is too late to learn that one is weak.
    let tokens = (!tokens.is_empty()).then(|| StaticTokens::new(tokens)).transpose();
    let tokens = tokens.unwrap_or_else(|errors| {
        errors.iter().for_each(|error| judge.wrong("tokens", error));
        None
    });
    // Only a provider about which everything is right is asked for its keys.
    let jwt = provider.filter(|_| judge.0.is_empty()).and_then(|provider| judge.jwt(&provider));
    if !judge.0.is_empty() {
        return None;
    }
    let listen = listen.unwrap_or(SocketAddr::from(([127, 0, 0, 1], 8000)));
    let auth = auth.unwrap_or(AuthMode::Off);
    Some(Settings { listen, auth, tokens, jwt, proxies, warnings: Vec::new() })
}
