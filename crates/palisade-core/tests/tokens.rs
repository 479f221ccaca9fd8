//! Credentials: finding exactly one, verifying it, refusing everything else alike.

#![allow(clippy::unwrap_used, clippy::panic, reason = "these are tests")]

use http::{HeaderName, HeaderValue, Request, Response, header::AUTHORIZATION, request};
use palisade_core::{
    Authenticate, Authenticator, Challenge, Clock, Credential, CredentialDigest, Denial, Event, EventSink,
    Facts, Guard, Identity, ManualClock, Principal, Reply, StaticToken, StaticTokens, UnixTime, gate,
    single_header,
};
use proptest::prelude::*;
use std::{convert::Infallible, fs, time::Duration};
use tower::{Layer, ServiceExt, service_fn};

const TOKEN: &str = "u5vVlqUIBqbbJEMn2b3Ltw9Y";
const OTHER: &str = "0HkS1rN3mQ7yTz5wXcVbP2Ae";

fn tokens() -> StaticTokens {
    StaticTokens::new([StaticToken::named("ci").value(TOKEN), StaticToken::named("ops").value(OTHER)])
        .unwrap()
}

fn head(lines: &[(&'static str, &[u8])]) -> request::Parts {
    let mut head = Request::new(()).into_parts().0;
    for (name, value) in lines {
        head.headers.append(*name, HeaderValue::from_bytes(value).unwrap());
    }
    head
}

async fn identity(authenticate: &Authenticate, head: &request::Parts, clock: Clock) -> Identity {
    let facts = Facts::new(clock);
    let _ = authenticate.clone().identify().check(head, &facts).await;
    facts.identity().unwrap().clone()
}

async fn status(lines: &[(&'static str, &[u8])]) -> u16 {
    match identity(&Authenticate::with(tokens()), &head(lines), Clock::system()).await {
        Identity::Known(_) => 200,
        Identity::Nobody(_) => 0,
        Identity::Refused(denial) => denial.kind().status().as_u16(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a028_a029_a031_a033_a034_a036_one_table() {
    let long = format!("Bearer {}", "a".repeat(8_186));
    for (lines, expected) in [
        (&[][..], 0),
        (&[("authorization", &b"Bearer u5vVlqUIBqbbJEMn2b3Ltw9Y"[..])][..], 200),
        (&[("authorization", b"bearer u5vVlqUIBqbbJEMn2b3Ltw9Y")], 200),
        (&[("authorization", b"BEARER  0HkS1rN3mQ7yTz5wXcVbP2Ae")], 200),
        (&[("authorization", b"Bearer u5vVlqUIBqbbJEMn2b3Ltw9X")], 401),
        (&[("authorization", b"Bearer")], 401),
        (&[("authorization", b"")], 401),
        (&[("authorization", b"Basic dTpw")], 401),
        (&[("authorization", b"Bearer a, Basic b")], 401),
        (&[("authorization", long.as_bytes())], 401),
        (&[("authorization", b"Bearer \xff")], 401),
        (&[("authorization", b"Bearer u5vVlqUIBqbbJEMn2b3Ltw9Y"), ("authorization", b"x")], 400),
        (&[("authorization", b"x"), ("authorization", b"Bearer u5vVlqUIBqbbJEMn2b3Ltw9Y")], 400),
        (&[("x-api-key", b"u5vVlqUIBqbbJEMn2b3Ltw9Y")], 0),
        (&[("cookie", b"token=u5vVlqUIBqbbJEMn2b3Ltw9Y")], 0),
    ] {
        assert_eq!(status(lines).await, expected, "{lines:?}");
    }
}

#[tokio::test]
async fn a269_all_bad_tokens_get_one_answer() {
    let mut answers = Vec::new();
    let long = format!("Bearer {}", "a".repeat(9_000));
    for value in ["Bearer wrongwrongwrongwrongwrong", "Bearer", "Bearer \u{e9}", "Bearer a b", &long] {
        let service = gate(Authenticate::with(tokens())).layer(service_fn(|_: Request<()>| async {
            Ok::<_, Infallible>(Response::new(String::from("treasure")))
        }));
        let mut request = Request::new(());
        request.headers_mut().insert(AUTHORIZATION, HeaderValue::from_bytes(value.as_bytes()).unwrap());
        let response = service.oneshot(request).await.unwrap();
        answers.push((response.status(), response.headers().clone(), response.into_body()));
    }
    assert_eq!(answers[0].0, 401);
    assert!(answers.windows(2).all(|pair| pair[0] == pair[1]), "{answers:?}");
}

#[tokio::test]
async fn a045_credentials_are_sensitive_inside_and_gone_after_strip_also_when_reported() {
    let seen = service_fn(|request: Request<()>| async move {
        Ok::<_, Infallible>(Response::new(format!("{:?}", request.headers())))
    });
    for (value, known) in [(TOKEN, true), ("nonsense-canary", false)] {
        let request =
            || Request::builder().header("authorization", format!("Bearer {value}")).body(()).unwrap();
        let marked = gate(Authenticate::with(tokens())).report_only().layer(seen);
        let text = marked.oneshot(request()).await.unwrap().into_body();
        assert!(text.contains("Sensitive") && !text.contains(value), "{known} {text}");
        let stripped = gate(Authenticate::with(tokens()).strip()).report_only().layer(seen);
        let text = stripped.oneshot(request()).await.unwrap().into_body();
        assert!(!text.contains("authorization"), "{known} {text}");
    }
}

/// A kind that reads a header of its own.
#[derive(Debug)]
struct InHeader(HeaderName);

impl Authenticator for InHeader {
    fn find<'h>(&self, head: &'h request::Parts) -> Result<Option<Credential<'h>>, Denial> {
        // The name lives as long as the request's own: look it up there.
        let Some((name, _)) = head.headers.iter().find(|(name, _)| **name == self.0) else { return Ok(None) };
        single_header(&head.headers, name)
    }

    fn verify(&self, _: Credential<'_>, _: &request::Parts, _: &Facts) -> Reply<Result<Principal, Denial>> {
        Reply::now(Ok(Principal::new("header", self.0.as_str())))
    }

    fn challenge(&self) -> Option<Challenge> {
        Challenge::new("ApiKey", "api").ok()
    }

    fn places(&self) -> Vec<HeaderName> {
        vec![self.0.clone()]
    }
}

#[tokio::test]
async fn a046_every_combination_of_sources_exactly_one_is_tried_and_two_are_400() {
    let names = ["x-api-key", "x-other-key"];
    let authenticate = names.iter().fold(Authenticate::with(tokens()), |authenticate, name| {
        authenticate.or(InHeader(HeaderName::from_static(name)))
    });
    let bearer = format!("Bearer {TOKEN}");
    let lines = [("authorization", bearer.as_bytes()), (names[0], b"k1"), (names[1], b"k2")];
    for present in 0u32..8 {
        let chosen: Vec<_> = (0..3).filter(|bit| present >> bit & 1 == 1).map(|bit| lines[bit]).collect();
        let identity = identity(&authenticate, &head(&chosen), Clock::system()).await;
        match (chosen.len(), &identity) {
            (0, Identity::Nobody(challenges)) => assert_eq!(challenges.iter().count(), 2),
            (1, Identity::Known(_)) => {}
            (2.., Identity::Refused(denial)) => {
                assert_eq!((denial.kind().status().as_u16(), denial.reason()), (400, "ambiguous_credential"));
            }
            other => panic!("{present:03b} {other:?}"),
        }
    }
    // A scheme that nobody reads, beside a key: two credentials all the same.
    let both = head(&[("authorization", b"Basic dTpw"), ("x-api-key", b"k1")]);
    assert!(matches!(identity(&authenticate, &both, Clock::system()).await, Identity::Refused(_)));
    let twice = head(&[("x-api-key", b"k1"), ("x-api-key", b"k1")]);
    assert!(matches!(identity(&authenticate, &twice, Clock::system()).await, Identity::Refused(_)));
}

#[tokio::test]
async fn a064_a_token_is_expired_at_the_very_moment_of_its_expiry() {
    let time = ManualClock::new(UnixTime::from_secs(1_000));
    let token = StaticToken::named("ci").value(TOKEN).expires_at(UnixTime::from_secs(1_010));
    let authenticate = Authenticate::with(StaticTokens::new([token]).unwrap());
    let line = format!("Bearer {TOKEN}");
    let head = head(&[("authorization", line.as_bytes())]);
    time.advance(Duration::from_millis(9_999));
    assert!(matches!(identity(&authenticate, &head, Clock::manual(&time)).await, Identity::Known(_)));
    time.advance(Duration::from_millis(1));
    match identity(&authenticate, &head, Clock::manual(&time)).await {
        Identity::Refused(denial) => assert_eq!(denial.reason(), "expired_token"),
        other => panic!("{other:?}"),
    }
}

fn refused(tokens: impl IntoIterator<Item = StaticToken>) -> String {
    StaticTokens::new(tokens).unwrap_err().to_string()
}

#[test]
fn a049_a050_a051_unsafe_tokens_refuse_to_start_all_at_once_and_without_the_value() {
    let missing = "PALISADE_TEST_THAT_IS_NOT_SET";
    let dir = tempfile::tempdir().unwrap();
    let empty = dir.path().join("empty");
    fs::write(&empty, "").unwrap();
    let errors = StaticTokens::new([
        StaticToken::named("empty").value(""),
        StaticToken::named("blank").value("  \t "),
        StaticToken::named("weak").value("changeme"),
        StaticToken::named("short").value("canary-canary"),
        StaticToken::named("spaced").value(" u5vVlqUIBqbbJEMn2b3Ltw9Y"),
        StaticToken::named("line").value("u5vVlqUIBqbbJEMn2b3Ltw9Y\n"),
        StaticToken::named("quoted").value("\"u5vVlqUIBqbbJEMn2b3Ltw9Y\""),
        StaticToken::named("unset").env(missing),
        StaticToken::named("neither").env_or_file(missing),
        StaticToken::named("file").file(dir.path().join("nowhere")),
        StaticToken::named("hollow").file(&empty),
        StaticToken::named("nothing"),
        StaticToken::named("good").value(TOKEN),
        StaticToken::named("again").value(TOKEN),
        StaticToken::named("good").value(OTHER),
    ])
    .unwrap_err();
    assert_eq!(errors.iter().count(), 14, "{errors}");
    let text = format!("{errors} {errors:?}");
    assert!(!text.contains("canary-canary") && !text.contains("u5vV"), "{text}");
    assert!(refused([]).contains("no token is declared"));
    // Parity with what exists is a written choice, and never covers an empty token.
    assert!(
        StaticTokens::new([StaticToken::named("a").value("my-secret-token").dangerous_allow_weak_token()])
            .is_ok()
    );
    for token in ["", " "] {
        refused([StaticToken::named("a").value(token).dangerous_allow_weak_token()]);
    }
}

#[tokio::test]
async fn a052_a_token_removed_from_its_file_is_refused_and_the_other_keeps_working() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("tokens");
    fs::write(&path, format!("{TOKEN}\n{OTHER}\n")).unwrap();
    let tokens = StaticTokens::new([StaticToken::named("ci").file(&path)]).unwrap();
    let authenticate = Authenticate::with(tokens.clone());
    let holds = async |token: &str| {
        let line = format!("Bearer {token}");
        let identity =
            identity(&authenticate, &head(&[("authorization", line.as_bytes())]), Clock::system()).await;
        matches!(identity, Identity::Known(_))
    };
    assert!(holds(TOKEN).await && holds(OTHER).await);
    // Content that cannot be used leaves the old tokens in force.
    fs::write(&path, "changeme\n").unwrap();
    assert!(tokens.reload().is_err());
    assert!(holds(TOKEN).await && holds(OTHER).await);
    fs::write(&path, format!("{OTHER}\n")).unwrap();
    let mut waited = 0;
    while holds(TOKEN).await {
        assert!(holds(OTHER).await);
        assert!(waited < 100, "the file was not read again");
        waited += 1;
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert!(holds(OTHER).await);
}

#[tokio::test]
async fn tokens_that_cannot_change_are_counted_and_kept_by_a_reload() {
    let tokens = tokens();
    assert_eq!((tokens.reload().unwrap(), tokens.len()), (2, 2));
    let authenticate = Authenticate::with(tokens);
    let line = format!("Bearer {OTHER}");
    let identity =
        identity(&authenticate, &head(&[("authorization", line.as_bytes())]), Clock::system()).await;
    assert_eq!(identity.principal().unwrap().id(), "ops");
}

proptest! {
    /// A gate reads the one field at once and marks it; a guard that is asked by hand takes the long way.
    #[test]
    fn the_short_way_says_what_the_long_way_says(
        value in "[ \t]?(Bearer|bearer|BeareR|Basic|)[ \t]{0,3}(u5vVlqUIBqbbJEMn2b3Ltw9Y|x|\u{e9}|)[ \t]{0,2}y?",
    ) {
        let authenticate = Authenticate::with(tokens());
        let mut head = head(&[("authorization", value.as_bytes())]);
        let (long, short) = (Facts::new(Clock::system()), Facts::new(Clock::system()));
        let told = |verdict: Result<(), Denial>| verdict.map_err(|denial| {
            let challenges: Vec<_> = denial.challenges().iter().cloned().collect();
            (denial.kind(), denial.reason(), challenges)
        });
        let there = told(authenticate.check(&head, &long).try_now().unwrap());
        let here = told(authenticate.check_and_seal(&mut head, &short).try_now().unwrap());
        prop_assert_eq!(here, there);
        let name = |facts: &Facts| facts.identity().and_then(Identity::principal).cloned();
        prop_assert_eq!(name(&short), name(&long));
        prop_assert!(head.headers[AUTHORIZATION].is_sensitive());
    }
}

#[tokio::test]
async fn tokens_known_by_digest_only() {
    let token = StaticToken::named("first").digest(CredentialDigest::of(TOKEN.as_bytes()));
    let authenticate = Authenticate::with(StaticTokens::new([token]).unwrap());
    let line = format!("Bearer {TOKEN}");
    let identity =
        identity(&authenticate, &head(&[("authorization", line.as_bytes())]), Clock::system()).await;
    assert_eq!(identity.principal().unwrap().id(), "first");
}

#[test]
fn a053_debug_of_everything_that_holds_a_token_shows_none() {
    let declared = StaticToken::named("ci").value(TOKEN);
    let text = format!("{declared:?} {:?} {:?}", tokens(), Authenticate::with(tokens()));
    assert!(!text.contains(TOKEN) && text.contains("REDACTED"), "{text}");
}

#[tokio::test]
async fn one_authenticate_inside_another_refuses_instead_of_not_counting() {
    let inner = gate(Authenticate::with(tokens()).identify()).layer(service_fn(|_: Request<()>| async {
        Ok::<_, Infallible>(Response::new(String::from("treasure")))
    }));
    for outer in [Authenticate::disabled(), Authenticate::with(tokens()).identify()] {
        let nested = gate(outer).layer(inner.clone());
        assert_eq!(nested.oneshot(Request::new(())).await.unwrap().status(), 500);
    }
}

#[cfg(unix)]
#[tokio::test]
async fn a_token_file_that_cannot_be_read_is_tried_again_until_it_can() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("tokens");
    fs::write(&path, format!("{TOKEN}\n{OTHER}\n")).unwrap();
    let tokens = StaticTokens::new([StaticToken::named("ci").file(&path)]).unwrap();
    // Content that cannot be used, then good content of which nothing but the last change tells.
    fs::write(&path, format!("{OTHER}\n ")).unwrap();
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    assert_eq!(tokens.len(), 2);
    let stamp = fs::metadata(&path).unwrap().modified().unwrap();
    fs::write(&path, format!("{OTHER}\n\n").trim_end().to_owned() + "\n").unwrap();
    fs::File::options().write(true).open(&path).unwrap().set_modified(stamp).unwrap();
    let mut waited = 0;
    while tokens.len() != 1 {
        assert!(waited < 100, "the file was not read again");
        waited += 1;
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// A sink of an application's that panics.
#[derive(Debug)]
struct Broken;

impl EventSink for Broken {
    fn emit(&self, _: &Event) {
        panic!("a sink that panics");
    }
}

#[tokio::test]
async fn a_sink_that_panics_does_not_end_the_watch() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("tokens");
    fs::write(&path, format!("{TOKEN}\n{OTHER}\n")).unwrap();
    let tokens = StaticTokens::with_events([StaticToken::named("ci").file(&path)], Broken).unwrap();
    for (content, count) in [(format!("{OTHER}\n"), 1), (format!("{OTHER}\n{TOKEN}\n"), 2)] {
        fs::write(&path, content).unwrap();
        let mut waited = 0;
        while tokens.len() != count {
            assert!(waited < 100, "the file was not read again");
            waited += 1;
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}
