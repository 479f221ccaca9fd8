//! The program refuses unsafe settings with exit code 2 and one line a mistake, and never prints a token.

#![allow(clippy::unwrap_used, reason = "a test may")]

use std::process::{Command, Output};

/// The program in an environment of its own.
fn deepaas(args: &[&str], env: &[(&str, &str)]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_deepaas"))
        .args(args)
        .env_clear()
        .envs(env.iter().copied())
        .output()
        .unwrap()
}

#[track_caller]
fn check(args: &[&str], env: &[(&str, &str)], lines: &[&str]) {
    let output = deepaas(args, env);
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(stderr.lines().collect::<Vec<_>>(), lines);
    assert_eq!(output.status.code(), Some(2), "{args:?} {env:?}");
    assert!(!stderr.contains("canary"));
}

#[test]
fn a049_a_blank_token_does_not_start() {
    let blank = "set but empty or blank; remove the setting to serve without a token";
    check(&["--auth-bearer-token", ""], &[], &[&format!("deepaas: --auth-bearer-token: {blank}")]);
    check(
        &[],
        &[("DEEPAAS_AUTH_BEARER_TOKEN", " ")],
        &[&format!("deepaas: DEEPAAS_AUTH_BEARER_TOKEN: {blank}")],
    );
}

#[test]
fn a051_a_padded_token_does_not_start_and_is_not_printed() {
    let padded = "white space or a newline around the token";
    check(
        &["--config-file", "/no/such.ini"],
        &[("DEEPAAS_AUTH_BEARER_TOKEN", "canary\n"), ("DEEPAAS_AUTH_BEARER_TOKEN_FILE", "")],
        &[
            &format!("deepaas: DEEPAAS_AUTH_BEARER_TOKEN: {padded}"),
            "deepaas: DEEPAAS_AUTH_BEARER_TOKEN_FILE: names no file",
            "deepaas: --config-file /no/such.ini: cannot be read: entity not found",
        ],
    );
}

#[cfg(unix)]
#[test]
fn a049_a_variable_that_is_not_utf8_is_not_an_unset_one() {
    use std::os::unix::ffi::OsStrExt as _;
    let value = std::ffi::OsStr::from_bytes(b"canary\xff");
    let output = Command::new(env!("CARGO_BIN_EXE_deepaas"))
        .env_clear()
        .env("DEEPAAS_AUTH_BEARER_TOKEN", value)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(!String::from_utf8(output.stderr).unwrap().contains("canary"));
}

#[test]
fn help_shows_the_names_of_variables_and_none_of_their_values() {
    let variables = ["DEEPAAS_AUTH_BEARER_TOKEN", "DEEPAAS_AUTH_BEARER_TOKEN_FILE", "DEEPAAS_CONFIG_FILE"];
    let output = deepaas(&["--help"], &variables.map(|name| (name, "canary")));
    let help = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert!(variables.iter().all(|name| help.contains(name)), "{help}");
    assert!(!help.contains("canary"), "{help}");
}
