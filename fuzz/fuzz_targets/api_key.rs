//! No bytes may panic where a key is read, and what is read is this service's own and whole.
#![no_main]

use libfuzzer_sys::fuzz_target;
use palisade_apikey::KeyFormat;
use palisade_core::Secret;
use std::sync::LazyLock;

static FORMATS: LazyLock<[KeyFormat; 2]> = LazyLock::new(|| {
    let keyed = KeyFormat::new("acme", "live", &Secret::new("0123456789abcdef")).expect("a format");
    [keyed, KeyFormat::with_public_checksum("acme", "live").expect("a format")]
});

fuzz_target!(|bytes: &[u8]| {
    for format in &*FORMATS {
        let claimed = format.claims(bytes);
        if let Ok(key) = format.parse(bytes) {
            assert!(claimed && key.expose() == bytes && bytes.len() == format.key_len());
        }
    }
});
