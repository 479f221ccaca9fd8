//! What claims must say.

use crate::support::{
    ED, ISSUER, NOW, SECRET, b64, builder, claims, ed_key, good, header, hmac_key, hs256, judge, payload,
    secret_token, set, token, verifier, with, without,
};
use palisade_jwt::{Rejection, TokenTypes, Verifier, VerifierError};
use serde_json::{Value, json};
use std::time::Duration;

#[test]
fn claims_are_typed_and_the_rest_is_json() {
    let mut all = with("realm_access", json!({"roles": ["admin", "user"]}));
    all["aud"] = json!(["other", "models"]);
    all["nbf"] = (NOW - 20).into();
    let claims =
        judge(&verifier(), &secret_token(r#"{"alg":"HS256","typ":"application/AT+JWT"}"#, all.to_string()))
            .unwrap();
    assert_eq!((claims.issuer(), claims.subject(), claims.id()), (ISSUER, "user-1", Some("t-1")));
    assert_eq!(claims.audience().collect::<Vec<_>>(), ["other", "models"]);
    assert_eq!(claims.expires().as_secs(), NOW + 600);
    assert_eq!(claims.not_before().unwrap().as_secs(), NOW - 20);
    assert_eq!(claims.issued_at().unwrap().as_secs(), NOW - 10);
    assert_eq!(claims.typ(), Some("at+jwt"));
    assert_eq!(claims.get("scope"), Some(&json!("read_models")));
    assert_eq!(claims.pointer("/realm_access/roles/1"), Some(&json!("user")));
    assert_eq!(claims.pointer("/realm_access/roles/2"), None);
    assert_eq!(claims.get("sub"), None, "it has a method of its own");
}

#[test]
fn a110_names_of_claims_have_one_case() {
    for (name, other) in [("exp", "EXP"), ("iss", "Iss"), ("sub", "SUB"), ("aud", "Aud")] {
        let mut renamed = without(name);
        renamed[other] = good()[name].clone();
        assert!(claims(&renamed).is_err(), "{other}");
    }
    let told = claims(&with("scopE", "write_models")).unwrap();
    assert_eq!(told.get("scope"), Some(&json!("read_models")));
}

#[test]
fn a114_dates_are_numbers() {
    for name in ["exp", "nbf", "iat"] {
        for value in [json!("1700000600"), json!(true), Value::Null, json!({}), json!([]), json!([NOW])] {
            assert_eq!(claims(&with(name, value.clone())), Err(Rejection::BadClaim), "{name} {value}");
        }
    }
    assert_eq!(claims(&without("exp")), Err(Rejection::BadClaim));
    assert!(claims(&without("iat")).is_ok());
}

#[test]
fn a115_a116_dates_are_seconds_that_readers_agree_upon() {
    let said = |exp: &str| {
        payload(good().to_string().replace(&format!("\"exp\":{}", NOW + 600), &format!("\"exp\":{exp}")))
    };
    for (exp, expected) in [
        ("-1", Rejection::BadClaim),
        ("-0.5", Rejection::BadClaim),
        ("1e300", Rejection::BadClaim),
        ("1e19", Rejection::BadClaim),
        ("9007199254740993", Rejection::BadClaim),
        ("9007199254740992", Rejection::BadClaim),
        ("9223372036854775808", Rejection::BadClaim),
        ("18446744073709551615", Rejection::BadClaim),
        ("18446744073709551616", Rejection::BadClaim),
        ("9007199254740991", Rejection::TooLongLived),
        ("1e400", Rejection::BadPayload),
        ("01700000600", Rejection::BadPayload),
        ("+1700000600", Rejection::BadPayload),
        (".5", Rejection::BadPayload),
        ("1700000600.", Rejection::BadPayload),
        ("0x65", Rejection::BadPayload),
        ("0", Rejection::Expired),
        ("-0", Rejection::Expired),
    ] {
        assert_eq!(said(exp), Err(expected), "{exp}");
    }
    for (exp, seconds) in [
        ("1700000600.5", 1_700_000_600),
        ("1700000600.999999", 1_700_000_600),
        ("1.7000006e9", 1_700_000_600),
        ("1700000600.0", 1_700_000_600),
    ] {
        assert_eq!(said(exp).unwrap().expires().as_secs(), seconds, "{exp}");
    }
}

#[test]
fn a121_the_issuer_is_one_string_byte_for_byte() {
    for issuer in [
        Value::Null,
        json!(1),
        json!([ISSUER]),
        json!({"iss": ISSUER}),
        json!(format!("{ISSUER}/")),
        json!(&ISSUER[..ISSUER.len() - 1]),
        json!(ISSUER.to_uppercase()),
        json!(format!("{ISSUER}\0")),
        json!(format!(" {ISSUER}")),
        json!(""),
    ] {
        assert_eq!(claims(&with("iss", issuer.clone())), Err(Rejection::WrongIssuer), "{issuer}");
    }
    assert_eq!(claims(&without("iss")), Err(Rejection::WrongIssuer));
}

#[test]
fn a122_a123_the_audience_names_us() {
    for audience in [
        Value::Null,
        json!(1),
        json!({"models": true}),
        json!([]),
        json!([1]),
        json!(["models", 1]),
        json!(["other"]),
        json!("models "),
        json!("Models"),
        json!("mod"),
        json!([["models"]]),
        json!("other models"),
        json!(""),
    ] {
        assert_eq!(claims(&with("aud", audience.clone())), Err(Rejection::WrongAudience), "{audience}");
    }
    assert_eq!(claims(&without("aud")), Err(Rejection::WrongAudience));
    assert!(claims(&with("aud", json!(["other", "models"]))).is_ok());
    assert!(claims(&with("aud", json!(["models"]))).is_ok());

    let two = builder().audience("images").keys(set([hmac_key()])).unwrap();
    let told = |aud: Value| judge(&two, &secret_token(r#"{"alg":"HS256"}"#, with("aud", aud).to_string()));
    assert!(told(json!("images")).is_ok() && told(json!("models")).is_ok());
    assert_eq!(told(json!("videos")), Err(Rejection::WrongAudience));
}

#[test]
fn any_audience_is_a_word_in_the_source() {
    let any = Verifier::builder(ISSUER).any_audience().keys(set([hmac_key()])).unwrap();
    let told = |claims: Value| judge(&any, &secret_token(r#"{"alg":"HS256"}"#, claims.to_string()));
    assert!(told(with("aud", "other")).is_ok());
    assert_eq!(told(without("aud")).unwrap().audience().len(), 0);
    assert_eq!(told(with("aud", 1)), Err(Rejection::WrongAudience), "what is there has the right type");
}

#[test]
fn a127_a_subject_is_somebody() {
    for subject in [
        Value::Null,
        json!(""),
        json!(1),
        json!(["user-1"]),
        json!("x".repeat(256)),
        json!("a\nb"),
        json!("a\u{0}"),
    ] {
        assert_eq!(claims(&with("sub", subject.clone())), Err(Rejection::BadClaim), "{subject}");
    }
    assert_eq!(claims(&without("sub")), Err(Rejection::BadClaim));
    assert_eq!(claims(&with("sub", "x".repeat(255))).unwrap().subject().len(), 255);
    for id in [json!(""), json!(1), Value::Null, json!("x".repeat(257))] {
        assert_eq!(claims(&with("jti", id.clone())), Err(Rejection::BadClaim), "{id}");
    }
}

#[test]
fn a251_a_token_that_only_its_holder_may_use_is_no_bearer_token() {
    for bound in [
        json!({"x5t#S256": "bwcK0esc3ACC3DB2Y5_lESsXE8o9ltc05O89jdN-dg2"}),
        json!({"jkt": "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"}),
        json!({}),
        Value::Null,
    ] {
        let claims = with("cnf", bound.clone());
        assert_eq!(self::claims(&claims), Err(Rejection::Bound), "{bound}");
        let unbound = builder().dangerous_unbound().keys(set([hmac_key()])).unwrap();
        assert!(judge(&unbound, &secret_token(r#"{"alg":"HS256"}"#, claims.to_string())).is_ok(), "{bound}");
    }
}

#[test]
fn a125_only_access_tokens_open_an_api() {
    let told = |types: TokenTypes, typ: Option<&str>, claims: Value| {
        let verifier = builder().types(types).keys(set([hmac_key()])).unwrap();
        let head = typ.map_or_else(
            || r#"{"alg":"HS256"}"#.to_owned(),
            |typ| format!(r#"{{"alg":"HS256","typ":"{typ}"}}"#),
        );
        judge(&verifier, &secret_token(head, claims.to_string())).map_or_else(Rejection::as_str, |_| "ok")
    };
    let id_token = || {
        let mut claims = without("scope");
        claims["nonce"] = "n".into();
        claims
    };
    let usual = TokenTypes::access_tokens;
    for (typ, claims, expected) in [
        (None, good(), "ok"),
        (Some("JWT"), good(), "ok"),
        (Some("jwt"), good(), "ok"),
        (Some("at+jwt"), good(), "ok"),
        (Some("application/at+jwt"), good(), "ok"),
        (Some("AT+JWT"), good(), "ok"),
        (Some("application/x/at+jwt"), good(), "wrong_type"),
        (Some("logout+jwt"), good(), "event_token"),
        (Some("secevent+jwt"), good(), "event_token"),
        (Some("dpop+jwt"), good(), "wrong_type"),
        (Some("JOSE"), good(), "wrong_type"),
        (Some(""), good(), "wrong_type"),
        (Some("JWT"), id_token(), "id_token"),
        (None, id_token(), "id_token"),
        (None, with("nonce", "n"), "ok"),
        (None, with("token_use", "id"), "id_token"),
        (None, with("token_use", "access"), "ok"),
        (None, with("typ", "ID"), "id_token"),
        (None, with("typ", "Bearer"), "ok"),
        (None, with("typ", "Refresh"), "refresh_token"),
        (None, with("typ", "Offline"), "refresh_token"),
        (None, with("type", "refresh"), "refresh_token"),
        (None, with("token_type", "refresh"), "refresh_token"),
        (None, with("typ", "Logout"), "event_token"),
        (
            None,
            with("events", json!({"http://schemas.openid.net/event/backchannel-logout": {}})),
            "event_token",
        ),
    ] {
        assert_eq!(told(usual(), typ, claims.clone()), expected, "{typ:?} {claims}");
    }
    let client = with("client_id", "app");
    let lacking = |name: &str| {
        let mut claims = client.clone();
        claims.as_object_mut().unwrap().remove(name);
        claims
    };
    for (typ, claims, expected) in [
        (Some("at+jwt"), client.clone(), "ok"),
        (Some("application/at+jwt"), client.clone(), "ok"),
        (Some("JWT"), client.clone(), "wrong_type"),
        (None, client.clone(), "wrong_type"),
        (None, id_token(), "id_token"),
        (Some("at+jwt"), lacking("client_id"), "bad_claim"),
        (Some("at+jwt"), lacking("iat"), "bad_claim"),
        (Some("at+jwt"), lacking("jti"), "bad_claim"),
    ] {
        assert_eq!(told(TokenTypes::rfc9068(), typ, claims.clone()), expected, "{typ:?} {claims}");
    }
    let own = || TokenTypes::named(["application/okta-internal-at+jwt"]);
    assert_eq!(told(own(), Some("okta-internal-at+jwt"), good()), "ok");
    assert_eq!(told(own(), Some("application/Okta-Internal-AT+JWT"), good()), "ok");
    assert_eq!(told(own(), Some("at+jwt"), good()), "wrong_type");
    assert_eq!(told(own(), None, good()), "wrong_type");
    assert_eq!(header(r#"{"alg":"HS256","typ":1}"#), Err(Rejection::BadHeader));
}

#[test]
fn a128_every_bit_counts() {
    let fill = |n: usize| with("fill", "x".repeat(n)).to_string();
    let secret = |n| (verifier(), token(r#"{"alg":"HS256"}"#, fill(n), |message| hs256(SECRET, message)));
    let edwards = |n| {
        let verifier = builder().keys(set([ed_key()])).unwrap();
        (verifier, token(r#"{"alg":"EdDSA"}"#, fill(n), |message| ED.sign(message).as_ref().to_vec()))
    };
    for make in [&secret as &dyn Fn(usize) -> (Verifier, String), &edwards] {
        let (verifier, whole) = (0..600).map(make).find(|(_, token)| token.len() >= 600).unwrap();
        assert!(judge(&verifier, &whole).is_ok());
        let mut refused = 0;
        for bit in 0..whole.len() * 8 {
            let mut bytes = whole.clone().into_bytes();
            bytes[bit / 8] ^= 1 << (bit % 8);
            refused += usize::from(!str::from_utf8(&bytes).is_ok_and(|text| judge(&verifier, text).is_ok()));
        }
        assert_eq!(refused, whole.len() * 8);
        assert!(refused >= 4_800);
    }
}

#[test]
fn cheap_checks_come_before_the_signature() {
    let unsigned = |claims: Value| {
        let (head, body) = (b64(r#"{"alg":"HS256"}"#), b64(claims.to_string()));
        judge(&verifier(), &format!("{head}.{body}.AAAA")).unwrap_err()
    };
    assert_eq!(unsigned(with("iss", "other")), Rejection::WrongIssuer);
    assert_eq!(unsigned(with("exp", NOW - 100)), Rejection::Expired);
    // What would tell a forger more is said only to who could sign.
    assert_eq!(unsigned(with("aud", "other")), Rejection::BadSignature);
    assert_eq!(unsigned(with("nbf", NOW + 100)), Rejection::BadSignature);
    assert_eq!(unsigned(good()), Rejection::BadSignature);
}

#[test]
fn names_are_taken_by_value_and_by_reference() {
    let (issuer, audience) = (String::from(ISSUER), String::from("api"));
    let by_reference = Verifier::builder(&issuer).audience(&audience).keys(set([hmac_key()])).unwrap();
    let by_value = Verifier::builder(issuer.clone()).audience(audience).keys(set([hmac_key()])).unwrap();
    assert_eq!((by_reference.issuer(), by_value.issuer()), (ISSUER, ISSUER));
    let boxed: Box<str> = issuer.into();
    assert_eq!(Verifier::builder(&boxed).any_audience().keys(set([hmac_key()])).unwrap().issuer(), ISSUER);
}

#[test]
fn a_verifier_is_told_what_can_be() {
    let day = Duration::from_secs(86_400);
    let key = || set([hmac_key()]);
    assert_eq!(Verifier::builder("").audience("a").keys(key()).err(), Some(VerifierError::EmptyIssuer));
    assert_eq!(Verifier::builder("i").audience("").keys(key()).err(), Some(VerifierError::EmptyAudience));
    assert_eq!(builder().audience("").keys(key()).err(), Some(VerifierError::EmptyAudience));
    assert_eq!(builder().leeway(Duration::from_secs(301)).keys(key()).err(), Some(VerifierError::Leeway));
    assert!(builder().leeway(Duration::from_secs(300)).keys(key()).is_ok());
    assert_eq!(builder().max_lifetime(8 * day).keys(key()).err(), Some(VerifierError::Lifetime));
    assert_eq!(builder().max_lifetime(Duration::ZERO).keys(key()).err(), Some(VerifierError::Lifetime));
    assert!(builder().max_lifetime(7 * day).keys(key()).is_ok());
}

#[test]
fn own_tokens_are_judged_more_strictly() {
    let own = builder().own().keys(set([hmac_key()])).unwrap();
    let told = |typ: &str, exp: u64| {
        let head = format!(r#"{{"alg":"HS256","typ":"{typ}"}}"#);
        judge(&own, &secret_token(head, with("exp", exp).to_string()))
            .map_or_else(Rejection::as_str, |_| "ok")
    };
    assert_eq!(told("at+jwt", NOW - 4), "ok");
    assert_eq!(told("at+jwt", NOW - 5), "expired_token");
    assert_eq!(told("JWT", NOW + 60), "wrong_type");
}
