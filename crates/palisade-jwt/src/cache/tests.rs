use super::*;
use std::time::Duration;

const SECOND: u64 = 1_000_000_000;

fn at(seconds: u64) -> Moment {
    Moment { mono: Timestamp::from_nanos(seconds * SECOND), wall: UnixTime::from_secs(1_000 + seconds) }
}

/// A cache that saw `token` at second 0, valid until second 30, under generation 7.
fn cache(setting: TokenCache) -> VerifiedTokens<&'static str> {
    let cache = VerifiedTokens::new(setting);
    insert(&cache, b"header.payload.signature", 30);
    cache
}

fn insert(cache: &VerifiedTokens<&'static str>, token: &[u8], ends: u64) {
    let verified =
        Verified { value: "alice", issuer: 3, generation: 7, ends: at(ends).wall, since: at(0).mono };
    cache.insert(token, Arc::new(verified));
}

fn check(cache: &VerifiedTokens<&'static str>, token: &[u8], now: Moment, expected: bool) {
    let found = cache.get(token, now, |issuer| (issuer == 3).then_some(7));
    assert_eq!(found.is_some_and(|found| found.value == "alice"), expected, "{}", token.escape_ascii());
}

#[test]
fn a132_every_byte_of_a_token_counts() {
    for setting in [TokenCache::new(), TokenCache::new().digests_only()] {
        let cache = cache(setting);
        let token = b"header.payload.signature";
        check(&cache, token, at(1), true);
        for place in 0..token.len() {
            for bit in 0..8 {
                let mut other = token.to_vec();
                other[place] ^= 1 << bit;
                check(&cache, &other, at(1), false);
            }
        }
        check(&cache, &token[1..], at(1), false);
        check(&cache, &token[..23], at(1), false);
        check(&cache, b"", at(1), false);
        // Another token with the same signature, and one with the same length.
        let long = [&b"a"[..], &[b'x'; 40], &b"tail-of-a-signature-32-bytes-long"[..]].concat();
        insert(&cache, &long, 30);
        check(&cache, &long, at(1), true);
        check(&cache, &[&b"b"[..], &long[1..]].concat(), at(1), false);
    }
}

#[test]
fn a132_an_entry_ends_with_its_token_and_after_a_minute() {
    let cache = cache(TokenCache::new());
    check(&cache, b"header.payload.signature", at(29), true);
    check(&cache, b"header.payload.signature", at(30), false);
    insert(&cache, b"long", 3_600);
    check(&cache, b"long", at(59), true);
    check(&cache, b"long", at(60), false);
    // A wall clock that is set back makes nothing live longer than a minute.
    check(&cache, b"long", Moment { mono: at(60).mono, wall: at(1).wall }, false);
    let brief = super::tests::cache(TokenCache::new().age(Duration::from_secs(5)));
    check(&brief, b"header.payload.signature", at(4), true);
    check(&brief, b"header.payload.signature", at(5), false);
    let endless = TokenCache::new().age(Duration::MAX);
    assert_eq!(endless, TokenCache::new());
    let never = super::tests::cache(TokenCache::new().age(Duration::ZERO));
    check(&never, b"header.payload.signature", at(0), false);
}

#[test]
fn a132_other_keys_than_before_know_nothing() {
    let cache = cache(TokenCache::new());
    let token = b"header.payload.signature";
    assert!(cache.get(token, at(1), |_| Some(7)).is_some());
    assert!(cache.get(token, at(1), |_| Some(8)).is_none());
    assert!(cache.get(token, at(1), |_| Some(6)).is_none());
    assert!(cache.get(token, at(1), |_| None).is_none());
}

#[test]
fn room_is_bounded() {
    let cache = VerifiedTokens::new(TokenCache::new().bytes(1));
    for number in 0..20_000 {
        insert(&cache, format!("{number:0700}").as_bytes(), 30);
    }
    let most = (1 << 20) / (4 * (700 + OVERHEAD));
    assert!((1..=most).contains(&cache.len()), "{} of {most}", cache.len());
}

#[test]
fn a045_nothing_of_a_token_is_shown() {
    let cache = cache(TokenCache::new());
    let shown = format!("{cache:?} {:?}", Sought(b"canary").keep(6));
    assert!(!shown.contains("canary") && !shown.contains("payload"), "{shown}");
}
