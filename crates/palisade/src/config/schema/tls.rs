//! TLS that the program ends itself.

use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// TLS that the program ends itself; files are looked at every minute, so that a renewed certificate needs no restart.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct TlsSettings {
    /// A file with the chain of certificates in PEM, the server's own first.
    pub certificates: PathBuf,
    /// A file with its private key in PEM.
    pub key: PathBuf,
    /// The oldest version that is spoken.
    pub minimum: TlsVersionSetting,
}

/// A version of TLS.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[non_exhaustive]
pub enum TlsVersionSetting {
    /// TLS 1.2 (RFC 5246).
    #[default]
    #[serde(rename = "1.2")]
    V1_2,
    /// TLS 1.3 (RFC 8446).
    #[serde(rename = "1.3")]
    V1_3,
}
