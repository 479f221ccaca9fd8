//! Secrets among settings.

use super::findings::Findings;

/// A password that stands in a URL may stand in a file that many read.
pub(super) fn password(findings: &mut Findings, path: &str) {
    let name = path.rsplit('.').next().unwrap_or(path);
    findings.unwise(
        path,
        format!(
            "holds a password; put the URL into a file that `{name}_file` names, or into the environment"
        ),
    );
}

pub(super) fn secret(
    findings: &mut Findings,
    path: &str,
    secret: Option<&crate::config::Confidential>,
    least: usize,
) {
    let Some(secret) = secret else { return };
    if secret.secret().expose().len() < least {
        findings
            .wrong(path, format!("has fewer than {least} bytes; draw one with `openssl rand -hex {least}`"));
    } else if palisade_core::is_known_secret(secret.expose()) {
        findings
            .wrong(path, format!("is a well-known placeholder; draw one with `openssl rand -hex {least}`"));
    }
}
