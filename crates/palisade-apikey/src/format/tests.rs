use super::*;
use proptest::prelude::*;
use std::collections::HashSet;

fn format() -> KeyFormat {
    KeyFormat::new("acme", "live", &Secret::new("0123456789abcdef")).unwrap()
}

fn check(presented: &[u8], expected: NoKey) {
    let shown = String::from_utf8_lossy(presented).into_owned();
    assert_eq!(format().parse(presented).map(|_| ()), Err(expected), "{shown}");
}

#[test]
fn prefixes_and_environments_are_words() {
    let made = |prefix: &str, env: &str| KeyFormat::with_public_checksum(prefix, env).map(|_| ());
    assert_eq!(made("a", "1"), Ok(()));
    assert_eq!(made("Acme9", "live"), Ok(()));
    for prefix in ["", "1a", "a_b", "a-b", "ä", "abcdefghijklmnopq", "a b", "a\n"] {
        assert_eq!(made(prefix, "live"), Err(FormatError::Prefix), "{prefix:?}");
    }
    for env in ["", "li_ve", "production", "ü"] {
        assert_eq!(made("acme", env), Err(FormatError::Env), "{env:?}");
    }
    let short = KeyFormat::new("acme", "live", &Secret::new("fifteen bytes .")).map(|_| ());
    assert_eq!(short, Err(FormatError::CheckKey));
}

#[test]
fn keys_of_one_format_have_one_length_and_parse() {
    let format = format();
    for _ in 0..100 {
        let key = format.mint().unwrap();
        assert_eq!(key.expose().len(), format.key_len());
        assert_eq!(format.parse(key.expose().as_bytes()).unwrap().id(), key.id());
        assert!(key.hint().as_str().starts_with("acme_live_…"));
        assert!(key.expose().ends_with(&key.hint().as_str()["acme_live_…".len()..]));
        assert!(
            !format!("{key:?} {:?}", format.parse(key.expose().as_bytes())).contains(&key.expose()[22..])
        );
    }
}

#[test]
fn a055_a056_junk_is_told_from_keys() {
    check(b"", NoKey::Shape);
    check(b"acme_live_", NoKey::Shape);
    check(b"acme_", NoKey::Environment);
    check(b"acme_test_", NoKey::Environment);
    check(b"ACME_LIVE_", NoKey::Shape);
    check(b"acme_live_' OR 1=1--", NoKey::Shape);
    check(b"acme_live_%00", NoKey::Shape);
    check(&[b"acme_live_".as_slice(), &[b'a'; 10_240]].concat(), NoKey::Shape);
    check(&[b"acme_live_".as_slice(), &[b'a'; 61]].concat(), NoKey::Checksum);
    check(&[b"acme_live_".as_slice(), &[0xff; 61]].concat(), NoKey::Shape);
    check("acme_live_ａ".as_bytes(), NoKey::Shape);
}

#[test]
fn a058_parts_of_a_key_and_more_than_a_key_are_no_keys() {
    let format = format();
    let key = format.mint().unwrap();
    let text = key.expose().as_bytes();
    for end in 0..text.len() {
        assert!(format.parse(&text[..end]).is_err(), "{end}");
    }
    for more in [b"a".as_slice(), b"=", b" ", b"_live"] {
        assert!(format.parse(&[text, more].concat()).is_err());
    }
}

#[test]
fn a_key_of_another_service_does_not_pass_the_check() {
    let other = KeyFormat::new("acme", "live", &Secret::new("fedcba9876543210")).unwrap();
    let key = other.mint().unwrap();
    check(key.expose().as_bytes(), NoKey::Checksum);
    let both = format().also_checked_by(&Secret::new("fedcba9876543210")).unwrap();
    assert!(both.parse(key.expose().as_bytes()).is_ok());
    assert!(both.parse(format().mint().unwrap().expose().as_bytes()).is_ok());
    let many = (0..3).try_fold(both, |format, _| format.also_checked_by(&Secret::new("fedcba9876543210")));
    assert_eq!(many.map(|_| ()), Err(FormatError::CheckKeys));
}

/// A source that says what it is told to.
#[derive(Debug)]
struct Says(Fill);

type Fill = fn(&mut [u8]) -> Result<(), RandomError>;

impl RandomSource for Says {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), RandomError> {
        (self.0)(bytes)
    }
}

#[test]
fn a083_without_randomness_there_is_no_key() {
    let broken: [Fill; 4] = [
        |_| Err(RandomError::failed()),
        // A source that fails and says it did not.
        |_| Ok(()),
        |bytes| {
            bytes.fill(0xff);
            Ok(())
        },
        |bytes| {
            bytes.iter_mut().enumerate().for_each(|(at, byte)| *byte = 0xf8 + u8::try_from(at % 8).unwrap());
            Ok(())
        },
    ];
    for source in broken {
        assert!(format().mint_from(&Says(source)).is_err());
    }
}

#[test]
fn a082_keys_are_unlike_and_even() {
    // 12,000 expected hits a cell in the secrets: enough to see a bias of a few per cent.
    let format = KeyFormat::with_public_checksum("a", "b").unwrap();
    let mut seen = HashSet::new();
    let mut counts = [[0u32; 62]; 2];
    for _ in 0..17_000 {
        let key = format.mint().unwrap();
        let body = &key.expose()[4..];
        for (part, count) in [&body[..12], &body[12..55]].into_iter().zip(&mut counts) {
            for byte in part.bytes() {
                count[alphabet::BASE62.iter().position(|sign| *sign == byte).unwrap()] += 1;
            }
        }
        assert!(seen.insert(key.expose().to_owned()));
    }
    for count in counts {
        let total: u32 = count.iter().sum();
        let expected = f64::from(total) / 62.0;
        let chi: f64 = count.iter().map(|n| (f64::from(*n) - expected).powi(2) / expected).sum();
        assert!(count.iter().all(|n| *n > 0));
        // 61 degrees of freedom: beyond 140 with a probability below one in ten million.
        assert!(chi < 140.0, "{chi}");
    }
}

#[test]
fn a082_a_million_ids_are_unlike() {
    let mut seen = HashSet::new();
    for _ in 0..1_000_000 {
        assert!(seen.insert(*KeyId::random(&OsRandom).unwrap().as_bytes()));
    }
}

#[test]
fn ids_of_foreign_keys_are_stable_and_apart() {
    assert_eq!(KeyId::of_foreign(b"a"), KeyId::of_foreign(b"a"));
    assert_ne!(KeyId::of_foreign(b"a"), KeyId::of_foreign(b"b"));
}

proptest! {
    #[test]
    fn anything_may_be_presented(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        prop_assert!(format().parse(&bytes).is_err());
    }

    #[test]
    fn one_wrong_character_is_noticed(at in 10usize..71, with in 0usize..62) {
        let format = format();
        let key = format.mint().unwrap();
        let mut text = key.expose().as_bytes().to_vec();
        prop_assume!(text[at] != alphabet::BASE62[with]);
        text[at] = alphabet::BASE62[with];
        prop_assert_eq!(format.parse(&text).map(|_| ()), Err(NoKey::Checksum));
    }

    #[test]
    fn changed_letter_case_is_noticed(flip in 0usize..71) {
        let key = format().mint().unwrap();
        let mut text = key.expose().as_bytes().to_vec();
        prop_assume!(text[flip].is_ascii_alphabetic());
        text[flip] ^= 0x20;
        prop_assert!(format().parse(&text).is_err());
    }
}

#[test]
fn a278_logs_know_keys_when_they_see_them() {
    use palisade_core::Recogniser as _;

    let (format, key) = (format(), format().mint().unwrap());
    let key = key.expose();
    let other = KeyFormat::with_public_checksum("acme", "test").unwrap().mint().unwrap();
    for word in [key, other.expose(), &key[..key.len() - 1], &format!("{key}x"), &key.replacen("live", "", 1)]
    {
        assert!(format.recognises(word), "{word}");
    }
    let hint = format!("acme_live_{}", &key[10..22]);
    for word in ["", "acme", "acme_", "acme_live", "acme_live_", "acme_é", &key[1..], &hint] {
        assert!(!format.recognises(word), "{word}");
    }
}
