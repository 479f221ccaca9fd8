//! The program refuses unsafe settings with exit code 2 and one line a mistake, and never prints a token.

#![allow(clippy::unwrap_used, reason = "a test may")]

mod running;

use running::{Face, TOKEN};
use std::{fs, process::Command};

#[track_caller]
fn check(args: &[&str], env: &[(&str, &str)], lines: &[&str]) {
    let output = Command::new(env!("CARGO_BIN_EXE_face"))
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

const NO_TOKEN: &str =
    "no token is declared; set FACE_TOKEN, --token-file, [[tokens]] or --issuer, or write off to stay open";

#[test]
fn a_mode_that_asks_for_tokens_needs_one() {
    check(&["--auth", "enforce"], &[], &[&format!("face: --auth: {NO_TOKEN}")]);
    check(&[], &[("FACE_AUTH", "observe")], &[&format!("face: FACE_AUTH: {NO_TOKEN}")]);
}

#[test]
fn tokens_that_nobody_asks_for_need_a_written_off() {
    let line = "face: auth: tokens are declared and nobody asks for them; write observe or enforce, or off to stay open";
    check(&[], &[("FACE_TOKEN", TOKEN)], &[line]);
    let face = Face::start(&["--auth", "off"], &[("FACE_TOKEN", TOKEN)]);
    assert!(
        face.log().contains("face: warning: --auth: off, although tokens are declared"),
        "{}",
        face.log()
    );
}

#[test]
fn a049_blank_and_weak_tokens_do_not_start() {
    let check = |token: &str, told: &str| {
        let line = format!("face: tokens: token `FACE_TOKEN`: {told}");
        check(&["--auth", "enforce"], &[("FACE_TOKEN", token)], &[&line]);
    };
    check("", "the token is empty");
    check(" ", "the token is blank");
    check("canary", "the token has fewer than 22 characters; draw one with `openssl rand -base64 32`");
}

#[test]
fn all_mistakes_are_told_at_once_each_in_a_line() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("face.toml");
    let text =
        "listen = \"nowhere\"\n[[tokens]]\nname = \"kiosk\"\nscopes = [\"compare\"]\nsha256 = \"canary\"\n";
    fs::write(&path, text).unwrap();
    let name = path.to_str().unwrap();
    check(
        &["--config", name, "--auth", "enforced", "--trusted-proxy", "0.0.0.0/0"],
        &[("FACE_TOKEN_FILE", "")],
        &[
            &format!("face: {name}:1: listen: invalid socket address syntax"),
            &format!("face: {name}:5: tokens[0].sha256: write 64 hexadecimal digits"),
            "face: --auth: not a mode; write off, observe, enforce or jwt",
            "face: --trusted-proxy: trusted proxy at index 0: it trusts every address; if that is meant, use \
             `TrustedProxies::dangerous_trust_everyone`",
            "face: FACE_TOKEN_FILE: names no file",
        ],
    );
}

#[test]
fn a_file_that_is_misspelt_or_missing_does_not_start() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("face.toml");
    let name = path.to_str().unwrap();
    check(&["--config", name], &[], &[&format!("face: --config {name}: cannot be read: it is not there")]);
    fs::write(&path, "listen = \"127.0.0.1:0\"\nauht = \"enforce\"\n").unwrap();
    let told = "auht: there is no such setting; did you mean `auth`?";
    check(&[], &[("FACE_CONFIG", name)], &[&format!("face: {name}:2: {told}")]);
}

#[test]
fn flags_win_over_the_environment_and_that_over_the_file() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("face.toml");
    fs::write(&path, "auth = \"enforce\"\n").unwrap();
    let name = path.to_str().unwrap();
    let mode = |args: &[&str], env: &[(&str, &str)]| {
        let args = [&["--config", name], args].concat();
        let env = [&[("FACE_TOKEN", TOKEN)], env].concat();
        let face = Face::start(&args, &env);
        face.send("GET /stats", &running::bearer(TOKEN), b"").json()["auth"].as_str().unwrap().to_owned()
    };
    assert_eq!(mode(&[], &[]), "enforce");
    assert_eq!(mode(&[], &[("FACE_AUTH", "observe")]), "observe");
    assert_eq!(mode(&["--auth", "off"], &[("FACE_AUTH", "observe")]), "off");
}

#[test]
fn an_identity_provider_is_named_with_everything_about_it_or_not_at_all() {
    let about = "is about an identity provider; name one with --issuer";
    check(
        &["--auth", "jwt"],
        &[],
        &["face: --auth: jwt takes tokens of an identity provider; name it with --issuer"],
    );
    check(
        &["--audience", "face", "--claims", "auth0"],
        &[],
        &[&format!("face: --audience: {about}"), &format!("face: --claims: {about}")],
    );
    let https = "https://id.example.com";
    check(
        &["--auth", "jwt", "--issuer", https],
        &[],
        &[
            "face: --issuer: tokens for any service would be taken; say with --audience what this one is called in their `aud`",
        ],
    );
    check(
        &["--auth", "jwt"],
        &[("FACE_ISSUER", https), ("FACE_AUDIENCE", "face"), ("FACE_CLAIMS", "keycloak")],
        &[
            "face: FACE_CLAIMS: not a layout; write standard, auth0, entra, okta, keycloak:CLIENT or cognito:CLIENT",
        ],
    );
    check(
        &["--issuer", https, "--audience", "face"],
        &[],
        &[
            "face: auth: tokens are declared and nobody asks for them; write observe or enforce, or off to stay open",
        ],
    );
    check(
        &["--auth", "jwt", "--issuer", "http://127.0.0.1:9", "--audience", "face"],
        &[],
        &["face: --issuer: issuer `http://127.0.0.1:9`: it is not https; a provider on this machine needs \
         dangerous_loopback_http()"],
    );
    check(
        &[
            "--auth",
            "jwt",
            "--issuer",
            "https://u:canary@id.example.com",
            "--audience",
            "x",
            "--issuer-network",
            "lan",
        ],
        &[],
        &[
            "face: --issuer: `lan` is no network such as 10.20.0.0/16",
            "face: --issuer: issuer `…@id.example.com`: it carries a user name or password; remove everything up to the @",
        ],
    );
}
