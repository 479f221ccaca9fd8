//! What is refused, and how it is told.

use crate::{check, mistakes};
use palisade::config::{Mistakes, Sources};

#[test]
fn authentication_is_a_written_word() {
    let missing = mistakes("").to_string();
    assert!(missing.starts_with("auth: is missing: declare `[[auth.tokens]]`"), "{missing}");
    let empty = mistakes("[auth]").to_string();
    assert!(empty.starts_with("app.toml:1: auth: declares no credential"), "{empty}");
    let other = mistakes("auth = \"off\"").to_string();
    assert_eq!(
        other,
        "app.toml:1: auth: write a table `[auth]` with `tokens`, `keys` or `issuers`, \"application\" if the program adds a kind of credentials itself, or \"disabled\" if every route shall be open"
    );
    let loaded = Sources::new().text("app.toml", "auth = \"disabled\"").load().unwrap();
    assert_eq!(loaded.warnings()[0].to_string(), "app.toml:1: auth: every route is open to everybody");
}

#[test]
fn all_mistakes_are_told_at_once_with_their_lines() {
    check(
        "repot_only = true\n\
         [server]\n\
         trusted_proxies = [\"10.0.0.0/8\", \"10.1.1.1/8\", \"10.0.0.0/8\"]\n\
         body_limit = \"10 parsecs\"\n\
         [limits]\n\
         adress = \"5/second\"\n\
         principal = \"5/fortnight\"\n\
         in_flight = 0\n\
         nodes = \"two\"\n\
         timeout = 50\n\
         [errors]\n\
         format = \"jsn\"",
        &[
            "app.toml:2: repot_only: there is no such setting; did you mean `report_only`?",
            "app.toml:4: server.trusted_proxies[1]: the address has bits set beyond its prefix; write the network's first address, or one host without a slash",
            "app.toml:4: server.trusted_proxies[2]: stands there twice",
            "app.toml:5: server.body_limit: write a size such as \"10 MiB\"",
            "app.toml:7: limits.adress: there is no such setting; did you mean `address`?",
            "app.toml:8: limits.principal: is no quota: unknown unit; expected second, minute, hour, day, week, month or year (byte 2) 5/fortnight ^; write one such as `5/second burst 10`",
            "app.toml:9: limits.in_flight: is out of bounds: write 1 to 1000000",
            "app.toml:10: limits.nodes: is text; write a whole number, 0 or more",
            "app.toml:11: limits.timeout: is a whole number; write a time with its unit, such as \"250 ms\", \"30 s\", \"15 min\", \"1 h\" or \"90 d\"",
            "app.toml:13: errors.format: write one of `negotiated`, `json`, `problem`, `dual`; did you mean `json`?",
        ],
    );
}

#[test]
fn text_that_is_no_toml_is_told_with_its_lines() {
    let found = mistakes("auth = \"disabled\"\nauth = \"disabled\"\nlimits = [").to_string();
    assert!(found.lines().any(|line| line.starts_with("app.toml:2: ")), "{found}");
    assert!(!found.contains("is missing"), "{found}");
}

#[test]
fn what_bounds_requests_is_bounded_itself() {
    check(
        "[server]\n\
         header_lines = 101\n\
         header_bytes = \"49 KiB\"\n\
         target_bytes = \"100 B\"\n\
         body_deadline = \"25 h\"\n\
         body_rate = 0\n\
         strict_transport_security = \"includeSubDomains\"\n\
         [limits]\n\
         principal = \"1/second\"\n\
         in_flight_retry = \"2 s\"\n\
         [limits.plans]\n\
         free = \"often\"\n\
         [explain]\n\
         size = \"1 KiB\"\n\
         sample_successes = 0\n\
         [audit]\n\
         queue = \"9 MiB\"\n\
         overflow = \"drop\"",
        &[
            "app.toml:3: server.header_lines: is out of bounds: write 8 to 100",
            "app.toml:4: server.header_bytes: is out of bounds: write 1 KiB to 48 KiB",
            "app.toml:5: server.target_bytes: is out of bounds: write 256 B to 32 KiB",
            "app.toml:6: server.body_deadline: is out of bounds: write 1 s to 1 d",
            "app.toml:7: server.body_rate: is out of bounds: write 1 B to 1 MiB",
            "app.toml:8: server.strict_transport_security: write `max-age=` with a number of seconds, such as `max-age=31536000; includeSubDomains`",
            "app.toml:11: limits.in_flight_retry: is about `in_flight`, which is not set",
            "app.toml:12: limits.plans: contradicts `principal`; write that as the plan `default`",
            "app.toml:12: limits.plans: has no `default`, for callers without a plan",
            "app.toml:13: limits.plans.free: is no quota of a plan: expected a number (byte 0) often ^; write one such as `60/minute`",
            "app.toml:15: explain.size: is out of bounds: write 64 KiB to 256 MiB",
            "app.toml:16: explain.sample_successes: is out of bounds: write 1 to 1000000",
            "app.toml:18: audit.queue: is out of bounds: write 64 KiB to 8 MiB",
            "app.toml:19: audit.overflow: write one of `count`, `wait`, `refuse`",
        ],
    );
    check(
        "server.dangerous_no_security_headers = true\nserver.always_https = true",
        &[
            "app.toml:3: server.always_https: contradicts `dangerous_no_security_headers`; keep one of the two",
        ],
    );
}

#[test]
fn a_certificate_is_named_and_not_written_down() {
    let pem = "-----BEGIN PRIVATE KEY-----\\ncanary\\n-----END PRIVATE KEY-----";
    let found =
        mistakes(&format!("auth = \"disabled\"\n[tls]\nkey = \"{pem}\"\nminimum = \"1.1\"")).to_string();
    let lines: Vec<_> = found.lines().filter(|line| !line.contains("not compiled in")).collect();
    assert_eq!(
        lines,
        [
            "app.toml:2: tls.certificates: name a file with the chain of certificates in PEM",
            "app.toml:3: tls.key: is the private key itself; name a file with it",
            "app.toml:4: tls.minimum: write one of `1.2`, `1.3`; did you mean `1.2`?",
        ]
    );
}

#[test]
fn what_users_are_kept_in_is_a_database_of_its_own() {
    let check = |toml: &str, expected: &str| {
        let found = Sources::new().text("app.toml", toml).load().map(drop);
        let found = found.map_or_else(|mistakes| mistakes.to_string(), |()| String::new());
        let lines: Vec<_> = found.lines().filter(|line| !line.contains("not compiled in")).collect();
        assert_eq!(lines.join("\n"), expected, "{toml}");
    };
    check("auth = { application = true, database.store = \"sqlite:./users.db\" }", "");
    check(
        "auth = { application = true, database.store = \"memory\" }",
        "app.toml:1: auth.database.store: write `sqlite:<path>` or `postgres://user@host/database`",
    );
    check(
        "auth = { application = true, database = {} }",
        "app.toml:1: auth.database.store: is missing: write `sqlite:<path>` or `postgres://user@host/database`",
    );
    check(
        "[auth]\nkeys = { prefix = \"acme\", store = \"sqlite:./a.db\" }\ndatabase.store = \"sqlite:./a.db\"",
        "app.toml:3: auth.database.store: is that of `auth.keys` already; leave `auth.database` out",
    );
}

#[test]
fn what_is_loosened_must_be_written_and_is_told() {
    let dangers = "auth = \"disabled\"\n[server]\ndangerous_any_path = true\ndangerous_no_security_headers = true\n\
                   dangerous_trust_everyone = true\n[limits]\naddress = \"5/second\"";
    let loaded = Sources::new().text("app.toml", dangers).load().unwrap();
    let told: Vec<_> = loaded.warnings().iter().map(|warning| warning.path()).collect();
    assert_eq!(
        told,
        [
            "auth",
            "server.dangerous_any_path",
            "server.dangerous_no_security_headers",
            "server.dangerous_trust_everyone"
        ]
    );
}

#[test]
fn no_mistake_repeats_a_value() {
    const CANARY: &str = "canary-3f9a1c77";
    for toml in [
        "auth = \"CANARY\"",
        "auth.tokens = [{ name = \"a\", value = \"CANARY\" }]",
        "auth.tokens = [{ name = \"a\", sha256 = \"CANARY\" }]",
        "auth.tokens = \"CANARY\"",
        "limits.store = \"redis://u:CANARY@h:x/CANARY\"\nlimits.nodes = \"CANARY\"",
        "limits.secret = \"CANARY\"",
        "auth.keys = { prefix = \"CANARY CANARY CANARY\", pepper = \"CANARY\", store = \"mysql://u:CANARY@h\" }",
        "audit.key = \"CANARY\"\naudit.store = \"CANARY\"",
        "errors.format = \"CANARY\"",
        "report_only = \"CANARY\"",
    ] {
        let toml = toml.replace("CANARY", CANARY);
        let found = mistakes(&toml);
        assert!(!found.to_string().contains(CANARY) && !format!("{found:?}").contains(CANARY), "{found}");
    }
    let sources =
        Sources::new().variables([("PALISADE__LIMITS__SECRET", "canary"), ("PALISADE__AUTH", CANARY)]);
    assert!(!format!("{sources:?}").contains("canary"));
    assert!(!sources.load().unwrap_err().to_string().contains("canary"));
}

#[test]
fn a323_too_much_is_a_mistake_and_no_panic() {
    let check = |what: &str, toml: String| {
        let found = Sources::new().text("app.toml", toml).load().map(drop).unwrap_err();
        assert!(found.iter().count() <= Mistakes::MOST, "{what}");
        assert!(!found.is_empty(), "{what}");
    };
    let list = |many: usize, item: &dyn Fn(usize) -> String| (0..many).map(item).collect::<String>();
    let scope = |at: usize| format!("\"s{at}\",");
    let network = |at: usize| format!("\"10.{}.{}.{}\",", at >> 16, at >> 8 & 255, at & 255);
    // What is too long to be read, what has too much in it, and what is more than a list may have.
    let permissions =
        |many| format!("auth.tokens = [{{ name = \"a\", env = \"A\", scopes = [{}] }}]", list(many, &scope));
    check("permissions", permissions(1_000_000));
    check("permissions", permissions(260_000));
    check("permissions", permissions(300));
    let networks =
        |name: &str, many| format!("auth = \"disabled\"\nserver.{name} = [{}]", list(many, &network));
    check("networks", networks("deny", 1_000_000));
    check("networks", networks("deny", 110_000));
    check("proxies", networks("trusted_proxies", 2_000));
    check("tokens", "[[auth.tokens]]\n".repeat(3_000));
    check("names", list(3_000, &|at| format!("k{at} = 1\n")));
    check("roles", format!("[auth.roles]\n{}", list(3_000, &|at| format!("r{at} = []\n"))));
    check("depth", format!("auth = {}1{}", "[".repeat(100_000), "]".repeat(100_000)));
}

#[test]
fn a323_a_file_of_four_mebibytes_is_the_largest() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("app.toml");
    std::fs::write(&path, "#".repeat(4 * 1024 * 1024 + 1)).unwrap();
    let found = Sources::new().file_named_by("--config", &path).load().unwrap_err().to_string();
    assert_eq!(found, format!("--config {}: is larger than 4 MiB", path.display()));
}
