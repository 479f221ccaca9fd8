//! What may be set.

mod auth;
mod database;
mod limits;
mod observe;
mod server;
mod tls;

pub use auth::{AuthKinds, AuthSettings, IssuerSettings, KeySettings, TokenSettings};
pub use database::DatabaseSettings;
pub use limits::{LimitSettings, WhileDown};
pub use observe::{
    AccessLogSettings, AuditOverflow, AuditSettings, ExplainSettings, LogFormat, SuspicionSettings,
};
pub use server::{ErrorFormat, ErrorSettings, ServerSettings};
pub use tls::{TlsSettings, TlsVersionSetting};

use serde::{Deserialize, Serialize};

/// What may be set of a [`Stack`](crate::Stack): the outermost names of a file of settings.
///
/// ```toml
/// [server]
/// cors_origins = ["https://app.example.com"]
/// trusted_proxies = ["10.0.0.0/8"]
///
/// [limits]
/// address = "5/second burst 10"
/// principal = "60/minute"
///
/// [[auth.tokens]]
/// name = "ci"
/// scopes = ["read_models"]
/// file = "/run/secrets/ci"
/// ```
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Config {
    /// How callers are known; there is no default.
    pub auth: Option<AuthSettings>,
    /// Decides everything and refuses nothing.
    pub report_only: bool,
    /// It runs as several processes: what is kept in the memory of one is refused.
    pub several_nodes: bool,
    /// The front: addresses, origins, headers, paths.
    pub server: ServerSettings,
    /// TLS that the program ends itself; a proxy does, or nobody, unless it is there.
    pub tls: Option<TlsSettings>,
    /// How much may be asked.
    pub limits: LimitSettings,
    /// How refusals read.
    pub errors: ErrorSettings,
    /// One line a request; none unless it is there.
    pub access_log: Option<AccessLogSettings>,
    /// Who did what, in a chain; none unless it is there.
    pub audit: Option<AuditSettings>,
    /// Those who try doors; nobody looks unless it is there.
    pub suspicions: Option<SuspicionSettings>,
    /// How requests were decided, for a while; nothing is kept unless it is there.
    pub explain: Option<ExplainSettings>,
    /// Counts requests, decisions and events for the recorder of the `metrics` facade.
    pub metrics: bool,
}
