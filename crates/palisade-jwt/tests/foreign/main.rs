//! Tokens that other libraries mint, in every algorithm.

#![allow(clippy::unwrap_used, clippy::panic, reason = "these are tests")]

use data_encoding::BASE64URL_NOPAD;
use palisade_core::{Secret, UnixTime};
use palisade_jwt::{Algorithm, FixedKeys, JwksPolicy, KeySet, Rejection, Verifier, VerifyingKey};
use palisade_testing::programs::{Python, not_run};
use serde::Deserialize;
use serde_json::{Value, json};
use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

const ISSUER: &str = "https://issuer.example";
const NOW: u64 = 1_800_000_000;
const PYJWT: Python<'_> = Python::with("import jwt, cryptography", "PyJWT[crypto]==2.15.1", "python3-jwt");
const JOSE: &str = "jose@6.2.17";

/// A token, and what verifies it.
#[derive(Deserialize)]
struct Minted {
    alg: String,
    token: String,
    secret: Option<String>,
    pem: Option<String>,
    jwk: Option<Value>,
}

impl Minted {
    fn keys(&self) -> KeySet {
        let algorithm = Algorithm::from_name(&self.alg).unwrap();
        if let Some(jwk) = &self.jwk {
            let jwks = json!({ "keys": [jwk] }).to_string();
            let policy = JwksPolicy::only(Algorithm::ALL.iter().copied());
            let (keys, skipped) = KeySet::from_jwks(jwks.as_bytes(), &policy).unwrap();
            assert!(skipped.is_empty(), "{skipped:?}");
            return keys;
        }
        let key = match (&self.secret, &self.pem) {
            (Some(secret), _) => {
                let secret = Secret::new(BASE64URL_NOPAD.decode(secret.as_bytes()).unwrap());
                VerifyingKey::hmac(algorithm, &secret)
            }
            (None, Some(pem)) => VerifyingKey::pem(algorithm, pem),
            (None, None) => panic!("{} has no key", self.alg),
        };
        KeySet::new([key.unwrap()]).unwrap()
    }
}

fn verdict(keys: KeySet, token: &str, audience: &str, now: u64) -> Result<Value, Rejection> {
    let verifier = Verifier::builder(ISSUER).audience(audience).keys(FixedKeys::new(keys)).unwrap();
    let claims = verifier.verify(token, UnixTime::from_secs(now)).try_now().unwrap()?;
    assert_eq!((claims.subject(), claims.id()), ("ada", Some("t-1")));
    Ok(claims.get("nested").unwrap().clone())
}

/// What this program prints is accepted in every algorithm; and what is not as it should be is refused.
fn check(program: &mut Command) {
    let nested = json!({ "text": "ä\u{1f980}\"\\/\n", "numbers": [0, -1, 1.5], "none": null, "empty": {} });
    let claims = json!({
        "iss": ISSUER, "aud": ["other", "api"], "sub": "ada", "jti": "t-1", "iat": NOW, "nbf": NOW, "exp": NOW + 600,
        "scope": "read write", "nested": nested,
    });
    let output = program.arg(claims.to_string()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let minted: Vec<Minted> = serde_json::from_slice(&output.stdout).unwrap();
    let algorithms: BTreeSet<_> = minted.iter().filter_map(|one| Algorithm::from_name(&one.alg)).collect();
    assert_eq!(algorithms, Algorithm::ALL.iter().copied().collect());
    for one in &minted {
        let verdict = |token: &str, audience, now| verdict(one.keys(), token, audience, now);
        assert_eq!(verdict(&one.token, "api", NOW + 1), Ok(nested.clone()), "{}", one.alg);
        assert_eq!(verdict(&one.token, "apis", NOW + 1), Err(Rejection::WrongAudience), "{}", one.alg);
        assert_eq!(verdict(&one.token, "api", NOW + 660), Err(Rejection::Expired), "{}", one.alg);
        let (signed, signature) = one.token.rsplit_once('.').unwrap();
        let mut bytes = BASE64URL_NOPAD.decode(signature.as_bytes()).unwrap();
        bytes[8] ^= 1;
        let forged = format!("{signed}.{}", BASE64URL_NOPAD.encode(&bytes));
        assert_eq!(verdict(&forged, "api", NOW + 1), Err(Rejection::BadSignature), "{}", one.alg);
    }
}

#[test]
fn tokens_of_pyjwt() {
    let Some(python) = PYJWT.find(Path::new(env!("CARGO_TARGET_TMPDIR"))) else { return };
    check(Command::new(python).arg(script("pyjwt.py")));
}

#[test]
fn tokens_of_jose() {
    match jose() {
        Some(script) => check(Command::new("node").arg(script)),
        None => not_run("needs npm (Debian package npm)"),
    }
}

fn script(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/foreign").join(name)
}

/// The script beside a copy of the library, which is where node looks for it.
fn jose() -> Option<PathBuf> {
    let home = Path::new(env!("CARGO_TARGET_TMPDIR")).join("jose");
    if !home.join("node_modules/jose").is_dir() {
        fs::create_dir_all(&home).ok()?;
        let flags = ["install", "--silent", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix"];
        run(Command::new("npm").args(flags).arg(&home).arg(JOSE))?;
    }
    let here = home.join("jose.mjs");
    fs::copy(script("jose.mjs"), &here).ok()?;
    Some(here)
}

fn run(command: &mut Command) -> Option<()> {
    command.output().ok().filter(|output| output.status.success()).map(|_| ())
}
