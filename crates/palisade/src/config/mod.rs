//! A stack from a TOML file, the environment and files with secrets.
//!
//! [`Sources`] says where settings are looked for, [`Sources::load`] reads and checks them and tells **all** mistakes at once, each with
//! its place and what to write instead, and [`Loaded::build`] makes an [`Assembly`]: a [`Stack`](crate::Stack) and what it is made of.
//!
//! ```
//! use palisade::config::Sources;
//! use palisade::routes::{Routes, get};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let toml = r#"
//!     [server]
//!     cors_origins = ["https://app.example.com"]
//!
//!     [limits]
//!     address = "5/second burst 10"
//!
//!     [[auth.tokens]]
//!     name = "ci"
//!     scopes = ["read_models"]
//!     sha256 = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
//! "#;
//! let loaded = Sources::new().text("palisade.toml", toml).environment().load()?;
//! println!("{}", loaded.effective());
//! let routes = Routes::new().route("/health", get(async || "ok").public());
//! let app = loaded.build().await?.stack.protect(routes)?;
//! # let _ = app;
//!
//! let mistakes = Sources::new().text("palisade.toml", "[limit]\naddress = 5").load().unwrap_err();
//! assert_eq!(mistakes.to_string(), "palisade.toml:1: limit: there is no such setting; did you mean `limits`?\n\
//!     auth: is missing: declare `[[auth.tokens]]`, `[auth.keys]` or `[[auth.issuers]]`, write `auth = \"application\"` if the program adds a kind of credentials itself, or `auth = \"disabled\"` if every route shall be open");
//! # Ok(()) }
//! ```
mod amount;
#[cfg(feature = "serve")]
mod bounds;
mod build;
mod check;
mod confidential;
mod document;
mod effective;
mod fault;
mod given;
mod loaded;
mod mistake;
mod node;
mod origin;
mod origins;
mod overlay;
mod path;
mod quota_text;
mod reader;
mod reload;
mod schema;
mod secret_file;
#[cfg(feature = "serve")]
mod serving;
mod sources;
mod token;
mod toml_text;
mod url;

pub use amount::{NoAmount, Size, Span};
pub use build::Assembly;
pub use confidential::Confidential;
pub use effective::Effective;
pub(crate) use given::{Given, unasked};
pub use loaded::{Loaded, Report};
pub use mistake::{Mistake, Mistakes};
pub use origin::Origin;
pub use reload::Reload;
pub use schema::{
    AccessLogSettings, AuditOverflow, AuditSettings, AuthKinds, AuthSettings, Config, DatabaseSettings,
    ErrorFormat, ErrorSettings, ExplainSettings, IssuerSettings, KeySettings, LimitSettings, LogFormat,
    ServerSettings, SuspicionSettings, TlsSettings, TlsVersionSetting, TokenSettings, WhileDown,
};
pub use sources::Sources;
pub use url::StoreUrl;
