//! What is wrong, or unwise, in settings that could be read.

mod auth;
mod compiled;
mod database;
mod findings;
mod limits;
mod networks;
mod observe;
mod secret;
mod server;
mod tls;

use super::schema::Config;
use findings::Findings;

/// Everything that is wrong or unwise; asks nobody, opens nothing.
pub(super) fn check(config: &Config) -> Findings {
    let mut findings = Findings::default();
    auth::check(config, &mut findings);
    server::check(&config.server, &mut findings);
    tls::check(config, &mut findings);
    limits::check(config, &mut findings);
    observe::check(config, &mut findings);
    compiled::check(config, &mut findings);
    if config.report_only {
        findings.unwise("report_only", "everything is decided and nothing refused");
    }
    findings
}
