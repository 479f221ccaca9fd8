//! Settings as they are written.

use super::args::Args;
use palisade::config::{Confidential, Sources};
use serde::{Deserialize, Serialize};
use std::env;

/// What may be set beside the stack; unknown names are mistakes, because a misspelt one would silently not count.
#[derive(Default, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Written {
    pub(super) listen: Option<String>,
    pub(super) max_file_mib: Option<u64>,
    pub(super) threads: Option<u64>,
    pub(super) allow: Option<Vec<String>>,
    pub(super) deny: Option<Vec<String>>,
    pub(super) tenants: Option<Vec<String>>,
    pub(super) audit_file: Option<String>,
    pub(super) quiet: Option<bool>,
    pub(super) secret_key: Option<Confidential>,
    pub(super) admin_password: Option<Confidential>,
}

const FILE_VARIABLE: &str = "HEARTMAP_CONFIG";

/// Flags over documented variables over the file.
pub(super) fn sources(args: &Args) -> Sources {
    let mut sources = Sources::new().environment().prefix("HEARTMAP");
    match (&args.config, env::var_os(FILE_VARIABLE)) {
        (Some(path), _) => sources = sources.file_named_by("--config", path),
        (None, Some(path)) => sources = sources.file_named_by(FILE_VARIABLE, path),
        (None, None) => {}
    }
    let quiet = args.quiet.then(|| "true".to_owned());
    for (setting, given) in [
        ("listen", &args.listen),
        ("max_file_mib", &args.max_file_mib),
        ("threads", &args.threads),
        ("allow", &args.allow),
        ("deny", &args.deny),
        ("tenants", &args.tenants),
        ("audit_file", &args.audit_file),
        ("quiet", &quiet),
    ] {
        let flag = format!("--{}", setting.replace('_', "-"));
        let variable = format!("HEARTMAP_{}", setting.to_uppercase());
        sources = sources.variable(variable, setting).flag(flag, setting, given.clone());
    }
    sources
        .variable("HEARTMAP_AUDIT_KEY", "audit.key")
        .variable("HEARTMAP_SECRET_KEY", "secret_key")
        .variable("HEARTMAP_ADMIN_PASSWORD", "admin_password")
}
