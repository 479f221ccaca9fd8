//! Shared secrets from the environment.

use crate::support::{issuer, kid, start, verdict};
use data_encoding::BASE64;
use palisade_core::Secret;
use palisade_jwt::{Grant, KeySource as _, SecretFault, SigningKeys, SigningKeysError, Verifier};
use std::{env, fs, path::Path, process::Command};

const GOOD: &str = "u5vVlqUIBqbbJEMn2b3Ltw9YkQm7ZsP1";
const FIX: &str = "openssl rand -base64 32";

fn fault(secret: &str) -> Option<SecretFault> {
    match SigningKeys::from_secret("SECRET_KEY", &Secret::new(secret)) {
        Ok(_) => None,
        Err(SigningKeysError::Secret(error)) => {
            let text = format!("{error} {error:?}");
            assert!(text.contains("SECRET_KEY: ") && text.contains(FIX), "{text}");
            // The shortest are words of the message.
            assert!(secret.len() < 16 || !text.contains(secret), "{text}");
            Some(error.fault().clone())
        }
        Err(other) => panic!("{other}"),
    }
}

#[test]
fn a129_a178_secrets_that_are_none_do_not_start() {
    for blank in ["", " ", "\t\n  "] {
        assert_eq!(fault(blank), Some(SecretFault::Blank), "{blank:?}");
    }
    for surrounded in
        [format!(" {GOOD}"), format!("{GOOD}\n"), format!("{GOOD}\n{GOOD}x"), format!("{GOOD}\0x")]
    {
        assert_eq!(fault(&surrounded), Some(SecretFault::Surrounded), "{surrounded:?}");
    }
    for (weak, expected) in [
        ("secret", "guessable_secret"),
        ("changeme", "guessable_secret"),
        ("your-secret-key", "guessable_secret"),
        ("your_secret_key", "guessable_secret"),
        // From the tutorial that most have copied from.
        ("09d25e094faa6ca2556c818166b7a9563b93f7099f6f0f4caa6cf63b88e8d3e7", "guessable_secret"),
        ("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "guessable_secret"),
        (&GOOD[..31], "short_secret"),
    ] {
        let Some(SecretFault::Weak(found)) = fault(weak) else { panic!("{weak}") };
        assert_eq!(found.as_str(), expected, "{weak}");
    }
    assert_eq!(fault(&format!("{GOOD}{}", "9aZ_".repeat(300))), Some(SecretFault::TooMuch));
    assert_eq!(fault(GOOD), None);
    let mut random = [0; 32];
    getrandom::fill(&mut random).unwrap();
    assert_eq!(fault(&BASE64.encode(&random)), None);
}

const CHILD: &str = "PALISADE_TEST_ENVIRONMENT";

/// What the tests below start with an environment of their own.
#[test]
fn child_that_reads_the_environment() {
    if env::var_os(CHILD).is_none() {
        return;
    }
    match SigningKeys::from_env("SECRET_KEY") {
        Ok(keys) => println!("\n>{} keys", keys.current().unwrap().len()),
        Err(error) => println!("\n>{error}"),
    }
}

fn started(variables: &[(&str, &str)]) -> String {
    let output = Command::new(env::current_exe().unwrap())
        .args(["--exact", "secrets::child_that_reads_the_environment", "--nocapture"])
        .env_remove("SECRET_KEY")
        .env_remove("SECRET_KEY_FILE")
        .env(CHILD, "1")
        .envs(variables.iter().copied())
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().find_map(|line| line.strip_prefix('>')).unwrap_or_else(|| panic!("{text}")).to_owned()
}

fn private(path: &Path, text: &str) {
    fs::write(path, text).unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
    }
}

#[test]
fn a178_a_fresh_install_does_not_start_without_a_secret() {
    let expected = format!("SECRET_KEY: it is not set; make one with `{FIX}`");
    assert_eq!(started(&[]), expected);
    assert_eq!(started(&[("SECRET_KEY", "")]), format!("SECRET_KEY: it is blank; make one with `{FIX}`"));
    assert_eq!(started(&[("SECRET_KEY", GOOD)]), "1 keys");
}

#[test]
fn a_file_holds_a_secret_a_line() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("secrets");
    let file = path.to_str().unwrap();
    let other: String = GOOD.chars().rev().collect();
    for (text, expected) in [
        (GOOD.to_owned(), "1 keys"),
        (format!("{GOOD}\n"), "1 keys"),
        (format!("{GOOD}\n{other}\n"), "2 keys"),
        (format!("{GOOD}\n{GOOD}\n"), "same id"),
        (format!("{GOOD}\n\n{other}"), "line 2: it is blank"),
        (format!("{GOOD}\nchangeme\n"), "line 2: the secret can be guessed"),
        (String::new(), "line 1: it is blank"),
        (format!("{GOOD}\n").repeat(17), "more than 16"),
    ] {
        private(&path, &text);
        let found = started(&[("SECRET_KEY_FILE", file)]);
        assert!(found.contains(expected) && !found.contains(GOOD), "{text:?}: {found}");
    }
    assert!(started(&[("SECRET_KEY", GOOD), ("SECRET_KEY_FILE", file)]).contains("set one of them"));
    assert!(started(&[("SECRET_KEY_FILE", "/no/such/file")]).contains("cannot read /no/such/file"));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        private(&path, GOOD);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        assert!(started(&[("SECRET_KEY_FILE", file)]).contains("chmod 600"));
    }
}

#[test]
fn a_secret_is_replaced_without_refusing_a_token() {
    use palisade_jwt::{Algorithm, SigningKey};
    let key = |secret: &str| SigningKey::hmac(Algorithm::Hs256, &Secret::new(secret)).unwrap();
    let other: String = GOOD.chars().rev().collect();
    let now = crate::support::now(&start());
    let before = SigningKeys::fixed([key(GOOD)]).unwrap();
    let old = issuer(&before).mint(&Grant::to("ada"), now).unwrap();
    let during = issuer(&SigningKeys::fixed([key(&other), key(GOOD)]).unwrap());
    let new = during.mint(&Grant::to("ada"), now).unwrap();
    assert_ne!(kid(&old), kid(&new));
    assert_eq!([verdict(&during, &old, now), verdict(&during, &new, now)], [Ok(()), Ok(())]);
    let after = issuer(&SigningKeys::fixed([key(&other)]).unwrap());
    assert!(verdict(&after, &old, now).is_err());
    assert_eq!(verdict(&after, &new, now), Ok(()));
    assert!(Verifier::builder("x").audience("y").keys(before).is_ok());
}
