//! What a token says, and what it cannot be made to say.

use crate::support::{ALGORITHMS, DAY, HOUR, ISSUER, fixed, issuer, parts, text, verdict};
use palisade_core::{Scope, ScopeSet, UnixTime};
use palisade_jwt::{
    Algorithm, Grant, Issuer, IssuerError, MemoryRevocations, MintError, Rejection, Revocations as _,
    Rotation, SigningKeys, TokenMarks, TokenTypes, Verifier,
};
use proptest::prelude::*;
use serde_json::{Value, json};
use std::{collections::HashSet, sync::OnceLock, time::Duration};

const NOW: UnixTime = UnixTime::from_nanos(1_700_000_000_900_000_000);

fn scopes(words: &str) -> ScopeSet {
    words.parse().unwrap()
}

#[test]
fn a175_a_token_says_what_it_must_and_nothing_else() {
    let issuer = issuer(&fixed(Algorithm::EdDsa));
    let minted = issuer.mint(&Grant::to("ada"), NOW).unwrap();
    let (header, claims) = parts(&minted);
    assert_eq!(header, json!({ "alg": "EdDSA", "kid": header["kid"], "typ": "at+jwt" }));
    let iat = 1_700_000_000;
    let expected = json!({
        "iss": ISSUER, "sub": "ada", "aud": "models", "iat": iat, "exp": iat + 1_800, "jti": &*minted.jti,
    });
    assert_eq!(claims, expected);
    assert_eq!(minted.expires_in, 1_800);
    assert_eq!(minted.expires_at, UnixTime::from_secs(iat + 1_800));
    assert_eq!(minted.issued_at, UnixTime::from_secs(iat));
    // 128 bits, in six a character.
    assert_eq!(minted.jti.len(), 22);
    assert!(!format!("{minted:?}").contains(text(&minted)));

    let grant = Grant::to("ada")
        .scopes(scopes("read write"))
        .client("cli")
        .not_before(UnixTime::from_nanos(NOW.as_nanos() + 1_000_000_000))
        .lifetime(Duration::from_secs(60))
        .claim("tenant", "acme")
        .claim("roles", vec!["admin"]);
    let minted = issuer.mint(&grant, NOW).unwrap();
    let (_, claims) = parts(&minted);
    let expected = json!({
        "iss": ISSUER, "sub": "ada", "aud": "models", "iat": iat, "nbf": iat + 2, "exp": iat + 60,
        "jti": &*minted.jti, "client_id": "cli", "scope": "read write", "tenant": "acme", "roles": ["admin"],
    });
    assert_eq!(claims, expected);
    assert_eq!(minted.expires_in, 60);
}

#[test]
fn a175_ids_are_never_repeated() {
    let issuer = issuer(&fixed(Algorithm::Hs256));
    let ids: HashSet<_> = (0..2_000).map(|_| issuer.mint(&Grant::to("ada"), NOW).unwrap().jti).collect();
    assert_eq!(ids.len(), 2_000);
}

#[test]
fn a175_no_token_lives_longer_than_its_issuer_allows() {
    let keys = fixed(Algorithm::EdDsa);
    let check = |lifetime, asked: Option<Duration>, expected: Result<u64, MintError>| {
        let issuer = Issuer::builder(ISSUER).audience("models").lifetime(lifetime).keys(&keys).unwrap();
        let grant = Grant::to("ada");
        let grant = asked.map_or(grant.clone(), |asked| grant.lifetime(asked));
        let minted = issuer.mint(&grant, NOW).map(|minted| {
            assert_eq!(minted.expires_at, UnixTime::from_secs(NOW.as_secs() + minted.expires_in));
            minted.expires_in
        });
        assert_eq!(minted, expected, "{lifetime:?} {asked:?}");
    };
    let secs = Duration::from_secs;
    check(HOUR, None, Ok(3_600));
    check(HOUR, Some(HOUR), Ok(3_600));
    check(HOUR, Some(secs(1)), Ok(1));
    check(HOUR, Some(HOUR + secs(1)), Err(MintError::Lifetime));
    check(HOUR, Some(Duration::from_millis(999)), Err(MintError::Lifetime));
    check(DAY, Some(Duration::MAX), Err(MintError::Lifetime));
    check(DAY, None, Ok(86_400));
}

#[test]
fn own_tokens_last_30_minutes() {
    let issuer = issuer(&fixed(Algorithm::EdDsa));
    assert_eq!(issuer.lifetime(), Duration::from_secs(1_800));
    let minted = issuer.mint(&Grant::to("ada"), NOW).unwrap();
    let at = |secs| verdict(&issuer, &minted, UnixTime::from_secs(NOW.as_secs() + secs));
    // Five seconds of leeway, for our own.
    assert_eq!(at(1_804), Ok(()));
    assert_eq!(at(1_805), Err(Rejection::Expired));
}

#[test]
fn what_the_issuer_says_nobody_else_does() {
    let issuer = issuer(&fixed(Algorithm::EdDsa));
    let check = |grant: Grant, expected: Option<MintError>| {
        assert_eq!(issuer.mint(&grant, NOW).err(), expected, "{grant:?}");
    };
    let ada = || Grant::to("ada");
    for name in ["iss", "sub", "aud", "exp", "nbf", "iat", "jti", "scope", "client_id"] {
        check(ada().claim(name, 1), Some(MintError::Registered(name.to_owned())));
    }
    check(ada().claim("Exp", 1), None);
    for subject in ["", "a\nb", "\0", &"x".repeat(256)] {
        check(Grant::to(subject), Some(MintError::Subject));
        check(ada().client(subject), Some(MintError::Client));
    }
    check(Grant::to("x".repeat(255)).client("x".repeat(255)), None);
    check(Grant::to("ada\u{202e} lovelace ✓ \" \\"), None);
    let seconds = |secs: u64| NOW.plus_nanos(secs * 1_000_000_000);
    check(ada().not_before(seconds(1_798)), None);
    check(ada().not_before(seconds(1_799)), Some(MintError::NotBefore));
}

#[test]
fn further_claims_are_bounded() {
    let issuer = issuer(&fixed(Algorithm::EdDsa));
    let check = |grant: Grant, expected: Option<MintError>| {
        assert_eq!(issuer.mint(&grant, NOW).err(), expected);
    };
    let many = |n: usize| (0..n).fold(Grant::to("ada"), |grant, nth| grant.claim(format!("c{nth}"), nth));
    check(many(32), None);
    check(many(33), Some(MintError::TooManyClaims));
    let deep = |n: usize| (1..n).fold(json!(1), |inner, _| json!([inner]));
    check(Grant::to("ada").claim("deep", deep(8)), None);
    check(Grant::to("ada").claim("deep", deep(9)), Some(MintError::TooManyClaims));
    // {"a":"…"}
    check(Grant::to("ada").claim("a", "x".repeat(4_096 - 8)), None);
    check(Grant::to("ada").claim("a", "x".repeat(4_096 - 7)), Some(MintError::TooLong));
    check(Grant::to("ada").claim("a", "\0".repeat(700)), Some(MintError::TooLong));
    let scopes: ScopeSet =
        (0..400).map(|nth| format!("scope_number_{nth}").parse::<Scope>().unwrap()).collect();
    check(Grant::to("ada").scopes(scopes), Some(MintError::TooLong));
}

#[test]
fn issuers_are_told_what_is_wrong() {
    let keys = fixed(Algorithm::EdDsa);
    let check = |issuer: &str, audience: &[&str], lifetime, expected: Option<IssuerError>| {
        let builder = Issuer::builder(issuer).lifetime(lifetime);
        let builder = audience.iter().fold(builder, |builder, one| builder.audience(*one));
        assert_eq!(builder.keys(&keys).err(), expected, "{issuer} {audience:?} {lifetime:?}");
    };
    check(ISSUER, &["a"], HOUR, None);
    check(ISSUER, &["a"; 16], DAY, None);
    check("", &["a"], HOUR, Some(IssuerError::Issuer));
    check("a\n", &["a"], HOUR, Some(IssuerError::Issuer));
    check(ISSUER, &[], HOUR, Some(IssuerError::Audience));
    check(ISSUER, &["a", ""], HOUR, Some(IssuerError::Audience));
    check(ISSUER, &["a"; 17], HOUR, Some(IssuerError::Audience));
    check(ISSUER, &["a"], Duration::ZERO, Some(IssuerError::Lifetime));
    check(ISSUER, &["a"], DAY + Duration::from_secs(1), Some(IssuerError::Lifetime));
    let keys = SigningKeys::in_memory().rotation(Rotation::default().longest_token(HOUR)).open().unwrap();
    let builder = Issuer::builder(ISSUER).audience("a").lifetime(DAY);
    assert_eq!(builder.keys(&keys).err(), Some(IssuerError::LongerThanKeys(HOUR)));
}

#[test]
fn a_token_for_several_services_is_taken_by_each_and_by_no_other() {
    let keys = fixed(Algorithm::EdDsa);
    let issuer = Issuer::builder(ISSUER).audience("models").audience("billing").keys(&keys).unwrap();
    let minted = issuer.mint(&Grant::to("ada"), NOW).unwrap();
    assert_eq!(parts(&minted).1["aud"], json!(["models", "billing"]));
    for (audience, expected) in
        [("models", Ok(())), ("billing", Ok(())), ("others", Err(Rejection::WrongAudience))]
    {
        let verifier = Verifier::builder(ISSUER).own().audience(audience).keys(keys.clone()).unwrap();
        assert_eq!(verifier.verify(text(&minted), NOW).try_now().unwrap().map(drop), expected);
    }
    assert_eq!(verdict(&issuer, &minted, NOW), Ok(()));
}

#[test]
fn tokens_are_access_tokens_to_the_letter() {
    let keys = fixed(Algorithm::Es256);
    let issuer = issuer(&keys);
    let minted = issuer.mint(&Grant::to("ada").client("cli"), NOW).unwrap();
    let verifier =
        Verifier::builder(ISSUER).types(TokenTypes::rfc9068()).audience("models").keys(keys).unwrap();
    assert!(verifier.verify(text(&minted), NOW).try_now().unwrap().is_ok());
}

#[test]
fn a133_a135_an_issuer_says_what_makes_its_tokens_void() {
    let issuer = issuer(&fixed(Algorithm::EdDsa));
    let store = MemoryRevocations::new();
    let at = |secs| UnixTime::from_secs(NOW.as_secs() + secs);
    let moment = palisade_core::Moment { wall: at(10), ..Default::default() };
    let mint = |subject, secs| issuer.mint(&Grant::to(subject), at(secs)).unwrap();
    let (first, second, later, other) = (mint("ada", 0), mint("ada", 1), mint("ada", 10), mint("bob", 0));
    let is_void = |minted: &palisade_jwt::Minted| {
        let claims = issuer.verifier().unwrap().verify(text(minted), at(10)).try_now().unwrap().unwrap();
        let marks = TokenMarks::of(claims.issuer(), Some(claims.subject()), claims.id(), claims.issued_at());
        store.revoked(&marks).try_now().unwrap().unwrap()
    };
    store.revoke(&issuer.revocation(&first.jti, first.expires_at), moment).try_now().unwrap().unwrap();
    assert_eq!([&first, &second, &later, &other].map(is_void), [true, false, false, false]);
    store.revoke(&issuer.cut("ada", at(10)), moment).try_now().unwrap().unwrap();
    assert_eq!([&first, &second, &later, &other].map(is_void), [true, true, false, false]);
}

/// One issuer for each algorithm.
fn issuers() -> &'static [Issuer] {
    static ISSUERS: OnceLock<Vec<Issuer>> = OnceLock::new();
    ISSUERS.get_or_init(|| ALGORITHMS.iter().map(|algorithm| issuer(&fixed(*algorithm))).collect())
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        ".{0,20}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 16, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(".{0,8}", inner, 0..4).prop_map(|map| map.into_iter().collect()),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn what_is_minted_is_verified_as_it_was_said(
        subject in "[^\\p{Cc}]{1,40}",
        words in prop::collection::btree_set("[a-z:._-]{1,12}", 0..6),
        claims in prop::collection::btree_map("x_.{0,10}", value(), 0..6),
        secs in 1_000_000_000_u64..4_000_000_000,
        lifetime in 1_u64..=1_800,
    ) {
        let (now, scopes) = (UnixTime::from_secs(secs), words.iter().cloned().collect::<Vec<_>>().join(" "));
        let set: ScopeSet = words.iter().map(|word| word.parse::<Scope>().unwrap()).collect();
        let grant = Grant::to(subject.as_str()).scopes(set).lifetime(Duration::from_secs(lifetime));
        let grant = claims.iter().fold(grant, |grant, (name, value)| grant.claim(name, value.clone()));
        for issuer in issuers() {
            let minted = issuer.mint(&grant, now).unwrap();
            let verifier = issuer.verifier().unwrap();
            let read = verifier.verify(text(&minted), now).try_now().unwrap().unwrap();
            prop_assert_eq!(read.subject(), &*subject);
            prop_assert_eq!(read.id(), Some(&*minted.jti));
            prop_assert_eq!(read.expires(), minted.expires_at);
            prop_assert_eq!(read.issued_at(), Some(now));
            prop_assert_eq!(read.get("scope").and_then(Value::as_str).unwrap_or_default(), &*scopes);
            for (name, value) in &claims {
                prop_assert_eq!(read.get(name), Some(value));
            }
            // No other key takes it, of whichever kind.
            for other in issuers().iter().filter(|other| other.keys().jwks() != issuer.keys().jwks()) {
                prop_assert!(verdict(other, &minted, now).is_err());
            }
            // Nor with one character changed.
            let mut broken = text(&minted).to_owned();
            let at = (secs as usize) % broken.len();
            let other = if broken.as_bytes()[at] == b'A' { "B" } else { "A" };
            broken.replace_range(at..=at, other);
            prop_assert!(verifier.verify(&broken, now).try_now().unwrap().is_err());
        }
    }
}
