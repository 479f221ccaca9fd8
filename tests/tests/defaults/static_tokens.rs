//! Static tokens: what is one, how many there may be, and when they end.

use super::log::Log;
use http::{HeaderValue, Request, header::AUTHORIZATION};
use palisade::{
    Authenticate, Clock, CredentialDigest, Facts, Guard as _, Identity, MAX_STATIC_TOKENS, ManualClock,
    StaticToken, StaticTokens, UnixTime,
};
use std::{fs, thread, time::Duration};
use tests::server::{POOR, TOKEN};

/// What is wrong with these tokens; empty where nothing is.
fn fault(tokens: impl IntoIterator<Item = StaticToken>) -> String {
    StaticTokens::new(tokens).err().map(|errors| errors.to_string()).unwrap_or_default()
}

fn check(token: StaticToken, expected: &str) {
    let fault = fault([token]);
    assert_eq!(fault.is_empty(), expected.is_empty(), "{fault}");
    assert!(fault.contains(expected), "{fault}");
}

fn ci(value: impl Into<Vec<u8>>) -> StaticToken {
    StaticToken::named("ci").value(value)
}

/// Who a token is taken for at this date.
fn identity(tokens: &StaticTokens, token: &str, at: UnixTime) -> Identity {
    let mut head = Request::new(()).into_parts().0;
    head.headers.insert(AUTHORIZATION, HeaderValue::from_str(&format!("Bearer {token}")).unwrap());
    let facts = Facts::new(Clock::manual(&ManualClock::new(at)));
    let guard = Authenticate::with(tokens.clone()).identify();
    assert!(guard.check(&head, &facts).try_now().unwrap().is_ok());
    facts.identity().unwrap().clone()
}

fn is_known(tokens: &StaticTokens, token: &str, at: UnixTime) -> bool {
    identity(tokens, token, at).principal().is_some()
}

#[test]
fn no_token_is_a_mistake() {
    assert!(fault([]).contains("no token is declared"));
    check(StaticToken::named("ci"), "no source was given");
    check(StaticToken::named("ci").env("PALISADE_VARIABLE_THAT_NOBODY_SETS"), "is not set");
    check(ci(""), "the token is empty");
    check(ci(" "), "the token is blank");
}

#[test]
fn static_tokens_are_128_bits() {
    for (token, expected) in [
        ("u5vVlqUIBqbbJEMn2b3Lt", "fewer than 22 characters"),
        ("u5vVlqUIBqbbJEMn2b3Ltw", ""),
        ("abcdefgabcdefgabcdefga", "fewer than eight different"),
        ("abcdefghabcdefghabcdef", ""),
        ("changeme", "well-known placeholder"),
        ("Your-Secret-Token-Here", "well-known placeholder"),
    ] {
        check(ci(token), expected);
        let (log, _listening) = Log::listen();
        check(ci(token).dangerous_allow_weak_token(), "");
        assert_eq!(
            log.says(&["WARN", "a weak token was allowed", expected]),
            !expected.is_empty(),
            "{token}"
        );
    }
    check(ci("").dangerous_allow_weak_token(), "the token is empty");
}

#[test]
fn static_tokens_are_1024() {
    assert_eq!(MAX_STATIC_TOKENS, 1_024);
    let many =
        |count: usize| {
            fault((0..count).map(|nth| {
                StaticToken::named(nth.to_string()).digest(CredentialDigest::of(&nth.to_le_bytes()))
            }))
        };
    assert_eq!(many(MAX_STATIC_TOKENS), "");
    assert!(many(MAX_STATIC_TOKENS + 1).contains("more than 1024 tokens"));
}

#[test]
fn static_token_values_fit_4_kib() {
    let token = "abcdefgh".repeat(512);
    check(ci(format!("{token}i")), "longer than 4,096 bytes");
    check(ci(token), "");
}

#[test]
fn static_token_files_fit_64_kib() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("tokens");
    // Sixteen tokens of 4,095 characters, each with its line end.
    let full: String = (0..16).map(|nth| format!("{nth:x}{}abcdef\n", "abcdefgh".repeat(511))).collect();
    for (content, expected) in [(full.clone(), ""), (format!("{full}x"), "larger than 64 KiB")] {
        fs::write(&path, content).unwrap();
        check(StaticToken::named("ci").file(&path), expected);
    }
}

#[test]
fn static_token_files_are_read_every_second() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("tokens");
    let (noon, wrong) = (UnixTime::from_secs(1_704_067_200), "changeme");
    fs::write(&path, TOKEN).unwrap();
    let tokens = StaticTokens::new([StaticToken::named("ci").file(&path)]).unwrap();
    assert!(is_known(&tokens, TOKEN, noon) && !is_known(&tokens, POOR, noon));
    // All or none: one line that is no token keeps the others out.
    fs::write(&path, format!("{POOR}\n{wrong}")).unwrap();
    assert!(tokens.reload().is_err());
    assert!(is_known(&tokens, TOKEN, noon) && !is_known(&tokens, POOR, noon));
    fs::write(&path, format!("{TOKEN}\n{POOR}\n")).unwrap();
    assert_eq!(tokens.reload().unwrap(), 2);
    assert!(is_known(&tokens, TOKEN, noon) && is_known(&tokens, POOR, noon));
    // Nobody asks for it; a machine under load may be late.
    fs::write(&path, POOR).unwrap();
    let mut waits = (0..500).map(|_| thread::sleep(Duration::from_millis(10)));
    assert!(waits.any(|()| !is_known(&tokens, TOKEN, noon)));
    assert!(is_known(&tokens, POOR, noon));
}

#[test]
fn static_tokens_do_not_expire() {
    let tokens = StaticTokens::new([ci(TOKEN)]).unwrap();
    for at in [UnixTime::default(), UnixTime::from_nanos(u64::MAX)] {
        let identity = identity(&tokens, TOKEN, at);
        assert_eq!(identity.principal().map(|principal| principal.expires()), Some(None));
    }
}

#[test]
fn expiry_is_half_open_without_leeway() {
    let end = UnixTime::from_secs(1_704_067_200);
    let tokens = StaticTokens::new([ci(TOKEN).expires_at(end)]).unwrap();
    let before = UnixTime::from_nanos(end.as_nanos() - 1);
    assert_eq!([before, end, end.plus_nanos(1)].map(|at| is_known(&tokens, TOKEN, at)), [true, false, false]);
}
