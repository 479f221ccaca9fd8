//! No bytes may panic where a key set is read, and no set has what it must not have.
#![no_main]

use libfuzzer_sys::fuzz_target;
use palisade_jwt::{JwksPolicy, KeySet, MAX_KEYS, VerifyingKey};
use std::{collections::BTreeSet, sync::LazyLock};

static POLICY: LazyLock<JwksPolicy> = LazyLock::new(JwksPolicy::default);

fuzz_target!(|bytes: &[u8]| {
    check(bytes);
    // As one key among good ones.
    let mut set = br#"{"keys":[{"kty":"OKP","crv":"Ed25519","kid":"k1","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"},"#.to_vec();
    set.extend_from_slice(bytes);
    set.extend_from_slice(b"]}");
    check(&set);
    if let Ok(key) = VerifyingKey::from_jwk(bytes, &POLICY) {
        assert!(key.algorithm().is_symmetric() || POLICY.allows(key.algorithm()));
    }
});

fn check(document: &[u8]) {
    let Ok((keys, skipped)) = KeySet::from_jwks(document, &POLICY) else { return };
    assert!(keys.len() <= MAX_KEYS && skipped.len() <= MAX_KEYS);
    let ids: Vec<_> = keys.keys().iter().filter_map(VerifyingKey::id).collect();
    assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), ids.len(), "an id stands twice");
    for key in keys.keys() {
        assert!(!key.algorithm().is_symmetric() && POLICY.allows(key.algorithm()));
        assert!(!key.verifies(b"nobody signed this", &[0; 64]));
    }
}
