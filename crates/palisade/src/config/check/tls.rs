//! TLS that the program ends itself.

use super::findings::Findings;
use crate::config::Config;
use std::path::Path;

pub(super) fn check(config: &Config, findings: &mut Findings) {
    let server = &config.server;
    let has_proxy = !server.trusted_proxies.is_empty() || server.dangerous_trust_everyone;
    if server.require_https && config.tls.is_none() && !has_proxy {
        findings.unwise(
            "server.require_https",
            "everything is refused unless the program ends TLS itself; set `[tls]`, or name the proxy that does in `trusted_proxies`",
        );
    }
    let Some(tls) = &config.tls else { return };
    for (path, file, what) in [
        ("tls.certificates", &tls.certificates, "the chain of certificates"),
        ("tls.key", &tls.key, "the private key"),
    ] {
        named(path, file, what, findings);
    }
}

/// A PEM that stands there instead of a file's name would be told as one that is not there.
fn named(path: &str, file: &Path, what: &str, findings: &mut Findings) {
    let name = file.to_string_lossy();
    if name.trim().is_empty() {
        findings.wrong(path, format!("name a file with {what} in PEM"));
    } else if name.contains("-----BEGIN") || name.contains('\n') {
        findings.wrong(path, format!("is {what} itself; name a file with it"));
    }
}
