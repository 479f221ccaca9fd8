//! Numbers without their units, and words without their quotes, are told how to be written.

#![cfg(feature = "config")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use palisade::config::Sources;

const QUOTA: &str = "write a quota with its time, such as \"60/minute\" or \"5/second burst 10\"";
const TIME: &str =
    "write a time with its unit, such as \"250 ms\", \"30 s\", \"15 min\", \"1 h\" or \"90 d\"";
const SIZE: &str = "write a size such as \"10 MiB\"";
const NUMBER: &str = "write a whole number, 0 or more";

/// What is said of a setting, in the file and, where that can say it, in the environment.
fn check(path: &str, written: &str, expected: &str) {
    let sources = Sources::new().text("app.toml", format!("auth = \"disabled\"\n{path} = {written}"));
    let told = sources.load().map(drop).map_err(|mistakes| mistakes.to_string());
    let told = told.map_err(|text| text.lines().next().unwrap().to_owned());
    assert_eq!(told, Err(format!("app.toml:2: {path}: {expected}")), "{path} = {written}");
}

#[test]
fn what_a_number_is_of_has_to_be_said() {
    for path in ["limits.address", "limits.principal"] {
        check(path, "60", &format!("is a whole number; {QUOTA}"));
        check(path, "0.5", &format!("is a fraction, or a number too large; {QUOTA}"));
        check(path, "[\"60/minute\"]", &format!("is a list; {QUOTA}"));
    }
    check("limits.plans.default", "60", &format!("is a whole number; {QUOTA}"));
    for path in ["limits.timeout", "server.body_deadline", "server.write_time", "server.cors_max_age"] {
        check(path, "30", &format!("is a whole number; {TIME}"));
        check(path, "0.5", &format!("is a fraction, or a number too large; {TIME}"));
        check(path, "\"30\"", TIME);
    }
    for path in ["server.body_limit", "server.header_bytes"] {
        check(path, "1.5", &format!("is a fraction, or a number too large; {SIZE}"));
        check(path, "\"1.5 MiB\"", SIZE);
        check(path, "-1", &format!("is a whole number; {SIZE}"));
    }
    for path in ["limits.in_flight", "server.connections", "limits.capacity"] {
        check(path, "\"100\"", &format!("is text; {NUMBER}"));
        check(path, "\"100/second\"", &format!("is text; {NUMBER}"));
    }
}

#[test]
fn words_stand_in_quotes() {
    check("tls.minimum", "1.3", "is a fraction, or a number too large; write one of \"1.2\", \"1.3\"");
    check("limits.while_down", "true", "is `true` or `false`; write one of \"local\", \"closed\"");
    check(
        "errors.format",
        "[\"json\"]",
        "is a list; write one of \"negotiated\", \"json\", \"problem\", \"dual\"",
    );
}

#[test]
fn the_environment_is_told_the_same() {
    let told = |name: &str, value: &str| {
        let sources = Sources::new().variables([("PALISADE__AUTH", "disabled"), (name, value)]);
        sources.load().map(drop).unwrap_err().to_string()
    };
    let quota = told("PALISADE__LIMITS__PRINCIPAL", "60");
    assert!(quota.starts_with("PALISADE__LIMITS__PRINCIPAL: is no quota: "), "{quota}");
    assert!(quota.ends_with("write one such as `5/second burst 10`"), "{quota}");
    assert_eq!(told("PALISADE__LIMITS__TIMEOUT", "30"), format!("PALISADE__LIMITS__TIMEOUT: {TIME}"));
}

#[test]
fn memory_that_is_taken_at_the_start_is_for_quotas_in_memory() {
    let told = |toml: &str| {
        let toml = format!("auth = \"disabled\"\n[limits]\npreallocate = true\n{toml}");
        let loaded = Sources::new().text("app.toml", toml).load().map(drop);
        loaded.map_err(|mistakes| mistakes.to_string())
    };
    let none =
        "app.toml:3: limits.preallocate: is for `address`, `principal` or `plans`, of which none is set";
    assert_eq!(told(""), Err(none.to_owned()));
    assert_eq!(told("address = \"60/minute\""), Ok(()));
    #[cfg(feature = "redis")]
    {
        let far = "address = \"60/minute\"\nstore = \"redis://127.0.0.1\"";
        assert_eq!(told(far), Ok(()));
        let closed = "app.toml:3: limits.preallocate: is about counters in memory, and there are none";
        assert_eq!(told(&format!("{far}\nwhile_down = \"closed\"")), Err(closed.to_owned()));
    }
}

#[test]
fn a_number_for_each_address_that_binds_nobody_is_told() {
    let told = |toml: &str| {
        let toml = format!("auth = \"disabled\"\n[server]\n{toml}");
        let report = Sources::new().text("app.toml", toml).report();
        assert!(report.is_good(), "{report}");
        report.to_string().contains(
            "app.toml:3: server.connections_each: binds nobody: everybody is a trusted proxy (`dangerous_trust_everyone`)",
        )
    };
    assert!(told("connections_each = 5\ndangerous_trust_everyone = true"));
    assert!(!told("connections_each = 5\ntrusted_proxies = [\"10.0.0.0/8\"]"));
    assert!(!told("dangerous_trust_everyone = true"));
}

#[tokio::test]
async fn limits_that_took_their_memory_at_the_start_limit() {
    let toml = "auth = \"disabled\"\nlimits = { address = \"1/hour\", capacity = 1000, preallocate = true }";
    let stack = Sources::new().text("app.toml", toml).load().unwrap().build().await.unwrap().stack;
    let routes = palisade::Routes::new().route("/", palisade::routes::get(async || "ok").public());
    let app = stack.protect(routes).unwrap();
    let mut statuses = Vec::new();
    for _ in 0..2 {
        let request = http::Request::get("/").extension(palisade::Peer(([192, 0, 2, 1], 1).into()));
        let request = request.body(axum::body::Body::empty()).unwrap();
        statuses.push(tower::ServiceExt::oneshot(app.clone(), request).await.unwrap().status().as_u16());
    }
    assert_eq!(statuses, [200, 429]);
}
