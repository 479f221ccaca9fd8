//! What happens to presented keys.

use crate::support::{MANAGE, READ, Store, app, assert_refused, format, new_key, operator, peppers, with};
use http::{HeaderName, Request};
use palisade_apikey::{
    ApiKeys, CachedStore, KeyFormat, KeyPatch, KeyStore as _, Life, RandomError, RandomSource,
};
use palisade_core::{Authenticator as _, Clock, Credential, DenialKind, Facts, Secret};
use std::{
    sync::atomic::{AtomicUsize, Ordering::SeqCst},
    time::Duration,
};

#[tokio::test]
async fn a_key_opens_what_it_may() {
    let app = app();
    let key = app.key(&[READ]).await;
    let answer = app.ask("GET", "/models", key.key.expose(), "").await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.text, format!("{0} read_models {0} None", key.key.id()));
    assert_eq!(app.ask("POST", "/models", key.key.expose(), "").await.status, 403);
    assert_eq!(app.reached(), 1);
}

#[tokio::test]
async fn a054_whatever_is_wrong_the_answer_is_one() {
    let app = app();
    let keyring = &app.keyring;
    let unknown = format().mint().unwrap();
    let [revoked, expired, disabled, later, bound] = [
        app.key(&[READ]).await,
        app.key(&[READ]).await,
        app.key(&[READ]).await,
        app.key(&[READ]).await,
        app.key(&[READ]).await,
    ];
    keyring.revoke(&operator(), revoked.key.id(), None).await.unwrap();
    let mut patch = KeyPatch::default();
    patch.disabled = Some(true);
    keyring.update(&operator(), disabled.key.id(), patch, None).await.unwrap();
    let mut patch = KeyPatch::default();
    patch.networks = Some(vec!["10.0.0.0/8".parse().unwrap()]);
    keyring.update(&operator(), bound.key.id(), patch, None).await.unwrap();
    let mut patch = KeyPatch::default();
    patch.life = Some(Life::days(1));
    keyring.update(&operator(), expired.key.id(), patch, None).await.unwrap();
    app.time.advance(Duration::from_secs(86_400));
    let mut not_yet = new_key(&[READ]);
    not_yet.not_before = Some(app.time.now().wall.plus_nanos(1));
    let not_yet = keyring.create(&operator(), not_yet).await.unwrap();
    // The right id and the wrong secret, made by somebody who has the check key.
    let wrong = forged_key(&format!("acme_live_{}{}", later.key.id(), "a".repeat(43)));
    for (key, reason) in [
        (unknown.expose(), "unknown_key"),
        (revoked.key.expose(), "revoked_key"),
        (expired.key.expose(), "expired_key"),
        (disabled.key.expose(), "disabled_key"),
        (bound.key.expose(), "network_not_allowed"),
        (not_yet.key.expose(), "key_not_yet_valid"),
        (&wrong, "wrong_secret"),
        ("junk", "malformed_key"),
    ] {
        let answer = app.ask("GET", "/models", key, "").await;
        assert_refused(&answer);
        assert_eq!(answer.reason, Some(reason));
    }
    assert_eq!(app.reached(), 0);
    assert_eq!(app.ask("GET", "/models", later.key.expose(), "").await.status, 200);
}

#[tokio::test]
async fn a055_a056_junk_asks_the_store_nothing() {
    let app = app();
    let key = app.key(&[READ]).await;
    let text = key.key.expose();
    let before = app.store.gets();
    let long = format!("acme_live_{}", "a".repeat(8_000));
    let typo = format!("{}{}", &text[..text.len() - 1], if text.ends_with('0') { '1' } else { '0' });
    let lower = text.to_lowercase();
    for junk in [
        "acme_live_",
        "acme_live_' OR 1=1--",
        "acme_live_%00",
        &long,
        &typo,
        &lower,
        &text[..70],
        &format!("{text}a"),
        "acme_test_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        "x",
    ] {
        assert_refused(&app.ask("GET", "/models", junk, "").await);
    }
    assert_eq!(app.store.gets(), before);
    assert_eq!((app.reached(), app.cached.remembered().1), (0, 0));
}

/// Draws the same id twice, and then others.
#[derive(Debug, Default)]
struct Twice(AtomicUsize);

impl RandomSource for Twice {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), RandomError> {
        let draw = self.0.fetch_add(1, SeqCst);
        // Each key draws its id and then its secret.
        let seed = if draw == 2 { 0 } else { draw };
        bytes
            .iter_mut()
            .enumerate()
            .for_each(|(at, byte)| *byte = u8::try_from((at * 7 + seed * 5) % 248).unwrap());
        Ok(())
    }
}

#[tokio::test]
async fn a057_a_taken_id_is_drawn_again_and_secrets_are_compared_whole() {
    let app = with(|keys| keys, |keyring| keyring.random(Twice::default()));
    let (first, second) = (app.key(&[READ]).await, app.key(&[MANAGE]).await);
    assert_ne!(first.key.id(), second.key.id());
    assert_eq!(app.store.memory().len(), 2);
    assert_eq!(app.status(first.key.expose()).await, 200);
    // The id of one with the secret of the other passes the checksum of whoever holds its key, and is nobody's.
    let secret = &second.key.expose()[22..65];
    let forged = forged_key(&format!("acme_live_{}{secret}", first.key.id()));
    let answer = app.ask("GET", "/models", &forged, "").await;
    assert_refused(&answer);
    assert_eq!(answer.reason, Some("wrong_secret"));
}

/// The checksum of tests, computed as the format does.
fn forged_key(text: &str) -> String {
    use hmac::{Hmac, KeyInit as _, Mac as _};
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(b"the check key of tests").unwrap();
    mac.update(b"palisade api key check 1\0");
    mac.update(text.as_bytes());
    let digest = mac.finalize().into_bytes();
    let mut number = u64::from_be_bytes(digest[..8].try_into().unwrap()) % 62u64.pow(6);
    let mut tail = Vec::new();
    for _ in 0..6 {
        tail.push(b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"[(number % 62) as usize]);
        number /= 62;
    }
    tail.reverse();
    format!("{text}{}", String::from_utf8(tail).unwrap())
}

#[tokio::test]
async fn a064_a_key_ends_on_the_nanosecond() {
    let app = app();
    let mut new = new_key(&[READ]);
    new.life = Life::days(1);
    let key = app.keyring.create(&operator(), new).await.unwrap();
    let day = Duration::from_secs(86_400);
    app.time.advance(day - Duration::from_nanos(1));
    assert_eq!(app.status(key.key.expose()).await, 200);
    app.time.advance(Duration::from_nanos(1));
    assert_eq!(app.status(key.key.expose()).await, 401);
}

#[tokio::test]
async fn networks_go_by_the_clients_address() {
    let app = app();
    let mut new = new_key(&[READ]);
    new.networks = vec!["198.51.100.0/24".parse().unwrap(), "2001:db8::/32".parse().unwrap()];
    let key = app.keyring.create(&operator(), new).await.unwrap();
    for (address, expected) in
        [("198.51.100.9", 200), ("[2001:db8::9]", 200), ("203.0.113.1", 401), ("[::ffff:198.51.100.9]", 200)]
    {
        assert_eq!(app.from(address, key.key.expose()).await.status, expected, "{address}");
    }
}

#[tokio::test]
async fn a063_a_scope_that_is_taken_away_is_gone_with_the_next_request() {
    let app = app();
    let key = app.key(&[READ, MANAGE]).await;
    assert_eq!(app.status(key.key.expose()).await, 200);
    let mut patch = KeyPatch::default();
    patch.permissions = Some([MANAGE].into_iter().collect());
    app.keyring.update(&operator(), key.key.id(), patch, None).await.unwrap();
    assert_eq!(app.status(key.key.expose()).await, 403);
}

#[tokio::test]
async fn a080_a_key_without_permissions_opens_what_anybody_known_may_alone() {
    let app = app();
    let key = app.key(&[]).await;
    for (method, path, expected) in [("GET", "/models", 403), ("POST", "/models", 403), ("GET", "/any", 200)]
    {
        assert_eq!(app.ask(method, path, key.key.expose(), "").await.status, expected, "{path}");
    }
    assert_eq!(app.manage("GET", "", &key, "").await.status, 403);
    assert_eq!(app.manage("GET", "/self", &key, "").await.status, 200);
}

#[tokio::test]
async fn roles_give_what_they_say() {
    let app = app();
    let mut new = new_key(&[]);
    new.roles = vec!["reader".parse().unwrap()];
    let key = app.keyring.create(&operator(), new).await.unwrap();
    assert_eq!(app.status(key.key.expose()).await, 200);
}

#[tokio::test]
async fn a075_the_store_never_holds_a_key() {
    let app = app();
    let key = app.key(&[READ]).await;
    let record = app.store.memory().get(&key.key.id()).await.unwrap().unwrap();
    let kept = record.to_document().to_string();
    let secret = &key.key.expose()[22..];
    assert!(!kept.contains(&secret[..8]) && kept.contains("v1$"));
    assert!(!format!("{key:?} {record:?} {:?}", app.keyring).contains(&secret[..8]));
}

#[tokio::test]
async fn a_key_made_under_an_older_pepper_is_kept_under_the_newest_once_it_is_used() {
    use palisade_apikey::{ApiKeys, Caller, Keyring, MemoryStore};
    use std::sync::Arc;
    let store = Arc::new(MemoryStore::new());
    let old = ApiKeys::new(format(), peppers(), store.clone());
    let key =
        Keyring::new(&old, [READ], MANAGE).create(&Caller::operator("a"), new_key(&[READ])).await.unwrap();
    let both = peppers().and(2, &Secret::new([8; 32])).unwrap();
    let new = ApiKeys::new(format(), both, store.clone());
    assert!(crate::places::verify(&new, key.key.expose()).await.is_ok());
    let kept = store.get(&key.key.id()).await.unwrap().unwrap().proof.to_stored();
    assert!(kept.starts_with("v2$"), "{kept}");
    // The old pepper can go now; a node that still has only the old one cannot tell, and says so.
    let gone =
        ApiKeys::new(format(), palisade_apikey::Peppers::new(2, &Secret::new([8; 32])).unwrap(), store);
    assert!(crate::places::verify(&gone, key.key.expose()).await.is_ok());
    let denial = crate::places::verify(&old, key.key.expose()).await.unwrap_err();
    assert_eq!((denial.kind().status().as_u16(), denial.reason()), (503, "pepper_missing"));
}

#[test]
fn a076_a_hundred_thousand_made_up_keys_ask_the_store_nothing() {
    let store = Store::default();
    let cached = CachedStore::new(store.clone());
    let keys = ApiKeys::new(format(), peppers(), cached.clone());
    let other = KeyFormat::new("acme", "live", &Secret::new("the check key of somebody else")).unwrap();
    let (head, ()) = Request::new(()).into_parts();
    let place = HeaderName::from_static("x-api-key");
    for round in 0..100_000_u32 {
        let mut key = other.mint().unwrap().expose().as_bytes().to_vec();
        // Most are as near to a key as a stranger can come; others are cut off, drawn out, or of other letters.
        match round % 16 {
            0 => key.truncate(round as usize % 71),
            1 => key.extend_from_slice(b"x"),
            2 => key[round as usize % 71] = (round >> 4) as u8,
            _ => {}
        }
        let facts = Facts::new(Clock::system());
        let verdict = keys.verify(Credential::new(&place, &key), &head, &facts).try_now();
        assert_eq!(verdict.unwrap().unwrap_err().kind(), DenialKind::Unauthenticated);
    }
    assert_eq!((store.gets(), cached.remembered()), (0, (0, 0)));
}
