//! Where keys come from, and when a source is asked.

use crate::support::{NOW, SECRET, builder, good, hs256, now, token, with};
use palisade_core::{DenialKind, Reply, Secret};
use palisade_jwt::{Algorithm, KeySet, KeySource, Rejection, Unverified, Verifier, VerifyingKey};
use std::sync::{
    Arc, Mutex,
    atomic::{AtomicUsize, Ordering::SeqCst},
};

fn keys(id: &str) -> Arc<KeySet> {
    let key = VerifyingKey::hmac(Algorithm::Hs256, &Secret::new(SECRET)).unwrap();
    Arc::new(KeySet::new([key.with_id(id).unwrap()]).unwrap())
}

/// A source that knows `current` and finds `next` when it is asked again.
#[derive(Debug, Default)]
struct Rotating {
    current: Mutex<Option<Arc<KeySet>>>,
    next: Option<Arc<KeySet>>,
    later: bool,
    asked: AtomicUsize,
}

impl KeySource for Rotating {
    fn current(&self) -> Option<Arc<KeySet>> {
        self.current.lock().unwrap().clone()
    }

    fn missing(&self, id: &str) -> Reply<Option<Arc<KeySet>>> {
        assert!(!id.is_empty());
        self.asked.fetch_add(1, SeqCst);
        let next = self.next.clone();
        if self.later {
            Reply::later(async {
                tokio::task::yield_now().await;
                next
            })
        } else {
            Reply::now(next)
        }
    }
}

fn source(current: Option<&str>, next: Option<&str>, later: bool) -> (Arc<Rotating>, Verifier) {
    let source = Arc::new(Rotating {
        current: Mutex::new(current.map(keys)),
        next: next.map(keys),
        later,
        ..Rotating::default()
    });
    (Arc::clone(&source), builder().keys(source).unwrap())
}

fn signed(id: &str, claims: &serde_json::Value) -> String {
    token(format!(r#"{{"alg":"HS256","kid":"{id}"}}"#), claims.to_string(), |message| hs256(SECRET, message))
}

#[tokio::test]
async fn an_unknown_key_is_looked_for_once() {
    for later in [false, true] {
        let (source, verifier) = source(Some("old"), Some("new"), later);
        let verdict = verifier.verify(&signed("new", &good()), now());
        assert_eq!(verdict.is_now(), !later);
        assert_eq!(verdict.await.unwrap().subject(), "user-1");
        assert_eq!(source.asked.load(SeqCst), 1);
        assert_eq!(verifier.verify(&signed("other", &good()), now()).await, Err(Rejection::UnknownKey));
        assert!(
            verifier.verify(&signed("old", &good()), now()).try_now().unwrap().is_ok(),
            "known keys never wait"
        );
        assert_eq!(source.asked.load(SeqCst), 2);
    }
}

#[tokio::test]
async fn a_source_is_not_asked_for_tokens_that_cannot_hold() {
    let (source, verifier) = source(Some("old"), Some("new"), true);
    for (token, expected) in [
        (signed("new", &with("iss", "other")), Rejection::WrongIssuer),
        (signed("new", &with("exp", NOW - 100)), Rejection::Expired),
        (signed("new", &with("sub", 1)), Rejection::BadClaim),
        (signed("", &good()), Rejection::BadKeyId),
        ("a.b".to_owned(), Rejection::NotCompact),
    ] {
        assert_eq!(verifier.verify(&token, now()).try_now().unwrap(), Err(expected));
    }
    assert_eq!(source.asked.load(SeqCst), 0);
}

#[tokio::test]
async fn without_keys_nobody_is_told_that_a_token_is_bad() {
    let (_, verifier) = source(None, None, true);
    let verdict = verifier.verify(&signed("any", &good()), now()).await;
    assert_eq!(verdict, Err(Rejection::Unavailable));
    assert_eq!(Rejection::Unavailable.kind(), DenialKind::Unavailable);
    let (_, verifier) = source(Some("old"), None, true);
    assert_eq!(verifier.verify(&signed("new", &good()), now()).await, Err(Rejection::Unavailable));
}

#[test]
fn a_token_that_was_read_once_is_not_read_again() {
    let (_, verifier) = source(Some("k"), None, false);
    let text = signed("k", &good());
    let token = Unverified::parse(&text).unwrap();
    assert_eq!((token.issuer(), token.key_id()), (verifier.issuer(), Some("k")));
    assert!(verifier.verify_parsed(token, now()).try_now().unwrap().is_ok());
    let set = verifier.source().current().unwrap();
    assert!(verifier.check(&text, &set, now()).is_ok());
    assert_eq!(verifier.check(&text, &keys("other"), now()), Err(Rejection::UnknownKey));
}

#[test]
fn every_reason_has_a_word_of_its_own() {
    let words: std::collections::BTreeSet<_> = Rejection::ALL.iter().map(|reason| reason.as_str()).collect();
    assert_eq!(words.len(), Rejection::ALL.len());
    for reason in Rejection::ALL {
        assert!(reason.as_str().chars().all(|c| c.is_ascii_lowercase() || c == '_'));
        let unavailable = *reason == Rejection::Unavailable;
        assert_eq!(reason.kind() == DenialKind::Unavailable, unavailable);
    }
}

#[test]
fn nothing_that_is_printed_lets_anybody_in() {
    let (_, verifier) = source(Some("k"), None, false);
    let text = signed("k", &with("email", "canary@example.com"));
    let token = Unverified::parse(&text).unwrap();
    let claims = verifier.check(&text, &keys("k"), now()).unwrap();
    let shown = format!("{token:?} {claims:?} {verifier:?}");
    let signature = text.rsplit('.').next().unwrap();
    assert!(!shown.contains("canary") && !shown.contains(signature) && !shown.contains("u5vVlq"), "{shown}");
    assert!(shown.contains("user-1"), "{shown}");
}
