//! The command line.

use clap::Parser;
use std::path::PathBuf;

/// A picture comparison API. Starts without any option.
///
/// Values are read as text and judged by [`resolve`](super::resolve()), so that a wrong one reads the same from every source.
#[derive(Debug, Clone, Default, Parser)]
#[command(name = "face", version, about = "A picture comparison API", long_about = None)]
pub struct Args {
    /// Address and port to listen on; port 0 takes any free one (FACE_LISTEN; default 127.0.0.1:8000).
    #[arg(long, value_name = "ADDRESS")]
    pub listen: Option<String>,

    /// off, observe or enforce; jwt is enforce, and needs an issuer (FACE_AUTH; default off).
    #[arg(long, value_name = "MODE")]
    pub auth: Option<String>,

    /// A file whose lines are tokens that may do everything (FACE_TOKEN_FILE; or the token itself in FACE_TOKEN).
    #[arg(long, value_name = "PATH")]
    pub token_file: Option<PathBuf>,

    /// The identity provider whose tokens are taken, as it stands in their `iss` (FACE_ISSUER).
    #[arg(long, value_name = "URL")]
    pub issuer: Option<String>,

    /// The name that this service has in `aud` of tokens (FACE_AUDIENCE).
    #[arg(long, value_name = "NAME")]
    pub audience: Option<String>,

    /// How the provider says what callers may do: standard, auth0, entra, okta, keycloak:CLIENT or cognito:CLIENT (FACE_CLAIMS; default
    /// standard).
    #[arg(long, value_name = "LAYOUT")]
    pub claims: Option<String>,

    /// A network in which the provider may be, if it has no public address; may be given several times (FACE_ISSUER_NETWORKS, with
    /// commas).
    #[arg(long, value_name = "NETWORK")]
    pub issuer_network: Vec<String>,

    /// A file with certificate authorities of one's own in PEM, for the provider (FACE_ISSUER_CA).
    #[arg(long, value_name = "PATH")]
    pub issuer_ca: Option<PathBuf>,

    /// Fetches keys without TLS from a provider on this machine. Whoever can listen there can make tokens: for development.
    #[arg(long)]
    pub dangerous_loopback_http: bool,

    /// A network whose X-Forwarded-For is believed; may be given several times (FACE_TRUSTED_PROXIES, with commas).
    #[arg(long, value_name = "NETWORK")]
    pub trusted_proxy: Vec<String>,

    /// A TOML file with the same settings and more tokens (FACE_CONFIG).
    #[arg(long, value_name = "TOML")]
    pub config: Option<PathBuf>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn the_command_is_well_formed() {
        Args::command().debug_assert();
    }
}
