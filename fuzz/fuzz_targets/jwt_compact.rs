//! No bytes may panic where a token's form and header are read, and what is read has one spelling only.
#![no_main]

use data_encoding::BASE64URL_NOPAD;
use libfuzzer_sys::fuzz_target;
use palisade_core::UnixTime;
use palisade_jwt::{
    FixedKeys, JwksPolicy, KeySet, MAX_TOKEN_LEN, Rejection, Unverified, Verifier, VerifyingKey,
};
use std::sync::LazyLock;

const NOW: UnixTime = UnixTime::from_secs(1_700_000_000);
const KEY: &[u8] =
    br#"{"kty":"OKP","crv":"Ed25519","kid":"k1","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#;
const CLAIMS: &[u8] = br#"{"iss":"i","sub":"s","aud":"a","exp":1700000060}"#;

static VERIFIER: LazyLock<Verifier> = LazyLock::new(|| {
    let key = VerifyingKey::from_jwk(KEY, &JwksPolicy::default()).expect("a key");
    let keys = FixedKeys::new(KeySet::new([key]).expect("a set"));
    Verifier::builder("i").audience("a").keys(keys).expect("a verifier")
});

fuzz_target!(|bytes: &[u8]| {
    if let Ok(token) = std::str::from_utf8(bytes) {
        check(token);
    }
    // The same bytes as a header, so that mutation need not learn base64url.
    let (header, claims) = (BASE64URL_NOPAD.encode(bytes), BASE64URL_NOPAD.encode(CLAIMS));
    check(&format!("{header}.{claims}.AAAA"));
});

fn check(token: &str) {
    if Unverified::parse(token).is_ok() {
        assert!(token.len() <= MAX_TOKEN_LEN && token.split('.').count() == 3);
        for part in token.split('.') {
            let decoded = BASE64URL_NOPAD.decode(part.as_bytes()).expect("base64url");
            assert_eq!(BASE64URL_NOPAD.encode(&decoded), part);
        }
        let header = token.split('.').next().expect("a header");
        let header = BASE64URL_NOPAD.decode(header.as_bytes()).expect("base64url");
        let header: serde_json::Value = serde_json::from_slice(&header).expect("JSON");
        for name in ["crit", "b64", "zip", "enc"] {
            assert!(header.get(name).is_none(), "{name}");
        }
        assert!(header["alg"].is_string());
    }
    let verdict = VERIFIER.verify(token, NOW).try_now().expect("fixed keys answer at once");
    // Nobody signed anything.
    assert!(matches!(verdict, Err(rejection) if rejection != Rejection::Unavailable));
}
