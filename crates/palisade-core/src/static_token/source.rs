//! Where tokens come from, and what is refused on the way.

use super::strength::{MIN_LEN, Weakness, weakness};
use crate::{
    challenge::InvalidChallenge,
    clock::UnixTime,
    principal::Principal,
    scope::{Scope, ScopeSet},
    secret::{CredentialDigest, Secret},
};
use std::{fmt, fs, io, io::Read as _, path::PathBuf};

/// The declaration of one token: a name, a place where its value is, scopes and expiry.
///
/// Without a source ([`value`](Self::value), [`env`](Self::env), [`file`](Self::file) or [`digest`](Self::digest)) it is
/// refused.
#[derive(Clone, Debug)]
pub struct StaticToken {
    name: Box<str>,
    source: Source,
    scopes: Vec<Scope>,
    expires: Option<UnixTime>,
    allow_weak: bool,
}

#[derive(Clone, Debug)]
enum Source {
    Nowhere,
    Value(Secret),
    Env(Box<str>),
    EnvOrFile(Box<str>),
    File(PathBuf),
    Digest(CredentialDigest),
}

/// No more tokens than this; every request is compared with all of them.
pub const MAX_STATIC_TOKENS: usize = 1_024;

/// A file of tokens is small.
const MAX_FILE: u64 = 64 * 1024;

impl StaticToken {
    /// A token whose principal is known by this name.
    #[must_use]
    pub fn named(name: impl Into<Box<str>>) -> Self {
        Self {
            name: name.into(),
            source: Source::Nowhere,
            scopes: Vec::new(),
            expires: None,
            allow_weak: false,
        }
    }

    /// The token itself.
    #[must_use]
    pub fn value(self, token: impl Into<Vec<u8>>) -> Self {
        self.from(Source::Value(Secret::new(token)))
    }

    /// The token is the value of this environment variable.
    #[must_use]
    pub fn env(self, variable: impl Into<Box<str>>) -> Self {
        self.from(Source::Env(variable.into()))
    }

    /// The token is the value of this environment variable, or stands in the file that `<variable>_FILE` names.
    #[must_use]
    pub fn env_or_file(self, variable: impl Into<Box<str>>) -> Self {
        self.from(Source::EnvOrFile(variable.into()))
    }

    /// The tokens are the lines of this file, at most 64 KiB; several lines are several valid values of one principal, so
    /// that a token can be rotated by adding a line and later removing the other. Read again when it changes.
    #[must_use]
    pub fn file(self, path: impl Into<PathBuf>) -> Self {
        self.from(Source::File(path.into()))
    }

    /// The token is known by its SHA-256 only; its strength cannot be checked here.
    #[must_use]
    pub fn digest(self, digest: CredentialDigest) -> Self {
        self.from(Source::Digest(digest))
    }

    /// What its bearer may do.
    #[must_use]
    pub fn scopes<S: Into<Scope>>(mut self, scopes: impl IntoIterator<Item = S>) -> Self {
        self.scopes = scopes.into_iter().map(Into::into).collect();
        self
    }

    /// From this moment on it is refused.
    #[must_use]
    pub const fn expires_at(mut self, at: UnixTime) -> Self {
        self.expires = Some(at);
        self
    }

    /// Accepts a token that can be guessed; for parity with what exists, never for something new. Empty and blank tokens stay
    /// refused.
    #[must_use]
    pub const fn dangerous_allow_weak_token(mut self) -> Self {
        self.allow_weak = true;
        self
    }

    fn from(mut self, source: Source) -> Self {
        self.source = source;
        self
    }

    /// Whether it stays what it is, however often it is read again.
    pub(super) const fn is_fixed(&self) -> bool {
        matches!(self.source, Source::Value(_) | Source::Digest(_))
    }

    /// The file to watch, where there is one.
    pub(super) fn path(&self) -> Option<PathBuf> {
        match &self.source {
            Source::File(path) => Some(path.clone()),
            Source::EnvOrFile(variable) => file_of(variable),
            Source::Nowhere | Source::Value(_) | Source::Env(_) | Source::Digest(_) => None,
        }
    }
}

fn file_of(variable: &str) -> Option<PathBuf> {
    std::env::var_os(format!("{variable}_FILE")).map(PathBuf::from)
}

/// A token in force.
pub(super) struct Loaded {
    pub(super) digest: CredentialDigest,
    pub(super) principal: Principal,
}

/// One mistake in the declaration of tokens; names the token, never shows a value.
#[derive(Debug, thiserror::Error)]
#[error("{place}: {fault}")]
pub struct TokenError {
    place: String,
    fault: Fault,
}

#[derive(Debug, thiserror::Error)]
enum Fault {
    #[error("no source was given; use value, env, file or digest")]
    Nowhere,
    #[error("the environment variable {0} is not set")]
    NotSet(String),
    #[error("neither {0} nor {0}_FILE is set")]
    NeitherSet(String),
    #[error("both {0} and {0}_FILE are set; keep one")]
    BothSet(String),
    #[error("the file cannot be read: {0}")]
    Unreadable(#[from] io::Error),
    #[error("it is no regular file")]
    NoFile,
    #[error("the file is larger than 64 KiB")]
    TooLarge,
    #[error("the token is empty")]
    Empty,
    #[error("the token is blank")]
    Blank,
    #[error("the token begins or ends with white space or a line end")]
    Surrounded,
    #[error("the token holds a character that cannot stand in `Authorization: Bearer`")]
    Charset,
    #[error("the token is longer than 4,096 bytes")]
    Long,
    #[error("the token has fewer than {MIN_LEN} characters; draw one with `openssl rand -base64 32`")]
    Short,
    #[error("the token is a well-known placeholder; draw one with `openssl rand -base64 32`")]
    Known,
    #[error("the token has fewer than eight different characters; draw one with `openssl rand -base64 32`")]
    Uniform,
    #[error("its value is that of another token too")]
    Twice,
    #[error("the name is empty, longer than 128 bytes, or stands twice")]
    Name,
    #[error("no token is declared; if the service is to be open, say so where it is assembled")]
    None,
    #[error("more than {MAX_STATIC_TOKENS} tokens")]
    Many,
    #[error("{0}")]
    Challenge(InvalidChallenge),
    #[error("the thread that watches token files cannot start: {0}")]
    Watch(io::Error),
}

/// Every mistake in the declaration of tokens.
pub struct TokenErrors(Vec<TokenError>);

impl TokenErrors {
    /// The mistakes one by one.
    pub fn iter(&self) -> impl Iterator<Item = &TokenError> {
        self.0.iter()
    }

    pub(super) fn of_challenge(fault: InvalidChallenge) -> Self {
        Self(vec![error("challenge", Fault::Challenge(fault))])
    }

    pub(super) fn of_watch(fault: io::Error) -> Self {
        Self(vec![error("tokens", Fault::Watch(fault))])
    }
}

impl fmt::Display for TokenErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, error) in self.0.iter().enumerate() {
            if at > 0 {
                f.write_str("; ")?;
            }
            write!(f, "{error}")?;
        }
        Ok(())
    }
}

/// As [`Display`](fmt::Display): it is what a `main` that returns the error prints.
impl fmt::Debug for TokenErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for TokenErrors {}

fn error(place: impl Into<String>, fault: Fault) -> TokenError {
    TokenError { place: place.into(), fault }
}

/// Reads every source; all mistakes, or all tokens.
pub(super) fn load(declared: &[StaticToken]) -> Result<Vec<Loaded>, TokenErrors> {
    let mut loaded: Vec<Loaded> = Vec::new();
    let mut errors = Vec::new();
    let mut names: Vec<&str> = Vec::new();
    if declared.is_empty() {
        errors.push(error("tokens", Fault::None));
    }
    for token in declared {
        let place = format!("token `{}`", token.name);
        if token.name.is_empty() || token.name.len() > 128 || names.contains(&&*token.name) {
            errors.push(error(place.as_str(), Fault::Name));
        }
        names.push(&token.name);
        match digests(token) {
            Err(fault) => errors.push(error(place, fault)),
            Ok(digests) => {
                for digest in digests {
                    if loaded.iter().any(|other| other.digest.matches(&digest)) {
                        errors.push(error(place.as_str(), Fault::Twice));
                    }
                    let principal = Principal::new("static", token.name.clone())
                        .with_scopes(token.scopes.iter().cloned().collect::<ScopeSet>());
                    let principal = token.expires.map_or(principal.clone(), |at| principal.with_expiry(at));
                    loaded.push(Loaded { digest, principal });
                }
            }
        }
    }
    if loaded.len() > MAX_STATIC_TOKENS {
        errors.push(error("tokens", Fault::Many));
    }
    if errors.is_empty() { Ok(loaded) } else { Err(TokenErrors(errors)) }
}

fn digests(token: &StaticToken) -> Result<Vec<CredentialDigest>, Fault> {
    let one = |value: &[u8]| checked(value, token).map(|digest| vec![digest]);
    match &token.source {
        Source::Nowhere => Err(Fault::Nowhere),
        Source::Digest(digest) => Ok(vec![*digest]),
        Source::Value(secret) => one(secret.expose()),
        Source::Env(variable) => match std::env::var_os(&**variable) {
            Some(value) => one(Secret::new(value.into_encoded_bytes()).expose()),
            None => Err(Fault::NotSet(variable.to_string())),
        },
        Source::EnvOrFile(variable) => match (std::env::var_os(&**variable), file_of(variable)) {
            (Some(_), Some(_)) => Err(Fault::BothSet(variable.to_string())),
            (Some(value), None) => one(Secret::new(value.into_encoded_bytes()).expose()),
            (None, Some(path)) => lines(&path, token),
            (None, None) => Err(Fault::NeitherSet(variable.to_string())),
        },
        Source::File(path) => lines(path, token),
    }
}

fn lines(path: &std::path::Path, declared: &StaticToken) -> Result<Vec<CredentialDigest>, Fault> {
    // Opening a pipe would wait for its writer.
    if !fs::metadata(path)?.is_file() {
        return Err(Fault::NoFile);
    }
    let mut content = Vec::new();
    fs::File::open(path)?.take(MAX_FILE + 1).read_to_end(&mut content)?;
    let content = Secret::new(content);
    if content.expose().len() as u64 > MAX_FILE {
        return Err(Fault::TooLarge);
    }
    // Editors end a file with a line end; that one is no part of the token.
    let text = content.expose().strip_suffix(b"\n").unwrap_or(content.expose());
    text.split(|byte| *byte == b'\n').map(|line| checked(line, declared)).collect()
}

fn checked(token: &[u8], declared: &StaticToken) -> Result<CredentialDigest, Fault> {
    if token.is_empty() {
        return Err(Fault::Empty);
    }
    if token.trim_ascii().is_empty() {
        return Err(Fault::Blank);
    }
    if token.trim_ascii().len() != token.len() {
        return Err(Fault::Surrounded);
    }
    if token.len() > 4_096 {
        return Err(Fault::Long);
    }
    let body = token.iter().rposition(|byte| *byte != b'=').map_or(&token[..0], |last| &token[..=last]);
    let text = std::str::from_utf8(token).map_err(|_| Fault::Charset)?;
    let fits = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._~+/".contains(byte);
    if body.is_empty() || !body.iter().all(fits) {
        return Err(Fault::Charset);
    }
    let fault = match weakness(text) {
        None => return Ok(CredentialDigest::of(token)),
        Some(Weakness::Short) => Fault::Short,
        Some(Weakness::Known) => Fault::Known,
        Some(Weakness::Uniform) => Fault::Uniform,
    };
    if !declared.allow_weak {
        return Err(fault);
    }
    tracing::warn!(target: "palisade::setup", name = &*declared.name, "a weak token was allowed: {fault}");
    Ok(CredentialDigest::of(token))
}
