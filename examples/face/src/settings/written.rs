//! Settings as they are written.

use super::args::Args;
use palisade::config::{Sources, TokenSettings};
use serde::{Deserialize, Serialize};
use std::{env, path::PathBuf};

/// What may be set; unknown names are mistakes, because a misspelt one would silently not count.
#[derive(Default, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Written {
    pub(super) listen: Option<String>,
    pub(super) auth: Option<String>,
    pub(super) token_file: Option<PathBuf>,
    pub(super) issuer: Option<String>,
    pub(super) audience: Option<String>,
    pub(super) claims: Option<String>,
    pub(super) issuer_networks: Option<Vec<String>>,
    pub(super) issuer_ca: Option<PathBuf>,
    pub(super) trusted_proxies: Option<Vec<String>>,
    pub(super) tokens: Vec<TokenSettings>,
}

const FILE_VARIABLE: &str = "FACE_CONFIG";

/// Flags over documented variables over the file.
pub(super) fn sources(args: &Args) -> Sources {
    let sources = Sources::new().environment().prefix("FACE");
    let sources = match (&args.config, env::var_os(FILE_VARIABLE)) {
        (Some(path), _) => sources.file_named_by("--config", path),
        (None, Some(path)) => sources.file_named_by(FILE_VARIABLE, path),
        (None, None) => sources,
    };
    let list = |items: &[String]| (!items.is_empty()).then(|| items.join(","));
    let path = |path: &Option<PathBuf>| path.as_ref().map(|path| path.to_string_lossy().into_owned());
    sources
        .variable("FACE_LISTEN", "listen")
        .variable("FACE_AUTH", "auth")
        .variable("FACE_TOKEN_FILE", "token_file")
        .variable("FACE_ISSUER", "issuer")
        .variable("FACE_AUDIENCE", "audience")
        .variable("FACE_CLAIMS", "claims")
        .variable("FACE_ISSUER_NETWORKS", "issuer_networks")
        .variable("FACE_ISSUER_CA", "issuer_ca")
        .variable("FACE_TRUSTED_PROXIES", "trusted_proxies")
        .flag("--listen", "listen", args.listen.as_deref())
        .flag("--auth", "auth", args.auth.as_deref())
        .flag("--token-file", "token_file", path(&args.token_file))
        .flag("--issuer", "issuer", args.issuer.as_deref())
        .flag("--audience", "audience", args.audience.as_deref())
        .flag("--claims", "claims", args.claims.as_deref())
        .flag("--issuer-network", "issuer_networks", list(&args.issuer_network))
        .flag("--issuer-ca", "issuer_ca", path(&args.issuer_ca))
        .flag("--trusted-proxy", "trusted_proxies", list(&args.trusted_proxy))
}
