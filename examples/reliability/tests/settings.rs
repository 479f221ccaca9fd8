//! Settings: what is refused with exit code 2 and a line each, what is warned about, and which source wins.

#![allow(clippy::unwrap_used, reason = "a test may")]

mod running;

use running::{Reliability, SECRET_KEY, until};
use std::{fs, process::Command};

#[track_caller]
fn check(args: &[&str], env: &[(&str, &str)], lines: &[&str]) {
    let output = Command::new(env!("CARGO_BIN_EXE_reliability"))
        .args(args)
        .env_clear()
        .env("SECRET_KEY", SECRET_KEY)
        .envs(env.iter().copied())
        .output()
        .unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(stderr.lines().collect::<Vec<_>>(), lines);
    assert_eq!(output.status.code(), Some(2), "{args:?} {env:?}");
    assert!(!stderr.contains("canary"));
}

#[test]
fn all_mistakes_are_told_at_once_each_in_a_line() {
    check(
        &["--listen", "nowhere", "--upstream", "https://u:canary@a", "--breaker-open-ms", "99"],
        &[
            ("LOG_LEVEL", "verbose"),
            ("REDIS_URL", "http://:canary@h"),
            ("REDIS_TIMEOUT_MS", "251"),
            ("RELIABILITY_NODES", "0"),
            ("SECRET_KEY", "canary-your-secret-key"),
            ("ACCESS_TOKEN_EXPIRE_MINUTES", "0"),
            ("USERS_FILE", "/nowhere/at/all"),
        ],
        &[
            "reliability: --listen: invalid socket address syntax",
            "reliability: LOG_LEVEL: not a level; write debug, info, warning or error",
            "reliability: SECRET_KEY: a secret for HS256 needs at least 32 bytes and has 22; make one with `openssl rand -base64 32`",
            "reliability: ACCESS_TOKEN_EXPIRE_MINUTES: not a number from 1 to 1440",
            "reliability: USERS_FILE: cannot be read: entity not found",
            "reliability: RELIABILITY_NODES: not a number from 1 to 1000",
            "reliability: REDIS_TIMEOUT_MS: not a number from 1 to 250",
            "reliability: REDIS_URL: the URL is not of the form redis://[user][:password@]host[:port][/database], or rediss:// with TLS; \
             a cluster's begins with redis+cluster:// or rediss+cluster://",
            "reliability: --upstream: not of the form http://host[:port]",
            "reliability: --breaker-open-ms: not a number from 100 to 300000",
        ],
    );
}

const GUESS: &str = "the secret can be guessed: it is a known example or repeats itself; take random bytes";

#[test]
fn a178_without_a_good_secret_it_does_not_start() {
    let made = "make one with `openssl rand -base64 32`";
    for (secret, what) in [
        ("", "it is blank"),
        (" ", "it is blank"),
        ("09d25e094faa6ca2556c818166b7a9563b93f7099f6f0f4caa6cf63b88e8d3e7", GUESS),
        ("your-secret-key-change-in-production", GUESS),
        ("changeme", GUESS),
        ("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", GUESS),
        ("0123456789abcde-canary", "a secret for HS256 needs at least 32 bytes and has 22"),
        ("s7Vq0pXk2LmZ9cRt4NwB8yHdJ6fGaE1u\n", "it has white space around it, or a control character in it"),
    ] {
        check(&[], &[("SECRET_KEY", secret)], &[&format!("reliability: SECRET_KEY: {what}; {made}")]);
    }
    let output = Command::new(env!("CARGO_BIN_EXE_reliability")).env_clear().output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(
        String::from_utf8(output.stderr).unwrap(),
        format!("reliability: SECRET_KEY: it is not set; {made}\n")
    );
}

#[test]
fn a_file_that_is_misspelt_or_missing_does_not_start() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("reliability.toml");
    let name = path.to_str().unwrap();
    check(
        &["--trusted-proxies", "proxy"],
        &[],
        &[
            "reliability: --trusted-proxies: trusted proxy at index 0: the address is neither dotted decimal IPv4 without leading zeros nor IPv6 \
           without a zone",
        ],
    );
    check(
        &["--config", name],
        &[],
        &[&format!("reliability: --config {name}: cannot be read: it is not there")],
    );
    fs::write(&path, "nodes = 2\nredis_url = 7\n").unwrap();
    check(
        &[],
        &[("RELIABILITY_CONFIG", name)],
        &[&format!("reliability: {name}:2: redis_url: is a whole number; write a URL, as text")],
    );
}

#[test]
fn the_log_level_is_honoured_wherever_it_is_set_and_debug_is_warned_about() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("reliability.toml");
    fs::write(&path, "log_level = \"debug\"\nupstream = \"http://127.0.0.1:1\"\n").unwrap();
    let name = path.to_str().unwrap();
    let warning =
        |place: &str| format!("reliability: warning: {place}: too much is logged for production; write info");
    let call = |server: &Reliability| assert_eq!(server.get("/convert?from=EUR&to=USD&amount=1").status, 502);

    let server = Reliability::start(&["--config", name], &[]);
    assert!(server.log().contains(&warning(&format!("{name}:1: log_level"))), "{}", server.log());
    call(&server);
    until("a line for developers", || server.log().contains("DEBUG reliability::exchange"));

    let server = Reliability::start(&["--config", name], &[("LOG_LEVEL", "info")]);
    call(&server);
    assert!(!server.log().contains("DEBUG") && !server.log().contains("too much is logged"));

    let server = Reliability::start(&["--config", name, "--log-level", "ERROR"], &[("LOG_LEVEL", "info")]);
    call(&server);
    assert_eq!(server.log(), "");

    let server = Reliability::start(&["--config", name], &[("LOG_LEVEL", "DEBUG")]);
    assert!(server.log().contains(&warning("LOG_LEVEL")), "{}", server.log());
}

#[test]
fn a_password_on_the_command_line_is_warned_about_and_not_printed() {
    let server = Reliability::start(&["--redis-url", "redis://:canary@127.0.0.1:1"], &[]);
    assert!(server.log().contains("warning: --redis-url: its password is visible"), "{}", server.log());
    // Nobody is there: limits hold nevertheless.
    let answers = server.flood("/health", 7);
    assert_eq!(answers.iter().filter(|answer| answer.status == 200).count(), 5);
    assert!(answers.iter().all(|answer| [200, 429].contains(&answer.status)));
    assert!(!server.log().contains("canary") && !server.greeting().contains("canary"));
}
