//! Settings: what is refused with exit code 2 and a line each, and which source wins.

#![allow(clippy::unwrap_used, reason = "a test may")]

mod running;

use running::{Heartmap, sample};
use std::{fs, process::Command};

#[track_caller]
fn check(args: &[&str], env: &[(&str, &str)], lines: &[&str]) {
    let output = Command::new(env!("CARGO_BIN_EXE_heartmap"))
        .args(args)
        .env_clear()
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
        &["--listen", "nowhere", "--max-file-mib", "0", "--allow", "10.0.0.1/8", "--tenants", "a,B"],
        &[
            ("HEARTMAP_THREADS", "17"),
            ("HEARTMAP_DENY", "everybody"),
            ("HEARTMAP_QUIET", "yes"),
            ("HEARTMAP_AUDIT_KEY", "canary"),
            ("HEARTMAP_SECRET_KEY", "canary-your-secret-key"),
            ("HEARTMAP_ADMIN_PASSWORD", " "),
        ],
        &[
            "heartmap: HEARTMAP_ADMIN_PASSWORD: is empty or blank; leave it out, or set it",
            "heartmap: HEARTMAP_QUIET: is text; write `true` or `false`",
            "heartmap: --listen: invalid socket address syntax",
            "heartmap: --max-file-mib: not a number from 1 to 512",
            "heartmap: HEARTMAP_THREADS: not a number from 1 to 16",
            "heartmap: --tenants: not 1 to 16 different names of small letters and digits",
            "heartmap: HEARTMAP_SECRET_KEY: a secret for HS256 needs at least 32 bytes and has 22; make one with `openssl \
             rand -base64 32`",
            "heartmap: --allow: network at index 0: the address has bits set beyond its prefix; write the network's first \
             address, or one host without a slash",
            "heartmap: HEARTMAP_DENY: network at index 0: the address is neither dotted decimal IPv4 without leading zeros \
             nor IPv6 without a zone",
            "heartmap: HEARTMAP_AUDIT_KEY: has fewer than 16 bytes; draw one with `openssl rand -hex 16`",
        ],
    );
}

#[test]
fn a_weak_password_of_the_administrator_does_not_start() {
    for weak in ["swordfish", "password1234567"] {
        let ended = Command::new(env!("CARGO_BIN_EXE_heartmap"))
            .args(["--listen", "127.0.0.1:0"])
            .env_clear()
            .env("HEARTMAP_ADMIN_PASSWORD", weak)
            .output()
            .unwrap();
        let told = String::from_utf8(ended.stderr).unwrap();
        assert_eq!((ended.status.code(), told.lines().count()), (Some(2), 1), "{told}");
        assert!(
            told.starts_with("heartmap: HEARTMAP_ADMIN_PASSWORD: the password is") && !told.contains(weak),
            "{told}"
        );
    }
}

#[test]
fn a_file_of_settings_counts_where_nothing_stronger_is_set() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("heartmap.toml");
    let name = path.to_str().unwrap();
    fs::write(&path, "max_file_mib = 1\ntenants = [\"one\", \"two\"]\nallow = [\"127.0.0.0/8\"]\n").unwrap();
    let server = Heartmap::start(&["--config", name], &[]);
    let large = [sample("hearts.h5ad"), vec![0; 1 << 20]].concat();
    assert_eq!(server.analyze(server.key("ONE_ANALYST"), "a.h5ad", &large).status, 413);
    let server = Heartmap::start(&["--max-file-mib", "2"], &[("HEARTMAP_CONFIG", name)]);
    assert_eq!(server.analyze(server.key("TWO_ANALYST"), "a.h5ad", &large).status, 201);

    let missing = directory.path().join("missing.toml").display().to_string();
    let told = format!("heartmap: --config {missing}: cannot be read: it is not there");
    check(&["--config", &missing], &[], &[&told]);
    fs::write(&path, "threads = 2\nadmin_password = \"canary\"\n").unwrap();
    let why = "a secret does not stand among settings: name a file that holds it, by this name with `_file` after it, or set it in the environment";
    check(&["--config", name], &[], &[&format!("heartmap: {name}:2: admin_password: {why}")]);
    fs::write(&path, "thread = 2\nauth = \"disabled\"\n[limits]\nadress = \"1/second\"\n").unwrap();
    check(
        &["--config", name],
        &[],
        &[
            &format!("heartmap: {name}:1: thread: there is no such setting; did you mean `threads`?"),
            &format!(
                "heartmap: {name}:2: auth: callers are known by keys of this program and by its login; leave it out"
            ),
            &format!("heartmap: {name}:4: limits.adress: there is no such setting; did you mean `address`?"),
        ],
    );
    fs::write(&path, "[limits]\naddress = \"2/minute\"\n[server]\ntarget_bytes = \"256 B\"\n").unwrap();
    let server = Heartmap::start(&["--config", name], &[("HEARTMAP__SERVER__HEADER_LINES", "9")]);
    assert_eq!(server.get(&format!("/health?{}", "a".repeat(300)), "x").status, 414);
    assert_eq!(server.send("GET /health", &"X-Line: 1\r\n".repeat(10), b"").status, 431);
    let answers: Vec<_> = (0..3).map(|_| server.get("/health", server.key("ADMIN")).status).collect();
    assert_eq!(answers, [200, 200, 429]);
}

#[test]
fn an_audit_log_without_a_key_is_warned_about_and_one_of_another_key_does_not_open() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("audit.jsonl");
    let name = path.to_str().unwrap();
    let server = Heartmap::start(&["--audit-file", name], &[]);
    assert!(server.log().contains("warning: the audit log has no key"), "{}", server.log());
    server.stop();
    let other = Command::new(env!("CARGO_BIN_EXE_heartmap"))
        .args(["--audit-file", name, "--listen", "127.0.0.1:0"])
        .env_clear()
        .env("HEARTMAP_AUDIT_KEY", "canary-canary-canary-canary")
        .output()
        .unwrap();
    let told = String::from_utf8(other.stderr).unwrap();
    assert_eq!((other.status.code(), told.lines().count()), (Some(1), 1), "{told}");
    assert!(!told.contains("canary"), "{told}");
}
