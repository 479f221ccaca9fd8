//! Others understand our tokens, and no code of ours can sign with a key in a way that others can time.

use crate::support::{ALGORITHMS, ISSUER, text};
use data_encoding::BASE64URL_NOPAD;
use palisade_core::{Clock, Secret};
use palisade_jwt::{Grant, Issuer, SigningKey, SigningKeys};
use palisade_testing::programs::Python;
use serde_json::{Value, json};
use std::{
    fs,
    io::Write as _,
    path::Path,
    process::{Command, Stdio},
};

const PYJWT: Python<'_> = Python::with("import jwt, cryptography", "PyJWT[crypto]==2.10.1", "python3-jwt");

#[test]
fn pyjwt_takes_what_is_minted() {
    let Some(python) = PYJWT.find(Path::new(env!("CARGO_TARGET_TMPDIR"))) else { return };
    let mut tokens: Vec<Value> = Vec::new();
    for algorithm in ALGORITHMS {
        let mut bytes = [0; 64];
        getrandom::fill(&mut bytes).unwrap();
        let key = if algorithm.is_symmetric() {
            SigningKey::hmac(algorithm, &Secret::new(bytes)).unwrap()
        } else {
            SigningKey::generate(algorithm).unwrap()
        };
        let secret = json!({ "kty": "oct", "k": BASE64URL_NOPAD.encode(&bytes), "alg": algorithm.name() });
        let jwk = key.public_jwk().unwrap_or(secret);
        let keys = SigningKeys::fixed([key]).unwrap();
        let issuer = Issuer::builder(ISSUER).audience("models").audience("billing").keys(&keys).unwrap();
        let grant = Grant::to("ada ✓").scopes("read write".parse().unwrap()).claim("tenant", "acme");
        let minted = issuer.mint(&grant, Clock::system().now().wall).unwrap();
        tokens.push(json!({
            "token": text(&minted), "jwk": jwk, "alg": algorithm.name(), "issuer": ISSUER,
            "audience": "billing", "jti": &*minted.jti, "exp": minted.expires_at.as_secs(),
        }));
    }
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/own/pyjwt.py");
    let mut child = Command::new(python)
        .arg(script)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(Value::from(tokens).to_string().as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let told = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{told} {}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(told.trim(), ALGORITHMS.len().to_string());
}

#[test]
fn a131_nothing_signs_with_rsa_in_variable_time() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let lock = fs::read_to_string(root.join("Cargo.lock")).unwrap();
    let has = |name: &str| lock.lines().any(|line| line == format!("name = \"{name}\""));
    assert!(has("aws-lc-rs") && !has("rsa"));
    let signs = SigningKeys::in_memory().algorithm(palisade_jwt::Algorithm::Rs256).open();
    assert!(signs.is_err());
}
