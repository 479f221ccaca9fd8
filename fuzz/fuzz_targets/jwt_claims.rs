//! A137: the claims that are read are those that another strict reader of JSON reads, value for value.
#![no_main]

use aws_lc_rs::hmac;
use data_encoding::BASE64URL_NOPAD;
use libfuzzer_sys::fuzz_target;
use palisade_core::{Secret, UnixTime};
use palisade_jwt::{Algorithm, FixedKeys, KeySet, Rejection, Verifier, VerifyingKey};
use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};
use std::{fmt, sync::LazyLock};

const NOW: UnixTime = UnixTime::from_secs(1_700_000_000);
const SECRET: &[u8] = b"u5vVlqUIBqbbJEMn2b3Ltw9YkQm7ZsP1";

static VERIFIER: LazyLock<Verifier> = LazyLock::new(|| {
    let key = VerifyingKey::hmac(Algorithm::Hs256, &Secret::new(SECRET)).expect("a key");
    let keys = FixedKeys::new(KeySet::new([key]).expect("a set"));
    Verifier::builder("i").audience("a").keys(keys).expect("a verifier")
});
static SIGNER: LazyLock<hmac::Key> = LazyLock::new(|| hmac::Key::new(hmac::HMAC_SHA256, SECRET));

fuzz_target!(|bytes: &[u8]| {
    check(bytes);
    // As one claim more; the bytes may close it and open others.
    let mut payload = br#"{"iss":"i","sub":"s","aud":["a"],"exp":1700000060,"x":"#.to_vec();
    payload.extend_from_slice(bytes);
    payload.push(b'}');
    check(&payload);
});

fn check(payload: &[u8]) {
    let signed = format!("eyJhbGciOiJIUzI1NiJ9.{}", BASE64URL_NOPAD.encode(payload));
    let signature = hmac::sign(&SIGNER, signed.as_bytes());
    let token = format!("{signed}.{}", BASE64URL_NOPAD.encode(signature.as_ref()));
    let verdict = VERIFIER.verify(&token, NOW).try_now().expect("fixed keys answer at once");
    let theirs = std::str::from_utf8(payload).ok().and_then(|text| serde_json::from_str::<Strict>(text).ok());
    match (verdict, theirs) {
        (Ok(claims), Some(Strict(Value::Object(theirs)))) => {
            assert_eq!(claims.issuer(), theirs["iss"]);
            assert_eq!(claims.subject(), theirs["sub"]);
            for (name, value) in &theirs {
                if !["iss", "sub", "aud", "exp", "nbf", "iat", "jti"].contains(&name.as_str()) {
                    assert_eq!(claims.get(name), Some(value), "{name}");
                }
            }
        }
        (Ok(_), theirs) => panic!("only we took it; they read {:?}", theirs.map(|strict| strict.0)),
        (Err(Rejection::DuplicateMember), Some(_)) => panic!("only we saw a member twice"),
        // Deeper than ours goes, or no object.
        (Err(Rejection::BadPayload), Some(Strict(value))) => {
            assert!(depth(&value) > 32 || !value.is_object(), "only they took it: {value}");
        }
        (Err(_), _) => {}
    }
}

fn depth(value: &Value) -> usize {
    match value {
        Value::Array(items) => 1 + items.iter().map(depth).max().unwrap_or(0),
        Value::Object(members) => 1 + members.values().map(depth).max().unwrap_or(0),
        _ => 0,
    }
}

/// JSON as `serde_json` reads it, without members that stand twice.
struct Strict(Value);

impl<'de> Deserialize<'de> for Strict {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(StrictVisitor).map(Self)
    }
}

struct StrictVisitor;

impl<'de> Visitor<'de> for StrictVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        Number::from_f64(value).map(Value::Number).ok_or_else(|| E::custom("not finite"))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut array = Vec::new();
        while let Some(Strict(item)) = items.next_element()? {
            array.push(item);
        }
        Ok(Value::Array(array))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some((name, Strict(value))) = members.next_entry::<String, Strict>()? {
            if object.insert(name, value).is_some() {
                return Err(A::Error::custom("twice"));
            }
        }
        Ok(Value::Object(object))
    }
}
