//! Others understand our tokens, and no code of ours can sign with a key in a way that others can time.

use crate::support::{ALGORITHMS, ISSUER, text};
use data_encoding::BASE64URL_NOPAD;
use palisade_core::{Clock, Secret};
use palisade_jwt::{Grant, Issuer, SigningKey, SigningKeys};
use serde_json::{Value, json};
use std::{
    env, fs,
    io::Write as _,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

/// Says that a test did not run, where somebody collects that.
pub(crate) fn not_run(program: &str, package: &str) {
    let reason = format!("needs {program} (Debian package {package})");
    eprintln!("NOT RUN: {reason}");
    if let Some(path) = env::var_os("PALISADE_NOT_RUN") {
        let mut file = fs::OpenOptions::new().create(true).append(true).open(path).unwrap();
        writeln!(file, "{reason}").unwrap();
    }
}

/// A Python that has PyJWT: the machine's own, or one in the build directory.
fn python() -> Option<PathBuf> {
    let system = PathBuf::from("python3");
    if has_pyjwt(&system) {
        return Some(system);
    }
    let home = Path::new(env!("CARGO_TARGET_TMPDIR")).join("pyjwt");
    let python = home.join("bin/python3");
    if !has_pyjwt(&python) {
        run(Command::new(system).args(["-m", "venv"]).arg(&home))?;
        run(Command::new(&python).args(["-m", "pip", "install", "--quiet", "PyJWT[crypto]==2.10.1"]))?;
    }
    has_pyjwt(&python).then_some(python)
}

fn has_pyjwt(python: &Path) -> bool {
    run(Command::new(python).args(["-c", "import jwt, cryptography"])).is_some()
}

fn run(command: &mut Command) -> Option<()> {
    command.output().ok().filter(|output| output.status.success()).map(|_| ())
}

#[test]
fn pyjwt_takes_what_is_minted() {
    let Some(python) = python() else { return not_run("python3", "python3-jwt") };
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
