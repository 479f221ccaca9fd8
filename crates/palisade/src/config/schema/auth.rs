//! How callers are known.

use super::database::DatabaseSettings;
use crate::config::{Confidential, Span, StoreUrl};
use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{Error, MapAccess, Unexpected, Visitor, value::MapAccessDeserializer},
};
use std::{collections::BTreeMap, fmt, path::PathBuf, time::Duration};

/// How callers are known: a table `[auth]`, the word that the program knows them by itself, or the word that they are not known.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum AuthSettings {
    /// `auth = "disabled"`: nobody is, and every route is open.
    Disabled,
    /// `auth = "application"`: by kinds of credentials that the program adds, with [`Stack::map_auth`](crate::Stack::map_auth); it does
    /// not start where it adds none.
    Application,
    /// By one of these kinds.
    Kinds(Box<AuthKinds>),
}

impl<'de> Deserialize<'de> for AuthSettings {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(WordOrTable)
    }
}

struct WordOrTable;

impl<'de> Visitor<'de> for WordOrTable {
    type Value = AuthSettings;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a table `[auth]` with `tokens`, `keys` or `issuers`, \"application\" if the program adds a kind of credentials itself, or \"disabled\" if every route shall be open")
    }

    fn visit_str<E: Error>(self, word: &str) -> Result<AuthSettings, E> {
        match word {
            "disabled" => Ok(AuthSettings::Disabled),
            "application" => Ok(AuthSettings::Application),
            _ => Err(E::invalid_value(Unexpected::Str(""), &self)),
        }
    }

    fn visit_map<M: MapAccess<'de>>(self, table: M) -> Result<AuthSettings, M::Error> {
        AuthKinds::deserialize(MapAccessDeserializer::new(table)).map(Box::new).map(AuthSettings::Kinds)
    }
}

impl Serialize for AuthSettings {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Disabled => serializer.serialize_str("disabled"),
            Self::Application => serializer.serialize_str("application"),
            Self::Kinds(kinds) => kinds.serialize(serializer),
        }
    }
}

/// The kinds of credentials that are taken; at least one.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct AuthKinds {
    /// Tokens that are known by themselves.
    pub tokens: Vec<TokenSettings>,
    /// API keys.
    pub keys: Option<KeySettings>,
    /// Identity providers whose signed tokens are taken.
    pub issuers: Vec<IssuerSettings>,
    /// The program adds a kind of credentials, with [`Stack::map_auth`](crate::Stack::map_auth); it does not start where it adds none.
    pub application: bool,
    /// A database for users, refresh tokens and revocations, where `keys` name none.
    pub database: Option<DatabaseSettings>,
    /// What each role may do: names of roles, with scopes.
    pub roles: BTreeMap<String, Vec<String>>,
    /// Whether handlers see credentials; they do not unless this says so.
    pub keep_credentials: bool,
}

/// A token: its name, what it may do, and one place where its value is.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct TokenSettings {
    /// What its bearer is called.
    pub name: String,
    /// What its bearer may do.
    pub scopes: Vec<String>,
    /// A file whose lines are values; read again when it changes.
    pub file: Option<PathBuf>,
    /// An environment variable.
    pub env: Option<String>,
    /// The SHA-256 of the value, 64 hexadecimal digits.
    pub sha256: Option<String>,
    /// The value itself, from the environment.
    pub value: Option<Confidential>,
    /// Takes a token that can be guessed.
    pub dangerous_weak: bool,
}

/// API keys.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct KeySettings {
    /// What every key begins with: 1 to 16 letters and digits.
    pub prefix: String,
    /// What comes next in every key: 1 to 8 letters and digits.
    pub environment: String,
    /// Where keys are kept: `memory`, `sqlite:<path>`, or `postgres://…`.
    pub store: StoreUrl,
    /// Keys the checksum in keys, at least 16 bytes, so that guesses cost no look-up; public unless set.
    pub check_key: Option<Confidential>,
    /// Keys the digests that are kept, at least 32 bytes.
    pub pepper: Option<Confidential>,
    /// The header in which they are looked for beside `Authorization`; `x-api-key` unless set.
    pub header: Option<String>,
    /// How long what a database said of a key is believed, 0 to 60 s: so long a key that was revoked elsewhere may still be used, where
    /// nobody tells of it.
    pub cache: Span,
    /// How long it is believed that there is no such key, 0 to 60 s.
    pub cache_misses: Span,
    /// The most connections to a database, 1 to 100.
    pub connections: u32,
    /// How long an operation waits for a connection, 10 ms to 2 s.
    pub acquire_timeout: Span,
    /// How long the database may take for an operation, 10 ms to 2 s.
    pub query_timeout: Span,
    /// Starts also while a PostgreSQL server cannot be reached.
    pub start_without_server: bool,
    /// Speaks with a database on another machine without TLS.
    pub dangerous_plaintext: bool,
}

impl Default for KeySettings {
    fn default() -> Self {
        Self {
            prefix: String::new(),
            environment: "live".to_owned(),
            store: StoreUrl::new("memory"),
            check_key: None,
            pepper: None,
            header: None,
            cache: Span(Duration::from_secs(5)),
            cache_misses: Span(Duration::from_secs(10)),
            connections: 10,
            acquire_timeout: DatabaseSettings::ACQUIRE,
            query_timeout: DatabaseSettings::QUERY,
            start_without_server: false,
            dangerous_plaintext: false,
        }
    }
}

/// An identity provider whose signed tokens are taken.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct IssuerSettings {
    /// As it stands in `iss` of its tokens.
    pub issuer: String,
    /// The names that this service has in `aud`.
    pub audience: Vec<String>,
    /// How the provider says what callers may do: `standard`, `auth0`, `entra`, `okta`, `keycloak:CLIENT` or `cognito:CLIENT`.
    pub claims: String,
    /// Networks in which the provider may be, if it has no public address.
    pub networks: Vec<String>,
    /// A file with certificate authorities of one's own, in PEM.
    pub certificate_authority: Option<PathBuf>,
    /// Where its keys are, if discovery does not tell.
    pub jwks_uri: Option<String>,
    /// How long its keys are fresh where it does not say, 60 s to a day; 10 min unless set.
    pub keys_age: Option<Span>,
    /// How far apart fetches are that unknown keys cause, 5 s to an hour; 30 s unless set.
    pub keys_cooldown: Option<Span>,
    /// How long they are used after they should have been fetched again, at most a day; a day unless set.
    pub keys_stale: Option<Span>,
    /// The tenant of its callers.
    pub tenant: Option<String>,
    /// How much clocks may differ, at most 5 minutes.
    pub leeway: Option<Span>,
    /// How long a token may hold in all, at most 7 days.
    pub max_lifetime: Option<Span>,
    /// No token of it may do more than this, where anything is said.
    pub at_most: Vec<String>,
    /// Takes tokens that were made for other services too.
    pub dangerous_any_audience: bool,
    /// Takes tokens that are bound to a key or a certificate (`cnf`) as if anybody might use them: where something in front has checked who
    /// holds them.
    pub dangerous_unbound: bool,
    /// Fetches keys without TLS from a provider on this machine.
    pub dangerous_loopback_http: bool,
}

impl Default for IssuerSettings {
    fn default() -> Self {
        Self {
            issuer: String::new(),
            audience: Vec::new(),
            claims: "standard".to_owned(),
            networks: Vec::new(),
            certificate_authority: None,
            jwks_uri: None,
            keys_age: None,
            keys_cooldown: None,
            keys_stale: None,
            tenant: None,
            leeway: None,
            max_lifetime: None,
            at_most: Vec::new(),
            dangerous_any_audience: false,
            dangerous_unbound: false,
            dangerous_loopback_http: false,
        }
    }
}
