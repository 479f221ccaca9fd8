//! The law of [`Revocations`].

use crate::revocation::{Revocation, Revocations, TokenMarks};
use palisade_core::{Clock, Moment, UnixTime};
use std::time::Duration;

/// Makes a test of every law for one store of revocations.
///
/// `revocations_suite!(make)` calls `make()` for a [`Revocations`](crate::Revocations) in each test; stores may share what is
/// behind them, because the tests draw their names at random. `revocations_suite!(make, tokio::test)` awaits `make()`, under
/// that test attribute. It stands in a module of its own, in tests, with the feature `suite`.
///
/// ```
/// mod memory {
///     palisade_jwt::revocations_suite!(palisade_jwt::MemoryRevocations::new);
/// }
/// ```
#[macro_export]
macro_rules! revocations_suite {
    ($make:expr $(, $test:meta)?) => {
        $crate::revocations_suite!(@each ($make $(, $test)?)
            what_nobody_revoked_is_good
            a133_a_revoked_token_is_void_at_once_and_no_other_is
            a135_tokens_issued_before_a_cut_are_void
            a_cut_never_moves_back
            what_is_over_shortens_nothing
            revoking_twice_is_no_error
            claims_of_any_length_and_letters_are_told_apart
            the_latest_of_many_cuts_at_once_holds
        );
    };
    (@each ($make:expr) $($law:ident)*) => {
        $(#[test] fn $law() { $crate::suite::run($crate::suite::revocations::$law(&($make)())); })*
    };
    (@each ($make:expr, $test:meta) $($law:ident)*) => {
        $(#[$test] async fn $law() { $crate::suite::revocations::$law(&($make)().await).await; })*
    };
}

const ISSUER: &str = "https://issuer.example";
const DAY: Duration = Duration::from_secs(86_400);

/// A name that no other test uses.
fn unique() -> String {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).unwrap();
    data_encoding::HEXLOWER.encode(&bytes)
}

fn now() -> Moment {
    Clock::system().now()
}

/// So many seconds after the moment; before it where they are negative.
fn from(now: Moment, secs: i64) -> UnixTime {
    UnixTime::from_secs(now.wall.as_secs().saturating_add_signed(secs))
}

fn token(jti: &str, expires: UnixTime) -> Revocation {
    Revocation::token(ISSUER, jti, expires)
}

async fn revoke(store: &impl Revocations, revocation: Revocation) {
    store.revoke(&revocation, now()).await.unwrap();
}

async fn check(store: &impl Revocations, marks: TokenMarks, expected: bool) {
    assert_eq!(store.revoked(&marks).await.unwrap(), expected, "{marks:?}");
}

/// A store that was told nothing says of nothing that it is void, whatever a token lacks.
pub async fn what_nobody_revoked_is_good(store: &impl Revocations) {
    let (subject, jti) = (unique(), unique());
    let at = Some(now().wall);
    for subject in [None, Some(&*subject)] {
        for jti in [None, Some(&*jti)] {
            check(store, TokenMarks::of(ISSUER, subject, jti, at), false).await;
            check(store, TokenMarks::of(ISSUER, subject, jti, None), false).await;
        }
    }
}

/// The next question hears of it, whenever the token was issued; tokens of the same subject, of other issuers, and subjects
/// of that name are good.
pub async fn a133_a_revoked_token_is_void_at_once_and_no_other_is(store: &impl Revocations) {
    let (subject, jti, other) = (unique(), unique(), unique());
    let expires = from(now(), 1_800);
    check(store, TokenMarks::of(ISSUER, Some(&subject), Some(&jti), None), false).await;
    revoke(store, token(&jti, expires)).await;
    for at in [None, Some(UnixTime::default()), Some(from(now(), 9_999))] {
        check(store, TokenMarks::of(ISSUER, Some(&subject), Some(&jti), at), true).await;
        check(store, TokenMarks::of(ISSUER, None, Some(&jti), at), true).await;
        check(store, TokenMarks::of(ISSUER, Some(&subject), Some(&other), at), false).await;
        check(store, TokenMarks::of(ISSUER, Some(&jti), Some(&other), at), false).await;
        check(store, TokenMarks::of("https://other.example", Some(&subject), Some(&jti), at), false).await;
    }
}

/// Those issued before are void, and those that do not tell; those issued at that moment or later are good.
pub async fn a135_tokens_issued_before_a_cut_are_void(store: &impl Revocations) {
    let (subject, jti, other) = (unique(), unique(), unique());
    let cut = from(now(), -10);
    revoke(store, Revocation::subject(ISSUER, &subject, cut, DAY)).await;
    let just_before = UnixTime::from_nanos(cut.as_nanos() - 1);
    for (issued, expected) in [
        (None, true),
        (Some(UnixTime::default()), true),
        (Some(just_before), true),
        (Some(cut), false),
        (Some(from(now(), 0)), false),
    ] {
        for jti in [None, Some(&*jti)] {
            check(store, TokenMarks::of(ISSUER, Some(&subject), jti, issued), expected).await;
        }
        check(store, TokenMarks::of(ISSUER, Some(&other), Some(&jti), issued), false).await;
        check(store, TokenMarks::of(ISSUER, None, Some(&subject), issued), false).await;
        check(store, TokenMarks::of("https://other.example", Some(&subject), None, issued), false).await;
    }
}

/// Whichever comes first, the later cut holds.
pub async fn a_cut_never_moves_back(store: &impl Revocations) {
    for cuts in [[-100, -50], [-50, -100]] {
        let (subject, now) = (unique(), now());
        for cut in cuts {
            revoke(store, Revocation::subject(ISSUER, &subject, from(now, cut), DAY)).await;
        }
        for (issued, expected) in [(-101, true), (-51, true), (-50, false)] {
            let marks = TokenMarks::of(ISSUER, Some(&subject), None, Some(from(now, issued)));
            check(store, marks, expected).await;
        }
    }
}

/// A revocation that is over already changes nothing about one that is not, and is no error.
pub async fn what_is_over_shortens_nothing(store: &impl Revocations) {
    let jti = unique();
    revoke(store, token(&jti, from(now(), 1_800))).await;
    for expires in [UnixTime::default(), from(now(), -100_000), from(now(), -299)] {
        revoke(store, token(&jti, expires)).await;
        check(store, TokenMarks::of(ISSUER, None, Some(&jti), None), true).await;
    }
    revoke(store, token(&unique(), UnixTime::default())).await;
    revoke(store, Revocation::subject(ISSUER, &unique(), UnixTime::default(), DAY)).await;
}

/// Logging out twice is logging out, also with an end that is very far away.
pub async fn revoking_twice_is_no_error(store: &impl Revocations) {
    for expires in [from(now(), 1_800), from(now(), 400_000_000)] {
        let jti = unique();
        for _ in 0..3 {
            revoke(store, token(&jti, expires)).await;
            check(store, TokenMarks::of(ISSUER, None, Some(&jti), None), true).await;
        }
    }
}

/// No length, separator or letter makes one claim look like another.
pub async fn claims_of_any_length_and_letters_are_told_apart(store: &impl Revocations) {
    let (end, name) = (from(now(), 1_800), unique());
    let long = "x".repeat(10_000);
    let odd = ["", "\0", ":", "{}", "*", "a b\r\n", "ß", "'; --", &long].map(|odd| format!("{name}{odd}"));
    for (nth, claim) in odd.iter().enumerate() {
        revoke(store, token(claim, end)).await;
        for (other, claim) in odd.iter().enumerate() {
            check(store, TokenMarks::of(ISSUER, None, Some(claim), None), other <= nth).await;
        }
    }
    let split = |at| name.split_at(at);
    let (issuer, jti) = split(10);
    revoke(store, Revocation::token(issuer, jti, end)).await;
    for (at, expected) in [(9, false), (10, true), (11, false), (0, false)] {
        let (issuer, jti) = split(at);
        check(store, TokenMarks::of(issuer, None, Some(jti), None), expected).await;
    }
}

/// Writers that meet lose nothing: each of them is answered, and the latest cut holds.
pub async fn the_latest_of_many_cuts_at_once_holds(store: &impl Revocations) {
    let (subject, now) = (unique(), now());
    let cuts = [-70, -10, -90, -30, -50];
    let replies =
        cuts.map(|cut| store.revoke(&Revocation::subject(ISSUER, &subject, from(now, cut), DAY), now));
    for reply in replies {
        reply.await.unwrap();
    }
    let marks = |issued| TokenMarks::of(ISSUER, Some(&subject), None, Some(from(now, issued)));
    check(store, marks(-11), true).await;
    check(store, marks(-10), false).await;
}
