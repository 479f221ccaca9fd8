//! Laws.

use crate::support::{NOW, SECRET, builder, good, hmac_key, payload, secret_token, set, verifier, with};
use palisade_core::UnixTime;
use palisade_jwt::{JwksPolicy, KeySet, Rejection, Unverified, VerifyingKey};
use proptest::{collection::vec, prelude::*};
use serde_json::{Map, Value};
use std::time::Duration;

/// JSON of any shape, not deeper than is read.
fn json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>()
            .prop_filter_map("finite", |number| serde_json::Number::from_f64(number).map(Value::Number)),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(6, 40, 5, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..5).prop_map(Value::from),
            vec((any::<String>(), inner), 0..5)
                .prop_map(|members| Value::Object(members.into_iter().collect::<Map<_, _>>())),
        ]
    })
}

proptest! {
    #[test]
    fn what_is_written_is_what_is_read(value in json()) {
        let claims = payload(with("x", value.clone()).to_string());
        prop_assume!(claims != Err(Rejection::TooLong));
        let claims = claims.unwrap();
        prop_assert_eq!(claims.get("x"), Some(&value));
    }

    #[test]
    fn no_text_panics(text in any::<String>(), bytes in vec(any::<u8>(), 0..200)) {
        let _ = Unverified::parse(&text);
        let _ = payload(&bytes);
        let _ = KeySet::from_jwks(&bytes, &JwksPolicy::default());
        let _ = VerifyingKey::from_jwk(text.as_bytes(), &JwksPolicy::default());
    }

    #[test]
    fn a_changed_letter_is_seen(at in any::<prop::sample::Index>(), letter in any::<char>()) {
        let token = secret_token(r#"{"alg":"HS256"}"#, good().to_string());
        let mut letters: Vec<char> = token.chars().collect();
        let place = at.index(letters.len());
        prop_assume!(letters[place] != letter);
        letters[place] = letter;
        let changed: String = letters.into_iter().collect();
        prop_assert!(verifier().verify(&changed, UnixTime::from_secs(NOW)).try_now().unwrap().is_err());
    }

    #[test]
    fn dates_are_judged_as_arithmetic_without_bounds_would(
        exp in 0..400_000u64, iat in prop::option::of(0..400_000u64), nbf in prop::option::of(0..400_000u64),
        now in 0..400_000u64, leeway in 0..=300u64, most in 1..=604_800u64,
    ) {
        let mut claims = with("exp", exp);
        claims.as_object_mut().unwrap().remove("iat");
        iat.into_iter().for_each(|iat| claims["iat"] = iat.into());
        nbf.into_iter().for_each(|nbf| claims["nbf"] = nbf.into());
        let verifier = builder()
            .leeway(Duration::from_secs(leeway))
            .max_lifetime(Duration::from_secs(most))
            .keys(set([hmac_key()]))
            .unwrap();
        let token = secret_token(r#"{"alg":"HS256"}"#, claims.to_string());
        let holds = verifier.verify(&token, UnixTime::from_secs(now)).try_now().unwrap().is_ok();
        let (exp, now, leeway, most) = (i128::from(exp), i128::from(now), i128::from(leeway), i128::from(most));
        let starts: Vec<_> = [iat, nbf].into_iter().flatten().map(i128::from).collect();
        let expected = now < exp + leeway
            && starts.iter().all(|start| *start <= now + leeway && *start <= exp)
            && iat.is_none_or(|iat| exp - i128::from(iat) <= most)
            && exp - now - leeway <= most;
        prop_assert_eq!(holds, expected);
    }

    #[test]
    fn a_secret_verifies_its_own_tokens_only(one in vec(any::<u8>(), 64), other in vec(any::<u8>(), 64)) {
        prop_assume!(one != other);
        let key = |secret: &[u8]| VerifyingKey::hmac(palisade_jwt::Algorithm::Hs256, &palisade_core::Secret::new(secret));
        let (Ok(one_key), Ok(other_key)) = (key(&one), key(&other)) else { return Ok(()) };
        let mac = crate::support::hs256(&one, SECRET);
        prop_assert!(one_key.verifies(SECRET, &mac) && !other_key.verifies(SECRET, &mac));
    }
}
