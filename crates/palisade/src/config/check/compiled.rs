//! What is written and not compiled in.

use super::findings::Findings;
use crate::config::{Config, schema::AuthSettings};

pub(super) fn check(config: &Config, findings: &mut Findings) {
    let kinds = match &config.auth {
        Some(AuthSettings::Kinds(kinds)) => Some(kinds),
        Some(AuthSettings::Disabled | AuthSettings::Application) | None => None,
    };
    let keys = kinds.and_then(|kinds| kinds.keys.as_ref());
    let in_database = keys.is_some_and(|keys| keys.store.expose() != "memory");
    let database = kinds.is_some_and(|kinds| kinds.database.is_some());
    let issuers = kinds.is_some_and(|kinds| !kinds.issuers.is_empty());
    let in_redis = config.limits.store.expose() != "memory";
    let audit = config.audit.as_ref().map_or("", |audit| audit.store.scheme());
    let audit_in_database = ["sqlite", "postgres", "postgresql"].contains(&audit);
    let needed = [
        ("auth.keys", keys.is_some(), cfg!(feature = "api-keys"), "api-keys"),
        ("auth.keys.store", in_database, cfg!(feature = "sql"), "sql"),
        ("auth.database", database, cfg!(feature = "sql"), "sql"),
        ("auth.issuers", issuers, cfg!(feature = "jwt-remote"), "jwt-remote"),
        ("limits.store", in_redis, cfg!(feature = "redis"), "redis"),
        ("access_log", config.access_log.is_some(), cfg!(feature = "observe"), "observe"),
        ("audit", config.audit.is_some(), cfg!(feature = "observe"), "observe"),
        ("audit.store", audit_in_database, cfg!(feature = "sql"), "sql"),
        ("explain", config.explain.is_some(), cfg!(feature = "observe"), "observe"),
        ("metrics", config.metrics, cfg!(feature = "metrics"), "metrics"),
        ("server.connections", config.server.connections.is_some(), cfg!(feature = "serve"), "serve"),
        ("tls", config.tls.is_some(), cfg!(feature = "tls"), "tls"),
        ("suspicions", config.suspicions.is_some(), cfg!(feature = "observe"), "observe"),
    ];
    for (path, _, _, feature) in needed.into_iter().filter(|(_, is_set, is_there, _)| *is_set && !is_there) {
        findings.wrong(
            path,
            format!("is not compiled in: build with the feature `{feature}` of palisade, or leave it out"),
        );
    }
}

#[cfg(test)]
mod tests {
    use crate::config::Sources;

    #[test]
    fn what_is_not_compiled_in_names_its_feature() {
        let check = |toml: &str, path: &str, feature: &str, is_there: bool| {
            let loaded = Sources::new().text("app.toml", format!("auth = \"disabled\"\n{toml}")).load();
            let line = format!(
                "app.toml:2: {path}: is not compiled in: build with the feature `{feature}` of palisade, or leave it out"
            );
            let told = loaded.err().map(|mistakes| mistakes.to_string());
            assert_eq!(told, (!is_there).then_some(line), "{toml}");
        };
        check("limits.store = \"redis://cache:6379\"", "limits.store", "redis", cfg!(feature = "redis"));
        check("access_log = {}", "access_log", "observe", cfg!(feature = "observe"));
        check("explain = {}", "explain", "observe", cfg!(feature = "observe"));
        check("metrics = true", "metrics", "metrics", cfg!(feature = "metrics"));
        check("tls = { certificates = \"a\", key = \"b\" }", "tls", "tls", cfg!(feature = "tls"));
        check("suspicions = {}", "suspicions", "observe", cfg!(feature = "observe"));
    }
}
