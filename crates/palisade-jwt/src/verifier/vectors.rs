//! Vectors that others wrote, through form, header, key and signature; their payloads are no claims.

use super::signature::check_signature;
use crate::{
    compact::{Compact, Parts},
    jwks_policy::JwksPolicy,
    key_set::KeySet,
    rejection::Rejection,
    verifying_key::VerifyingKey,
    {Algorithm, KeyError},
};
use data_encoding::BASE64URL_NOPAD;
use palisade_core::Secret;
use serde_json::Value;
use std::collections::BTreeMap;

fn open(name: &str) -> Value {
    let path = format!("{}/tests/vectors/{name}", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

fn policy() -> JwksPolicy {
    JwksPolicy::default().allow(Algorithm::Es384).allow(Algorithm::Es512)
}

fn verify(token: &str, keys: &KeySet) -> Result<Vec<u8>, Rejection> {
    let Parts { header, payload, compact } = Compact::parse(token)?;
    check_signature(keys, &*header.parse()?, &compact, false)?;
    Ok(payload)
}

/// A key set as somebody would write it into a file of their own.
fn keys(jwks: &[Value]) -> Result<KeySet, String> {
    let read = |jwk: &Value| match VerifyingKey::from_jwk(jwk.to_string().as_bytes(), &policy()) {
        // One group is signed with zeros, and is about base64url.
        Err(KeyError::GuessableSecret) => {
            let zeros = Secret::new([0; 32]);
            assert_eq!(jwk["k"], BASE64URL_NOPAD.encode(zeros.expose()));
            VerifyingKey::hmac_of_any_strength(Algorithm::Hs256, &zeros)?
                .with_id(jwk["kid"].as_str().unwrap())
        }
        other => other,
    };
    let keys: Result<Vec<_>, KeyError> = jwks.iter().map(read).collect();
    KeySet::new(keys.map_err(|error| error.to_string())?).map_err(|error| error.to_string())
}

/// Test case, what the vector says, what we say, why.
fn exceptions(file: &str) -> BTreeMap<u64, String> {
    let text = include_str!("../../tests/vectors/exceptions.txt");
    let lines = text.lines().filter(|line| !line.starts_with('#') && !line.is_empty());
    let of_file = lines.filter_map(|line| line.strip_prefix(file)?.trim().split_once(' '));
    of_file.map(|(case, why)| (case.parse().unwrap(), why.trim().to_owned())).collect()
}

/// Every case, with its keys; says which deviate.
fn run(file: &str, jwks_of: impl Fn(&Value) -> Vec<Value>) -> (usize, BTreeMap<u64, String>) {
    let (mut cases, mut deviating) = (0, BTreeMap::new());
    let vectors = open(&format!("wycheproof/{file}"));
    for group in vectors["testGroups"].as_array().unwrap() {
        let keys = keys(&jwks_of(group.get("public").unwrap_or(&group["private"])));
        for case in group["tests"].as_array().unwrap() {
            cases += 1;
            let token = match &case["jws"] {
                Value::String(text) => text.clone(),
                json => json.to_string(),
            };
            let verdict = match &keys {
                Ok(keys) => verify(&token, keys).map(drop).map_err(|rejection| rejection.to_string()),
                Err(error) => Err(error.clone()),
            };
            let valid = case["result"] == "valid";
            if verdict.is_ok() != valid {
                let told = if valid { "valid" } else { "invalid" };
                deviating.insert(case["tcId"].as_u64().unwrap(), format!("{told}, and we say {verdict:?}"));
            }
        }
    }
    (cases, deviating)
}

fn compare(file: &str, expected: usize, jwks_of: impl Fn(&Value) -> Vec<Value>) {
    let (cases, deviating) = run(file, jwks_of);
    assert_eq!(cases, expected);
    let excepted = exceptions(file);
    let (found, wanted): (Vec<_>, Vec<_>) = (deviating.keys().collect(), excepted.keys().collect());
    assert_eq!(found, wanted, "{deviating:#?}");
}

#[test]
fn a136_wycheproof_signatures() {
    compare("json_web_signature_test.json", 401, |jwk| vec![jwk.clone()]);
}

#[test]
fn a136_wycheproof_keys() {
    compare("json_web_key_test.json", 26, |set| set["keys"].as_array().unwrap().clone());
}

/// Some groups name an algorithm that is not the token's, or that no registry has; with the right name they hold.
#[test]
fn a136_cases_whose_key_names_another_algorithm_hold_under_the_right_one() {
    let vectors = open("wycheproof/json_web_signature_test.json");
    let mut found = Vec::new();
    for group in vectors["testGroups"].as_array().unwrap() {
        let case = &group["tests"][0];
        if let Some(id) = case["tcId"].as_u64().filter(|id| [346, 347, 350, 351].contains(id)) {
            let mut jwk = group["public"].clone();
            jwk["alg"] = if jwk["kty"] == "RSA" { "PS384".into() } else { "ES512".into() };
            assert!(verify(case["jws"].as_str().unwrap(), &keys(&[jwk]).unwrap()).is_ok());
            found.push(id);
        }
    }
    assert_eq!(found, [346, 347, 350, 351]);
}

/// The key of a cookbook example, without what is private and with the algorithm that the example says.
fn cookbook_key(example: &Value) -> Value {
    let mut jwk = example["input"]["key"].clone();
    let members = jwk.as_object_mut().unwrap();
    if members["kty"] != "oct" {
        ["d", "p", "q", "dp", "dq", "qi"].iter().for_each(|name| drop(members.remove(*name)));
    }
    members.insert("alg".to_owned(), example["input"]["alg"].clone());
    jwk
}

#[test]
fn jose_cookbook_compact_examples_hold() {
    for file in [
        "jws/4_1.rsa_v15_signature.json",
        "jws/4_2.rsa-pss_signature.json",
        "jws/4_3.ecdsa_signature.json",
        "jws/4_4.hmac-sha2_integrity_protection.json",
        "curve25519/jws.json",
    ] {
        let example = open(&format!("jose-cookbook/{file}"));
        let keys = keys(&[cookbook_key(&example)]).unwrap();
        let payload = verify(example["output"]["compact"].as_str().unwrap(), &keys).unwrap();
        assert_eq!(payload, example["input"]["payload"].as_str().unwrap().as_bytes(), "{file}");
        for form in ["json", "json_flat"] {
            let json = example["output"][form].to_string();
            assert_eq!(verify(&json, &keys), Err(Rejection::NotCompact), "{file} {form}");
        }
    }
}

#[test]
fn a106_other_forms_of_the_cookbook_are_refused() {
    for (file, compact) in [
        // Read as an empty payload, which nobody signed.
        ("jws/4_5.signature_with_detached_content.json", Some(Rejection::BadSignature)),
        ("jws/4_6.protecting_specific_header_fields.json", None),
        ("jws/4_7.protecting_content_only.json", None),
        ("jws/4_8.multiple_signatures.json", None),
        ("rfc7797/4.2.hmac-sha2_b64_false.json", None),
        ("rfc7797/hmac-sha2_b64_false.json", Some(Rejection::NotCompact)),
    ] {
        let example = open(&format!("jose-cookbook/{file}"));
        let secret = match &example["input"]["key"] {
            Value::Array(several) => several[2].clone(),
            one => one.clone(),
        };
        let keys = keys(&[secret]).unwrap();
        for (form, output) in example["output"].as_object().unwrap() {
            let (token, expected) = match output {
                Value::String(token) => (token.clone(), compact.unwrap()),
                json => (json.to_string(), Rejection::NotCompact),
            };
            assert_eq!(verify(&token, &keys), Err(expected), "{file} {form}");
        }
    }
}
