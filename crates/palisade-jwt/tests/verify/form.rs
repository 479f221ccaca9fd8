//! The form of a token, its header, and what it may name.

use crate::support::{
    EC, ED, SECRET, b64, builder, ec_key, ec_sign, ed_key, good, header, hmac_key, hs256, judge, payload,
    rsa_der, rsa_key, rsa_sign, secret_token, set, token, verifier,
};
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair as _};
use palisade_jwt::{Algorithm, MAX_TOKEN_LEN, Rejection};
use std::net::TcpListener;

#[test]
fn every_kind_of_key_verifies_its_own() {
    let claims = good().to_string();
    for (name, key, sign) in [
        (
            "EdDSA",
            ed_key(),
            Box::new(|m: &[u8]| ED.sign(m).as_ref().to_vec()) as Box<dyn Fn(&[u8]) -> Vec<u8>>,
        ),
        ("Ed25519", ed_key(), Box::new(|m: &[u8]| ED.sign(m).as_ref().to_vec())),
        ("ES256", ec_key(), Box::new(ec_sign)),
        ("RS256", rsa_key(Algorithm::Rs256), Box::new(|m: &[u8]| rsa_sign(Algorithm::Rs256, m))),
        ("PS256", rsa_key(Algorithm::Ps256), Box::new(|m: &[u8]| rsa_sign(Algorithm::Ps256, m))),
        ("HS256", hmac_key(), Box::new(|m: &[u8]| hs256(SECRET, m))),
    ] {
        let verifier = builder().keys(set([key])).unwrap();
        let token = token(format!(r#"{{"alg":"{name}","typ":"at+jwt"}}"#), &claims, sign);
        assert_eq!(judge(&verifier, &token).unwrap().subject(), "user-1", "{name}");
    }
}

#[test]
fn a084_no_spelling_of_none_is_an_algorithm() {
    for name in ["none", "None", "NONE", "nOnE", "none ", "noNE"] {
        let (head, body) = (b64(format!(r#"{{"alg":"{name}"}}"#)), b64(good().to_string()));
        assert_eq!(judge(&verifier(), &format!("{head}.{body}.")), Err(Rejection::NotCompact), "{name}");
        assert_eq!(
            judge(&verifier(), &format!("{head}.{body}.AAAA")),
            Err(Rejection::UnknownAlgorithm),
            "{name}"
        );
        let signed = header(&format!(r#"{{"alg":"{name}"}}"#));
        assert_eq!(signed, Err(Rejection::UnknownAlgorithm), "{name}");
    }
}

#[test]
fn a085_an_algorithm_that_is_missing_mistyped_or_unknown() {
    for (text, expected) in [
        ("{}", Rejection::UnknownAlgorithm),
        (r#"{"alg":""}"#, Rejection::UnknownAlgorithm),
        (r#"{"alg":null}"#, Rejection::BadHeader),
        (r#"{"alg":0}"#, Rejection::BadHeader),
        (r#"{"alg":["HS256"]}"#, Rejection::BadHeader),
        (r#"{"alg":{"HS256":1}}"#, Rejection::BadHeader),
        (r#"{"alg":"HS1"}"#, Rejection::UnknownAlgorithm),
        (r#"{"alg":"hs256"}"#, Rejection::UnknownAlgorithm),
        (r#"{"ALG":"HS256"}"#, Rejection::UnknownAlgorithm),
        (r#"{"alg":"HS256 "}"#, Rejection::UnknownAlgorithm),
        (r#"{"alg":"HS384"}"#, Rejection::AlgorithmMismatch),
        (r#"{"alg":"ES256"}"#, Rejection::AlgorithmMismatch),
        (r#"{"alg":"PBES2-HS256+A128KW","p2c":2147483647}"#, Rejection::UnknownAlgorithm),
    ] {
        assert_eq!(header(text), Err(expected), "{text}");
    }
    assert!(header(r#"{"alg":"HS256"}"#).is_ok());
    assert!(header(r#"{"\u0061lg":"HS\u003256"}"#).is_ok(), "escapes are another spelling of the same");
}

#[test]
fn a086_a_public_rsa_key_is_no_secret() {
    let der = rsa_der();
    let pem = format!(
        "-----BEGIN RSA PUBLIC KEY-----\n{}\n-----END RSA PUBLIC KEY-----",
        data_encoding::BASE64.encode(&der)
    );
    let verifier = builder().keys(set([rsa_key(Algorithm::Rs256)])).unwrap();
    for secret in [
        pem.clone().into_bytes(),
        format!("{pem}\n").into_bytes(),
        format!(" {pem}").into_bytes(),
        der.clone(),
        b64(&der).into_bytes(),
    ] {
        let forged = token(r#"{"alg":"HS256"}"#, good().to_string(), |message| hs256(&secret, message));
        assert_eq!(judge(&verifier, &forged), Err(Rejection::AlgorithmMismatch));
        let renamed = token(r#"{"alg":"RS256"}"#, good().to_string(), |message| hs256(&secret, message));
        assert_eq!(judge(&verifier, &renamed), Err(Rejection::BadSignature));
    }
}

#[test]
fn a087_a_public_elliptic_key_is_no_secret() {
    let verifier = builder().keys(set([ec_key()])).unwrap();
    let point = EC.public_key().as_ref();
    for secret in [point, &point[1..], &point[1..33]] {
        let forged = token(r#"{"alg":"HS256"}"#, good().to_string(), |message| hs256(secret, message));
        assert_eq!(judge(&verifier, &forged), Err(Rejection::AlgorithmMismatch));
    }
}

#[test]
fn a089_a090_the_keys_algorithm_decides() {
    let claims = good().to_string();
    let rs = builder().keys(set([rsa_key(Algorithm::Rs256)])).unwrap();
    let pss = token(r#"{"alg":"PS256"}"#, &claims, |message| rsa_sign(Algorithm::Ps256, message));
    assert_eq!(judge(&rs, &pss), Err(Rejection::AlgorithmMismatch), "the same key, another algorithm");
    let es = builder().keys(set([ec_key()])).unwrap();
    for (name, expected) in [
        ("ES384", Rejection::AlgorithmMismatch),
        ("ES512", Rejection::AlgorithmMismatch),
        ("ES256K", Rejection::UnknownAlgorithm),
    ] {
        let forged = token(format!(r#"{{"alg":"{name}"}}"#), &claims, ec_sign);
        assert_eq!(judge(&es, &forged), Err(expected), "{name}");
    }
}

/// The order of P-256.
const ORDER: [u8; 32] = [
    0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xbc, 0xe6, 0xfa,
    0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51,
];

#[test]
fn a091_signatures_without_a_message() {
    let verifier = builder().keys(set([ec_key()])).unwrap();
    let mut below = ORDER;
    below[31] -= 1;
    let mut one = [0; 32];
    one[31] = 1;
    let numbers = [[0; 32], one, below, ORDER, [0xff; 32]];
    for r in numbers {
        for s in numbers {
            let forged = token(r#"{"alg":"ES256"}"#, good().to_string(), |_| [r, s].concat());
            assert_eq!(judge(&verifier, &forged), Err(Rejection::BadSignature));
        }
    }
}

#[test]
fn a092_an_elliptic_signature_has_one_form() {
    let verifier = builder().keys(set([ec_key()])).unwrap();
    let check = |sign: &dyn Fn(&[u8]) -> Vec<u8>| {
        judge(&verifier, &token(r#"{"alg":"ES256"}"#, good().to_string(), sign)).err()
    };
    let pkcs8 = EC.to_pkcs8v1().unwrap();
    let asn1 = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, pkcs8.as_ref()).unwrap();
    let der =
        |message: &[u8]| asn1.sign(&aws_lc_rs::rand::SystemRandom::new(), message).unwrap().as_ref().to_vec();
    let bad = Some(Rejection::BadSignature);
    assert_eq!(check(&ec_sign), None);
    assert_eq!(check(&der), bad);
    assert_eq!(check(&|message| ec_sign(message)[..63].to_vec()), bad);
    assert_eq!(check(&|message| [ec_sign(message), vec![0]].concat()), bad);
    assert_eq!(check(&|message| [ec_sign(message), vec![0; 64]].concat()), bad);
    assert_eq!(check(&|message| [vec![0], ec_sign(message)].concat()), bad);
    assert_eq!(check(&|message| ec_sign(message).repeat(2)), bad);
}

#[test]
fn a094_a096_keys_in_the_header_are_not_looked_at() {
    let attacker = b"an-attackers-own-secret-0123456789";
    let jwk = format!(r#"{{"kty":"oct","k":"{}"}}"#, b64(attacker));
    for member in [
        format!(r#""jwk":{jwk}"#),
        r#""x5c":["MIIB"]"#.to_owned(),
        r#""x5t":"AAAA","x5t#S256":"AAAA""#.to_owned(),
        r#""jwk":7,"x5c":{"a":[]},"jku":null,"x5u":false"#.to_owned(),
    ] {
        let head = format!(r#"{{"alg":"HS256",{member}}}"#);
        let forged = token(&head, good().to_string(), |message| hs256(attacker, message));
        assert_eq!(judge(&verifier(), &forged), Err(Rejection::BadSignature), "{member}");
        // Nobody is refused for having said it, either.
        assert!(judge(&verifier(), &secret_token(&head, good().to_string())).is_ok(), "{member}");
    }
}

#[test]
fn a095_nothing_is_fetched_because_a_token_says_so() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let url = format!("http://{}/keys", listener.local_addr().unwrap());
    for name in ["jku", "x5u"] {
        let head = format!(r#"{{"alg":"HS256","{name}":"{url}"}}"#);
        let forged = token(head, good().to_string(), |message| hs256(b"another", message));
        assert_eq!(judge(&verifier(), &forged), Err(Rejection::BadSignature));
    }
    assert_eq!(listener.accept().unwrap_err().kind(), std::io::ErrorKind::WouldBlock);
}

#[test]
fn a101_critical_extensions_are_refused_whatever_they_are() {
    for value in [r#"["exp"]"#, r#"["x"]"#, "[]", r#""x""#, "null", r#"["b64"]"#, "{}", "1"] {
        let head = format!(r#"{{"alg":"HS256","crit":{value}}}"#);
        assert_eq!(header(&head), Err(Rejection::Extension), "{head}");
    }
}

#[test]
fn unencoded_payloads_are_refused() {
    for head in [
        r#"{"alg":"HS256","b64":false,"crit":["b64"]}"#,
        r#"{"alg":"HS256","b64":false}"#,
        r#"{"alg":"HS256","b64":true}"#,
    ] {
        assert_eq!(header(head), Err(Rejection::Extension), "{head}");
    }
}

#[test]
fn a103_encrypted_and_nested_tokens_are_refused() {
    let part = b64(r#"{"alg":"dir","enc":"A128GCM"}"#);
    assert_eq!(judge(&verifier(), &format!("{part}..AAAA.AAAA.AAAA")), Err(Rejection::Encrypted));
    assert_eq!(judge(&verifier(), &format!("{part}.AAAA.AAAA.AAAA.AAAA")), Err(Rejection::Encrypted));
    for cty in ["JWT", "jwt", "application/jwt", "APPLICATION/JWT"] {
        let head = format!(r#"{{"alg":"HS256","cty":"{cty}"}}"#);
        assert_eq!(header(&head), Err(Rejection::Extension), "{cty}");
    }
    assert_eq!(header(r#"{"alg":"HS256","enc":"A128GCM"}"#), Err(Rejection::Extension));
    assert_eq!(header(r#"{"alg":"HS256","cty":1}"#), Err(Rejection::BadHeader));
    assert!(header(r#"{"alg":"HS256","cty":"json"}"#).is_ok());
}

#[test]
fn a104_a105_nothing_is_inflated_and_nothing_is_derived() {
    assert_eq!(header(r#"{"alg":"HS256","zip":"DEF"}"#), Err(Rejection::Extension));
    let derived = header(r#"{"alg":"PBES2-HS256+A128KW","p2c":2147483647,"p2s":"AAAA","enc":"A128GCM"}"#);
    assert_eq!(derived, Err(Rejection::Extension));
}

#[test]
fn a106_json_serialisation_is_refused() {
    let (head, body) = (b64(r#"{"alg":"HS256"}"#), b64(good().to_string()));
    let mac = b64(hs256(SECRET, format!("{head}.{body}").as_bytes()));
    for text in [
        format!(r#"{{"payload":"{body}","protected":"{head}","signature":"{mac}"}}"#),
        format!(r#"{{"payload":"{body}","signatures":[{{"protected":"{head}","signature":"{mac}"}}]}}"#),
        format!(r#"{{"protected":"{head}","payload":"{body}","x":"a.b.c.d.e"}}"#),
    ] {
        assert_eq!(judge(&verifier(), &text), Err(Rejection::NotCompact), "{text}");
    }
}

#[test]
fn a108_a111_header_and_payload_are_json_objects_in_utf_8() {
    let claims = good().to_string();
    let utf16: Vec<u8> = claims.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let broken = claims.replace("user-1", "user\u{fffd}").into_bytes();
    let broken: Vec<u8> =
        broken.split(|byte| *byte == 0xef).next().unwrap().iter().copied().chain(*b"\xff\"}").collect();
    for bytes in [
        [b"\xef\xbb\xbf".as_slice(), claims.as_bytes()].concat(),
        utf16,
        broken,
        b"[]".to_vec(),
        b"\"x\"".to_vec(),
        b"null".to_vec(),
        b"1".to_vec(),
        b"".to_vec(),
        b"{".to_vec(),
        [claims.as_bytes(), b" {}"].concat(),
        [claims.as_bytes(), b"\0"].concat(),
        format!(r#"{{"x":{}{}}}"#, "[".repeat(40), "]".repeat(40)).into_bytes(),
    ] {
        assert_eq!(payload(&bytes), Err(Rejection::BadPayload), "{}", String::from_utf8_lossy(&bytes));
    }
    for bytes in [
        b"\xef\xbb\xbf{\"alg\":\"HS256\"}".to_vec(),
        r#"{"alg":"HS256"}"#.encode_utf16().flat_map(u16::to_le_bytes).collect(),
        b"{\"alg\":\"HS256\",\"x\":\"\xff\"}".to_vec(),
        b"[]".to_vec(),
        b"null".to_vec(),
        b"{\"alg\":\"HS256\"}{}".to_vec(),
        b"{\"alg\":\"HS256\",}".to_vec(),
        b"{alg:\"HS256\"}".to_vec(),
        b"{\"alg\":\"HS256\",\"x\":NaN}".to_vec(),
        b"{\"alg\":\"HS256\"/**/}".to_vec(),
        format!(r#"{{"alg":"HS256","x":{}{}}}"#, "[".repeat(40), "]".repeat(40)).into_bytes(),
    ] {
        let verdict = judge(&verifier(), &secret_token(&bytes, &claims));
        assert_eq!(verdict, Err(Rejection::BadHeader), "{}", String::from_utf8_lossy(&bytes));
    }
}

#[test]
fn a109_a_member_that_stands_twice_is_seen_at_every_depth() {
    for head in [
        r#"{"alg":"HS256","alg":"HS256"}"#,
        r#"{"alg":"none","alg":"HS256"}"#,
        r#"{"alg":"HS256","\u0061lg":"HS256"}"#,
        r#"{"alg":"HS256","x":1,"x":1}"#,
        r#"{"alg":"HS256","x":{"y":1,"y":2}}"#,
        r#"{"alg":"HS256","x":[{"y":{"z":1,"\u007a":2}}]}"#,
    ] {
        assert_eq!(header(head), Err(Rejection::DuplicateMember), "{head}");
    }
    let claims = good().to_string();
    let claims = claims.strip_suffix('}').unwrap();
    for more in [
        r#""sub":"admin""#,
        r#""s\u0075b":"admin""#,
        r#""\u0073\u0075\u0062":"user-1""#,
        r#""cnf":{"jkt":"a","jkt":"b"}"#,
        r#""a":[1,{"b":[{"c":1,"c":1}]}]"#,
    ] {
        assert_eq!(payload(format!("{claims},{more}}}")), Err(Rejection::DuplicateMember), "{more}");
    }
}

#[test]
fn a113_long_tokens_and_many_dots() {
    let fill = |length: usize| {
        let short = secret_token(r#"{"alg":"HS256"}"#, good().to_string());
        assert!(short.len() < length);
        (0..length)
            .map(|n| "x".repeat(n))
            .map(|fill| {
                let mut claims = good();
                claims["fill"] = fill.into();
                secret_token(r#"{"alg":"HS256"}"#, claims.to_string())
            })
            .find(|token| token.len() >= length)
            .unwrap()
    };
    let whole = fill(MAX_TOKEN_LEN - 1);
    assert!(whole.len() <= MAX_TOKEN_LEN, "{}", whole.len());
    assert!(judge(&verifier(), &whole).is_ok());
    assert_eq!(judge(&verifier(), &"a".repeat(MAX_TOKEN_LEN + 1)), Err(Rejection::TooLong));
    assert_eq!(judge(&verifier(), &".".repeat(1 << 20)), Err(Rejection::TooLong));
    for dots in [0, 1, 3, 5, 6, 8_000] {
        assert_eq!(judge(&verifier(), &".".repeat(dots)), Err(Rejection::NotCompact), "{dots}");
    }
    let crowd: Vec<_> = (0..1_000).map(|n| format!(r#""{n}":0"#)).collect();
    assert_eq!(header(&format!(r#"{{"alg":"HS256",{}}}"#, crowd[..40].join(","))), Err(Rejection::BadHeader));
}

#[test]
fn base64url_has_one_spelling() {
    let good = secret_token(r#"{"alg":"HS256"} "#, good().to_string());
    assert!(judge(&verifier(), &good).is_ok());
    let parts: Vec<_> = good.split('.').collect();
    let [head, body, mac] = parts[..] else { panic!("three parts") };
    // 32 bytes leave two bits over: the last letter has four spellings, three of them wrong.
    let last = mac.chars().next_back().unwrap();
    let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let at = alphabet.find(last).unwrap();
    assert_eq!(at % 4, 0);
    for slack in 1..4 {
        let other = alphabet.chars().nth(at + slack).unwrap();
        let text = format!("{head}.{body}.{}{other}", &mac[..mac.len() - 1]);
        assert_eq!(judge(&verifier(), &text), Err(Rejection::NotCompact));
    }
    for text in [
        format!("{good}="),
        format!("{good}\n"),
        format!(" {good}"),
        format!("{head}=.{body}.{mac}"),
        format!("{head}.{body}\r\n.{mac}"),
        format!("{head}.{body}.{}", mac.replace(['-', '_'], "+")) + "/",
        format!("{head}.{body}.é{mac}"),
        format!("{head}.{body}."),
        format!(".{body}.{mac}"),
    ] {
        assert_eq!(judge(&verifier(), &text), Err(Rejection::NotCompact), "{text}");
    }
}
