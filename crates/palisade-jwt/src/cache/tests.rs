use super::*;
use std::time::Duration;

const TOKEN: &[u8] = b"header.payload.signature";

fn at(seconds: u64) -> Timestamp {
    Timestamp::from_nanos(seconds * 1_000_000_000)
}

/// A cache that saw a token at second 0.
fn cache(setting: TokenCache) -> VerifiedTokens<&'static str> {
    let cache = VerifiedTokens::new(setting);
    insert(&cache, TOKEN);
    cache
}

fn insert(cache: &VerifiedTokens<&'static str>, token: &[u8]) {
    cache.insert(token, Arc::new(Verified { value: "alice", issuer: 3, generation: 7, since: at(0) }));
}

fn check(cache: &VerifiedTokens<&'static str>, token: &[u8], now: Timestamp, expected: bool) {
    let found = cache.get(token, now, |found| found.issuer == 3 && found.generation == 7);
    assert_eq!(found.is_some_and(|found| found.value == "alice"), expected, "{}", token.escape_ascii());
}

#[test]
fn a132_every_byte_of_a_token_counts() {
    for setting in [TokenCache::new(), TokenCache::new().digests_only()] {
        let cache = cache(setting);
        let token = TOKEN;
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
        insert(&cache, &long);
        check(&cache, &long, at(1), true);
        check(&cache, &[&b"b"[..], &long[1..]].concat(), at(1), false);
    }
}

#[test]
fn a132_an_entry_ends_after_a_minute() {
    let minute = cache(TokenCache::new());
    check(&minute, TOKEN, at(59), true);
    check(&minute, TOKEN, at(60), false);
    let brief = cache(TokenCache::new().age(Duration::from_secs(5)));
    check(&brief, TOKEN, at(4), true);
    check(&brief, TOKEN, at(5), false);
    assert_eq!(TokenCache::new().age(Duration::MAX), TokenCache::new());
    check(&cache(TokenCache::new().age(Duration::ZERO)), TOKEN, at(0), false);
}

#[test]
fn a132_what_does_not_hold_any_more_is_not_known() {
    let cache = cache(TokenCache::new());
    assert!(cache.get(TOKEN, at(1), |_| true).is_some());
    assert!(cache.get(TOKEN, at(1), |_| false).is_none());
}

#[test]
fn room_is_bounded() {
    let cache = VerifiedTokens::new(TokenCache::new().bytes(1));
    for number in 0..20_000 {
        insert(&cache, format!("{number:0700}").as_bytes());
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
