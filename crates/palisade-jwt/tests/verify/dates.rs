//! When a token holds.

use crate::support::{NOW, builder, good, hmac_key, secret_token, set, verifier, with};
use palisade_core::UnixTime;
use palisade_jwt::{Rejection, Verifier};
use serde_json::Value;
use std::time::Duration;

fn at(verifier: &Verifier, claims: &Value, now: u64) -> Option<Rejection> {
    let token = secret_token(r#"{"alg":"HS256"}"#, claims.to_string());
    verifier.verify(&token, UnixTime::from_secs(now)).try_now().unwrap().err()
}

#[test]
fn a118_a_token_ends_at_exp_plus_leeway() {
    let exp = NOW + 600;
    for (verifier, leeway) in
        [(verifier(), 60), (builder().leeway(Duration::ZERO).keys(set([hmac_key()])).unwrap(), 0)]
    {
        let end = exp + leeway;
        assert_eq!(at(&verifier, &good(), end - 1), None);
        assert_eq!(at(&verifier, &good(), end), Some(Rejection::Expired));
        assert_eq!(at(&verifier, &good(), end + 1), Some(Rejection::Expired));
        // Half a second before the end is before the end.
        let token = secret_token(r#"{"alg":"HS256"}"#, good().to_string());
        let half = UnixTime::from_nanos(end * 1_000_000_000 - 500_000_000);
        assert!(verifier.verify(&token, half).try_now().unwrap().is_ok());
    }
}

#[test]
fn a119_a_token_begins_at_nbf_and_iat_minus_leeway() {
    let verifier = verifier();
    for name in ["nbf", "iat"] {
        assert_eq!(at(&verifier, &with(name, NOW + 60), NOW), None, "{name}");
        assert_eq!(at(&verifier, &with(name, NOW + 61), NOW), Some(Rejection::NotYetValid), "{name}");
        // After its end, and not yet ahead: nobody means that.
        let mut inside_out = with(name, NOW + 30);
        inside_out["exp"] = (NOW + 29).into();
        assert_eq!(at(&verifier, &inside_out, NOW), Some(Rejection::BadClaim), "{name}");
    }
}

#[test]
fn a120_a_token_lives_a_day_at_most() {
    let day = 86_400;
    let week = builder().max_lifetime(Duration::from_secs(7 * day)).keys(set([hmac_key()])).unwrap();
    let lives = |verifier: &Verifier, iat: Option<u64>, exp: u64| {
        let mut claims = with("exp", exp);
        match iat {
            Some(iat) => claims["iat"] = iat.into(),
            None => drop(claims.as_object_mut().unwrap().remove("iat")),
        }
        at(verifier, &claims, NOW)
    };
    let long = Some(Rejection::TooLongLived);
    assert_eq!(lives(&verifier(), Some(NOW), NOW + day), None);
    assert_eq!(lives(&verifier(), Some(NOW), NOW + day + 1), long);
    assert_eq!(
        lives(&verifier(), Some(NOW - 3_600), NOW + day - 3_599),
        long,
        "half of it gone counts in full"
    );
    assert_eq!(
        lives(&verifier(), None, NOW + day + 60),
        None,
        "without iat, from now, give or take the leeway"
    );
    assert_eq!(lives(&verifier(), None, NOW + day + 61), long);
    assert_eq!(lives(&week, Some(NOW), NOW + 7 * day), None);
    assert_eq!(lives(&week, Some(NOW), NOW + 7 * day + 1), long);
}

#[test]
fn claims_that_are_kept_are_judged_again() {
    let verifier = verifier();
    let token = secret_token(r#"{"alg":"HS256"}"#, good().to_string());
    let claims = verifier.verify(&token, UnixTime::from_secs(NOW)).try_now().unwrap().unwrap();
    let kept = |now| verifier.check_dates(&claims, UnixTime::from_secs(now)).err();
    assert_eq!(kept(NOW), None);
    assert_eq!(kept(NOW + 660), Some(Rejection::Expired));
    assert_eq!(kept(NOW - 3_600), Some(Rejection::NotYetValid), "the clock stepped back");
}
