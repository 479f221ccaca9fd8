//! Which keys can be made and can stand together, and which one a token may name.

use crate::support::{
    EC, ED, SECRET, b64, builder, ec_key, ed_key, good, hmac_key, hs256, judge, rsa_der, rsa_key,
    secret_token, set, token,
};
use aws_lc_rs::{encoding::AsDer as _, signature::KeyPair as _};
use data_encoding::BASE64;
use palisade_core::Secret;
use palisade_jwt::{
    Algorithm, FixedKeys, JwksPolicy, KeyError, KeySet, KeySetError, MAX_KEYS, Rejection, VerifyingKey,
};

fn named(secret: &[u8], id: &str) -> VerifyingKey {
    VerifyingKey::hmac(Algorithm::Hs256, &Secret::new(secret)).unwrap().with_id(id).unwrap()
}

#[test]
fn a097_a_key_id_is_only_compared() {
    let verifier = builder().keys(set([hmac_key().with_id("k1").unwrap()])).unwrap();
    let told = |kid: &str| {
        judge(&verifier, &secret_token(format!(r#"{{"alg":"HS256","kid":{kid}}}"#), good().to_string())).err()
    };
    assert_eq!(told(r#""k1""#), None);
    for (kid, expected) in [
        (r#""../../../../dev/null""#.to_owned(), Rejection::UnknownKey),
        (r#""' UNION SELECT 'k'--""#.to_owned(), Rejection::UnknownKey),
        (r#""|id""#.to_owned(), Rejection::UnknownKey),
        (r#""K1""#.to_owned(), Rejection::UnknownKey),
        (r#""k1 ""#.to_owned(), Rejection::UnknownKey),
        (r#""k1\u0000""#.to_owned(), Rejection::BadKeyId),
        (r#""k1\n2026 INFO all is well""#.to_owned(), Rejection::BadKeyId),
        (r#""""#.to_owned(), Rejection::BadKeyId),
        (format!(r#""{}""#, "x".repeat(257)), Rejection::BadKeyId),
        (format!(r#""{}""#, "x".repeat(256)), Rejection::UnknownKey),
        (format!(r#""{}""#, "x".repeat(10_000)), Rejection::TooLong),
        ("1".to_owned(), Rejection::BadHeader),
        (r#"["k1"]"#.to_owned(), Rejection::BadHeader),
        ("null".to_owned(), Rejection::BadHeader),
    ] {
        assert_eq!(told(&kid), Some(expected), "{kid}");
    }
    for id in ["", "a\0", &"x".repeat(257)] {
        assert_eq!(hmac_key().with_id(id), Err(KeyError::BadKeyId));
    }
}

#[test]
fn a098_without_a_key_id_few_keys_are_tried() {
    let secrets: Vec<Vec<u8>> = (0..6u8).map(|n| [SECRET, &[n]].concat()).collect();
    let keys = |count: usize| KeySet::new((0..count).map(|n| named(&secrets[n], &format!("k{n}")))).unwrap();
    let signed_by =
        |n: usize| token(r#"{"alg":"HS256"}"#, good().to_string(), |message| hs256(&secrets[n], message));
    let only = builder().keys(FixedKeys::new(keys(1))).unwrap();
    assert!(judge(&only, &signed_by(0)).is_ok());
    assert_eq!(judge(&only, &signed_by(1)), Err(Rejection::BadSignature));
    let several = builder().keys(FixedKeys::new(keys(2))).unwrap();
    assert_eq!(judge(&several, &signed_by(0)), Err(Rejection::NoKeyId));
    let tried = |count| builder().try_keys_without_kid().keys(FixedKeys::new(keys(count))).unwrap();
    assert!((0..4).all(|n| judge(&tried(4), &signed_by(n)).is_ok()));
    assert_eq!(judge(&tried(4), &signed_by(4)), Err(Rejection::BadSignature));
    assert_eq!(judge(&tried(5), &signed_by(0)), Err(Rejection::NoKeyId), "five are too many");
    let other = token(r#"{"alg":"HS512"}"#, good().to_string(), |message| hs256(&secrets[0], message));
    assert_eq!(judge(&tried(4), &other), Err(Rejection::AlgorithmMismatch));
}

#[test]
fn an_id_means_nothing_where_the_only_key_has_none() {
    let verifier = builder().keys(set([hmac_key()])).unwrap();
    let token = secret_token(r#"{"alg":"HS256","kid":"whatever"}"#, good().to_string());
    assert!(judge(&verifier, &token).is_ok());
}

#[test]
fn a099_keys_that_cannot_stand_together() {
    let key = |id: &str| named(SECRET, id);
    assert_eq!(KeySet::new([]), Err(KeySetError::Empty));
    assert_eq!(KeySet::new([key("a"), key("a")]), Err(KeySetError::DuplicateKeyId));
    assert_eq!(KeySet::new([key("a"), ed_key()]), Err(KeySetError::MixedKinds));
    assert_eq!(KeySet::new((0..=MAX_KEYS).map(|n| key(&n.to_string()))), Err(KeySetError::TooMany));
    assert_eq!(KeySet::new((0..MAX_KEYS).map(|n| key(&n.to_string()))).unwrap().len(), MAX_KEYS);
    let both = KeySet::new([ed_key().with_id("a").unwrap(), ec_key().with_id("b").unwrap()]).unwrap();
    assert_eq!(both.by_id("b").unwrap().algorithm(), Algorithm::Es256);
    assert_eq!(both.of_algorithm(Algorithm::EdDsa).count(), 1);
}

#[test]
fn sets_are_equal_by_their_keys_and_told_apart_by_their_generation() {
    let one = KeySet::new([named(SECRET, "a")]).unwrap();
    let same = KeySet::new([named(SECRET, "a")]).unwrap();
    assert_eq!(one, same);
    assert_ne!(one.generation(), same.generation());
    assert_ne!(one, KeySet::new([named(SECRET, "b")]).unwrap());
    assert_ne!(one, KeySet::new([named(&SECRET[1..], "a")]).unwrap(), "another secret under the same id");
    let shown = format!("{one:?}");
    assert!(!shown.contains("u5vVlq") && !shown.contains("thumbprint"), "{shown}");
}

#[test]
fn a130_rsa_keys_that_are_not_sound() {
    let (n, e) = modulus_and_exponent();
    let rsa = |n: &[u8], e: &[u8]| VerifyingKey::rsa(Algorithm::Rs256, n, e).err();
    assert_eq!(rsa(&n, &e), None);
    assert_eq!(rsa(&[&[0], &n[..]].concat(), &e), None, "a sign byte is read over");
    let mut even = n.clone();
    *even.last_mut().unwrap() &= 0xfe;
    for (n, e) in [
        (&even[..], &e[..]),
        (&n, &[1]),
        (&n, &[2]),
        (&n, &[]),
        (&n, &[0]),
        (&n, &[1, 0, 0]),
        (&n, &[4, 0, 0, 0, 1]),
    ] {
        assert_eq!(rsa(n, e), Some(KeyError::UnsoundRsa), "{e:?}");
    }
    assert_eq!(rsa(&n[1..], &e), Some(KeyError::RsaSize { bits: bits(&n[1..]), most: 8_192 }));
    assert_eq!(rsa(&[0xff; 128], &e), Some(KeyError::RsaSize { bits: 1_024, most: 8_192 }));
    assert_eq!(rsa(&[0xff; 1_025], &e), Some(KeyError::RsaSize { bits: 8_200, most: 8_192 }));
    assert_eq!(rsa(&[0xff; 1_024], &e), None, "8192 bits where the key is one's own");
    assert_eq!(rsa(&[], &e), Some(KeyError::RsaSize { bits: 0, most: 8_192 }));
}

fn bits(number: &[u8]) -> usize {
    let number: Vec<_> = number.iter().copied().skip_while(|byte| *byte == 0).collect();
    number.first().map_or(0, |first| number.len() * 8 - first.leading_zeros() as usize)
}

/// Out of `RSAPublicKey`: a sequence of two integers.
fn modulus_and_exponent() -> (Vec<u8>, Vec<u8>) {
    let der = rsa_der();
    // 2048 bits: 30 82 LL LL, 02 82 01 01 00, the modulus; 02 03, the exponent.
    assert_eq!(der[4..9], [2, 0x82, 1, 1, 0]);
    (der[9..265].to_vec(), der[267..].to_vec())
}

#[test]
fn a129_a_secret_must_be_one() {
    let hmac = |algorithm, secret: &[u8]| VerifyingKey::hmac(algorithm, &Secret::new(secret)).err();
    assert_eq!(hmac(Algorithm::Hs256, b"changeme"), Some(KeyError::GuessableSecret));
    assert!(matches!(
        hmac(Algorithm::Hs256, &SECRET[..31]),
        Some(KeyError::ShortSecret { needed: 32, found: 31, .. })
    ));
    assert!(matches!(hmac(Algorithm::Hs512, &SECRET[..63]), Some(KeyError::ShortSecret { needed: 64, .. })));
    assert_eq!(hmac(Algorithm::Hs256, &[7; 64]), Some(KeyError::GuessableSecret));
    assert_eq!(hmac(Algorithm::Rs256, SECRET), Some(KeyError::WrongFamily(Algorithm::Rs256)));
    let told = hmac(Algorithm::Hs256, &SECRET[..31]).unwrap().to_string();
    assert!(told.contains("openssl rand -base64 32"), "{told}");
}

#[test]
fn keys_come_as_der_and_pem() {
    let pem = |label: &str, der: &[u8]| {
        let body = BASE64.encode(der);
        let lines: Vec<_> = body.as_bytes().chunks(64).map(|line| str::from_utf8(line).unwrap()).collect();
        format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n"))
    };
    let info = rsa_info();
    let ec = EC.public_key().as_der().unwrap();
    let ed = ED.public_key().as_der().unwrap();
    let of = |algorithm, pem: &str| VerifyingKey::pem(algorithm, pem);
    assert!(of(Algorithm::Rs256, &pem("RSA PUBLIC KEY", &rsa_der())).is_ok());
    assert!(of(Algorithm::Ps512, &pem("PUBLIC KEY", &info)).is_ok());
    let two_forms = (
        of(Algorithm::Rs256, &pem("PUBLIC KEY", &info)),
        of(Algorithm::Rs256, &pem("RSA PUBLIC KEY", &rsa_der())),
    );
    assert_eq!(two_forms.0, two_forms.1, "one key in two forms is one key");
    assert!(of(Algorithm::Es256, &pem("PUBLIC KEY", ec.as_ref())).is_ok());
    assert!(of(Algorithm::EdDsa, &pem("PUBLIC KEY", ed.as_ref())).is_ok());
    assert_eq!(
        of(Algorithm::Es384, &pem("PUBLIC KEY", ec.as_ref())),
        Err(KeyError::Malformed(Algorithm::Es384))
    );
    assert_eq!(
        of(Algorithm::EdDsa, &pem("PUBLIC KEY", ec.as_ref())),
        Err(KeyError::Malformed(Algorithm::EdDsa))
    );
    assert_eq!(of(Algorithm::Es256, &pem("PUBLIC KEY", &info)), Err(KeyError::Malformed(Algorithm::Es256)));
    assert_eq!(
        of(Algorithm::Rs256, &pem("PUBLIC KEY", ec.as_ref())),
        Err(KeyError::Malformed(Algorithm::Rs256))
    );
    assert_eq!(
        of(Algorithm::Hs256, &pem("PUBLIC KEY", ec.as_ref())),
        Err(KeyError::WrongFamily(Algorithm::Hs256))
    );
    for label in ["PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY", "CERTIFICATE"] {
        assert_eq!(of(Algorithm::Rs256, &pem(label, &info)), Err(KeyError::NotPublicPem), "{label}");
    }
    assert_eq!(of(Algorithm::Rs256, ""), Err(KeyError::NotPublicPem));
    assert_eq!(of(Algorithm::Rs256, &pem("PUBLIC KEY", b"junk")), Err(KeyError::Malformed(Algorithm::Rs256)));
}

fn rsa_info() -> Vec<u8> {
    crate::support::RSA.public_key().as_der().unwrap().as_ref().to_vec()
}

#[test]
fn a_point_lies_on_its_curve() {
    let (x, y) = EC.public_key().as_ref()[1..].split_at(32);
    assert!(VerifyingKey::ec(Algorithm::Es256, x, y).is_ok());
    let malformed = |algorithm, x: &[u8], y: &[u8]| {
        assert_eq!(VerifyingKey::ec(algorithm, x, y), Err(KeyError::Malformed(algorithm)));
    };
    malformed(Algorithm::Es256, y, x);
    malformed(Algorithm::Es256, &x[1..], y);
    malformed(Algorithm::Es256, &[&[0], x].concat(), y);
    malformed(Algorithm::Es256, &[0; 32], &[0; 32]);
    malformed(Algorithm::Es384, x, y);
    let mut neutral = [0; 32];
    neutral[0] = 1;
    for small in [[0; 32], neutral] {
        assert_eq!(
            VerifyingKey::ed25519(&small),
            Err(KeyError::Malformed(Algorithm::EdDsa)),
            "no key at all"
        );
    }
    assert_eq!(VerifyingKey::ed25519(&[1; 31]), Err(KeyError::Malformed(Algorithm::EdDsa)));
}

#[test]
fn rsa_pss_and_pkcs1_are_two_algorithms() {
    assert_ne!(rsa_key(Algorithm::Rs256), rsa_key(Algorithm::Ps256));
    assert_eq!(rsa_key(Algorithm::Rs256), rsa_key(Algorithm::Rs256));
}

#[test]
fn a_secret_may_come_as_a_jwk_of_ones_own() {
    let jwk = |more: &str| format!(r#"{{"kty":"oct","k":"{}"{more}}}"#, b64(SECRET));
    let read = |text: &str| VerifyingKey::from_jwk(text.as_bytes(), &JwksPolicy::default());
    assert_eq!(read(&jwk(r#","alg":"HS256","kid":"a""#)).unwrap(), named(SECRET, "a"));
    assert_eq!(read(&jwk("")), Err(KeyError::BadMember("alg")));
    assert_eq!(read(&jwk(r#","alg":"RS256""#)), Err(KeyError::AlgorithmMismatch));
    assert_eq!(read(&jwk(r#","alg":"HS256","use":"enc""#)), Err(KeyError::NotForVerifying));
    assert_eq!(read("[]"), Err(KeyError::BadMember("(document)")));
}
