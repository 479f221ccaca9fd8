//! What providers and strangers do, with the time in hand.

use crate::{
    provider::{ISSUER, Provider, Says, World, jwks},
    signer::Signer,
    told::until,
};
use palisade_core::TokenEvent;
use palisade_jwt::{KeySource as _, MAX_KEYS, Rejection, remote::RemoteErrorKind};
use serde_json::json;
use std::{sync::Arc, time::Duration};
use tokio::{task::JoinSet, time::Instant};

fn alice() -> Result<String, Rejection> {
    Ok("alice".to_owned())
}

#[tokio::test(start_paused = true)]
async fn a138_a_flood_of_unknown_keys_causes_one_fetch_in_thirty_seconds() {
    let (signer, stranger) = (Signer::new("k1"), Signer::new("x"));
    let world = World::loaded(&[&signer]).await;
    for second in 0..90 {
        world.time.advance(Duration::from_secs(1));
        for nth in 0..100 {
            let forged = stranger.token_as(&format!("{second}/{nth}"), ISSUER, world.time.now().wall);
            assert_eq!(world.verify(&forged).await, Err(Rejection::UnknownKey));
            if nth % 10 == 0 {
                // Known keys wait for nothing, whatever goes on.
                assert_eq!(world.verify(&world.token(&signer)).try_now().unwrap(), alice());
            }
        }
    }
    assert_eq!(world.provider.rounds(), 1 + 3);
    // One unknown key, again and again, is no exception.
    for (seconds, rounds) in [(30, 5), (10, 5), (19, 5), (1, 6), (29, 6), (300, 7)] {
        world.time.advance(Duration::from_secs(seconds));
        let forged = stranger.token_as("again", ISSUER, world.time.now().wall);
        assert_eq!(world.verify(&forged).await, Err(Rejection::UnknownKey));
        assert_eq!(world.provider.rounds(), rounds, "{seconds}");
    }
}

/// A provider rotates while strangers make up keys, the new one's id among them, and while its own caches still publish the old set.
#[tokio::test(start_paused = true)]
async fn a153_a_rotation_under_load_refuses_a_good_token_for_a_cooldown_at_most() {
    let (old, new, stranger) = (Signer::new("k1"), Signer::new("k2"), Signer::new("x"));
    let world = World::loaded(&[&old]).await;
    let mut published = None;
    let mut passed = None;
    for second in 0..200_u32 {
        world.time.advance(Duration::from_secs(1));
        if second == 100 {
            world.provider.publish(&[&old, &new]);
            published = Some(second);
        }
        for nth in 0..50 {
            let kid = if nth == 0 { "k2".to_owned() } else { format!("{second}/{nth}") };
            let forged = stranger.token_as(&kid, ISSUER, world.time.now().wall);
            let refused = world.verify(&forged).await.unwrap_err();
            assert!(matches!(refused, Rejection::UnknownKey | Rejection::BadSignature), "{refused:?}");
            assert_eq!(world.verify(&world.token(&old)).try_now().unwrap(), alice());
        }
        match world.verify(&world.token(&new)).await {
            Ok(_) => passed = passed.or(Some(second)),
            // Never again once it was known.
            Err(refused) => assert_eq!((refused, passed), (Rejection::UnknownKey, None)),
        }
    }
    let late = passed.unwrap() - published.unwrap();
    assert!(late <= 30, "{late} s");
    assert!(world.provider.rounds() <= 1 + 200 / 30 + 1, "{}", world.provider.rounds());
}

#[tokio::test(start_paused = true)]
async fn a153_a_key_that_was_missed_once_is_looked_for_without_its_bearer() {
    let (old, new) = (Signer::new("k1"), Signer::new("k2"));
    let world = World::loaded(&[&old]).await;
    world.provider.publish(&[&old, &new]);
    world.time.advance(Duration::from_secs(5));
    assert_eq!(world.verify(&world.token(&new)).await, Err(Rejection::UnknownKey));
    world.pass(26).await;
    assert_eq!(world.provider.rounds(), 2);
    assert_eq!(world.verify(&world.token(&new)).try_now().unwrap(), alice());
}

/// While the last fetch failed, nobody knows: 503 and not 401, and the token passes as soon as the provider answers.
#[tokio::test(start_paused = true)]
async fn a153_a_rotation_during_an_outage_is_undecided() {
    let (old, new) = (Signer::new("k1"), Signer::new("k2"));
    let world = World::loaded(&[&old]).await;
    world.provider.publish(&[&old, &new]);
    world.provider.description(Says::Fails(RemoteErrorKind::Connect));
    let answer = jwks(&[&old, &new]);
    world.provider.keys(Says::Fails(RemoteErrorKind::Connect));
    world.time.advance(Duration::from_secs(31));
    for _ in 0..5 {
        assert_eq!(world.verify(&world.token(&new)).await, Err(Rejection::Unavailable));
        assert_eq!(world.verify(&world.token(&old)).try_now().unwrap(), alice());
        world.time.advance(Duration::from_secs(1));
    }
    world
        .provider
        .description(Says::Json(json!({"issuer": ISSUER, "jwks_uri": "https://id.example.com/main/jwks"})));
    world.provider.keys(Says::Json(answer));
    world.pass(61).await;
    assert_eq!(world.verify(&world.token(&new)).await, alice());
}

#[tokio::test(start_paused = true)]
async fn a139_an_empty_set_holds_the_cooldown_by_time_alone() {
    for empty in [json!({"keys": []}), json!({"keys": [{"kty": "oct", "kid": "s", "k": "AAAA"}]})] {
        let stranger = Signer::new("x");
        let provider = Provider::new(ISSUER, &[]);
        provider.keys(Says::Json(empty));
        let world = World::of(ISSUER, provider, |builder| builder);
        for second in 0..300 {
            let forged = stranger.token_as(&second.to_string(), ISSUER, world.time.now().wall);
            assert_eq!(world.verify(&forged).await, Err(Rejection::Unavailable));
            world.time.advance(Duration::from_secs(1));
        }
        assert!((6..=10).contains(&world.provider.rounds()), "{}", world.provider.rounds());
        assert_eq!(world.keys.status().last_error().unwrap().kind(), RemoteErrorKind::NoKeys);
    }
}

#[tokio::test(start_paused = true)]
async fn a139_a_set_that_turns_empty_takes_no_key_away() {
    let signer = Signer::new("k1");
    let world = World::loaded(&[&signer]).await;
    world.provider.publish(&[]);
    world.pass(700).await;
    assert_eq!(world.provider.rounds(), 2);
    assert_eq!(world.verify(&world.token(&signer)).await, alice());
}

#[tokio::test(start_paused = true)]
async fn a140_a_thousand_requests_on_a_cold_cache_cause_one_fetch() {
    let signer = Signer::new("k1");
    let world = Arc::new(World::new(&[&signer]));
    world.provider.delay(Duration::from_millis(500));
    let token = world.token(&signer);
    let mut requests = JoinSet::new();
    for _ in 0..1_000 {
        let (world, token) = (Arc::clone(&world), token.clone());
        requests.spawn(async move { world.verify(&token).await });
    }
    let verdicts = requests.join_all().await;
    assert!(verdicts.iter().all(|verdict| *verdict == alice()));
    // One for the description, one for the keys.
    assert_eq!((world.provider.asked().len(), world.provider.rounds()), (2, 1));
}

#[tokio::test(start_paused = true)]
async fn a141_who_asked_first_may_leave() {
    let (signer, next) = (Signer::new("k1"), Signer::new("k2"));
    let world = World::loaded(&[&signer]).await;
    world.time.advance(Duration::from_secs(31));
    world.provider.publish(&[&signer, &next]);
    world.provider.delay(Duration::from_millis(500));
    let token = world.token(&next);
    let mut first = Box::pin(world.verify(&token));
    assert!(futures_poll_once(&mut first).await.is_none());
    tokio::time::sleep(Duration::from_millis(100)).await;
    let second = world.verify(&token);
    drop(first);
    assert_eq!(second.await, alice());
    assert_eq!(world.provider.rounds(), 2);
}

#[tokio::test(start_paused = true)]
async fn a141_a_fetch_that_panics_is_a_failed_fetch() {
    let (signer, next) = (Signer::new("k1"), Signer::new("k2"));
    let world = World::loaded(&[&signer]).await;
    world.time.advance(Duration::from_secs(31));
    world.provider.keys(Says::Panics);
    let token = world.token(&next);
    let start = Instant::now();
    assert_eq!(world.verify(&token).await, Err(Rejection::Unavailable));
    assert!(start.elapsed() < Duration::from_secs(1), "nobody waits for the dead");
    assert_eq!(world.keys.status().last_error().unwrap().kind(), RemoteErrorKind::Internal);
    assert_eq!(world.verify(&world.token(&signer)).await, alice());
    world.provider.publish(&[&signer, &next]);
    world.pass(2).await;
    assert_eq!(world.verify(&token).await, alice());
}

#[tokio::test(start_paused = true)]
async fn a142_waiters_are_bounded_in_number_and_time() {
    let (signer, next) = (Signer::new("k1"), Signer::new("k2"));
    let world = World::loaded(&[&signer]).await;
    world.time.advance(Duration::from_secs(31));
    world.provider.keys(Says::Hangs);
    let token = world.token(&next);
    let start = Instant::now();
    let (mut waiting, mut at_once) = (JoinSet::new(), 0);
    for _ in 0..1_100 {
        match world.verify(&token).try_now() {
            Ok(verdict) => {
                assert_eq!(verdict, Err(Rejection::Unavailable));
                at_once += 1;
            }
            Err(later) => {
                waiting.spawn(later);
            }
        }
    }
    assert_eq!((waiting.len(), at_once), (1_024, 76));
    assert!(waiting.join_all().await.iter().all(|verdict| *verdict == Err(Rejection::Unavailable)));
    assert_eq!(start.elapsed().as_secs(), 2);
    // Their places are free again; the fetch is given up after five seconds, known keys never waited.
    assert!(!world.verify(&token).is_now());
    assert_eq!(world.verify(&world.token(&signer)).try_now().unwrap(), alice());
    until("the end of the fetch", || world.keys.status().failures() == 1).await;
    assert_eq!(start.elapsed().as_secs(), 5);
    assert_eq!(world.keys.status().last_error().unwrap().kind(), RemoteErrorKind::Timeout);
}

#[tokio::test(start_paused = true)]
async fn a144_late_keys_serve_a_day_with_an_alarm_after_an_hour_and_then_nothing_is_decided() {
    let (signer, stranger) = (Signer::new("k1"), Signer::new("x"));
    let world = World::loaded(&[&signer]).await;
    world.told.take();
    world.provider.description(Says::Fails(RemoteErrorKind::Connect));
    world.provider.keys(Says::Fails(RemoteErrorKind::Connect));
    let stale = |event: &TokenEvent| matches!(event, TokenEvent::KeysStale { .. });
    let gone = |event: &TokenEvent| matches!(event, TokenEvent::KeysGone { .. });
    world.pass(700).await;
    assert_eq!(world.verify(&world.token(&signer)).await, alice());
    assert!(world.keys.is_stale() && world.told.count(stale) == 0);
    // Whether a key is new or made up, nobody can say now.
    let forged = stranger.token(ISSUER, world.time.now().wall);
    assert_eq!(world.verify(&forged).await, Err(Rejection::Unavailable));
    for _ in 0..24 {
        world.pass(3_500).await;
        assert_eq!(world.verify(&world.token(&signer)).await, alice());
    }
    assert_eq!((world.told.count(stale), world.told.count(gone)), (1, 0));
    let status = world.keys.status();
    assert!(status.is_usable() && status.age().unwrap().as_secs() == 700 + 24 * 3_500, "{status:?}");
    world.pass(3_500).await;
    for _ in 0..3 {
        world.pass(100).await;
        assert_eq!(world.verify(&world.token(&signer)).await, Err(Rejection::Unavailable));
    }
    assert!(!world.keys.status().is_usable());
    assert_eq!((world.told.count(stale), world.told.count(gone)), (1, 1));
    let failures = |event: &TokenEvent| matches!(event, TokenEvent::KeysNotRefreshed { .. });
    assert_eq!(world.told.count(failures), 1);
    // Back again.
    world
        .provider
        .description(Says::Json(json!({"issuer": ISSUER, "jwks_uri": "https://id.example.com/main/jwks"})));
    world.provider.publish(&[&signer]);
    world.pass(61).await;
    assert_eq!(world.verify(&world.token(&signer)).await, alice());
    let refreshed =
        |event: &TokenEvent| matches!(event, TokenEvent::KeysRefreshed { keys: 1, skipped: 0, .. });
    assert_eq!(world.told.count(refreshed), 1);
    assert!(!world.keys.is_stale());
}

#[tokio::test(start_paused = true)]
async fn a145_a_provider_that_is_down_at_the_start_delays_nothing() {
    let signer = Signer::new("k1");
    let provider = Provider::new(ISSUER, &[&signer]);
    provider.description(Says::Fails(RemoteErrorKind::Connect));
    let world = World::of(ISSUER, provider, |builder| builder);
    assert_eq!(world.verify(&world.token(&signer)).await, Err(Rejection::Unavailable));
    // Now that this is known, nobody waits for it.
    assert_eq!(world.verify(&world.token(&signer)).try_now().unwrap(), Err(Rejection::Unavailable));
    let status = world.keys.status();
    assert!(!status.is_usable() && status.age().is_none() && status.failures() == 1, "{status:?}");
    assert_eq!(world.told.count(|event| matches!(event, TokenEvent::KeysGone { .. })), 1);
    world
        .provider
        .description(Says::Json(json!({"issuer": ISSUER, "jwks_uri": "https://id.example.com/main/jwks"})));
    world.pass(2).await;
    assert_eq!(world.verify(&world.token(&signer)).await, alice());
}

#[tokio::test(start_paused = true)]
async fn a147_what_is_no_set_leaves_the_keys_alone_and_a_bad_key_is_left_out() {
    let (signer, next) = (Signer::new("k1"), Signer::new("k2"));
    let world = World::loaded(&[&signer]).await;
    world.told.take();
    let set = jwks(&[&next]).to_string();
    for (says, kind) in [
        (Says::Text("text/html", "<html>maintenance</html>"), RemoteErrorKind::Document),
        (Says::Text("application/json", "{\"keys\": ["), RemoteErrorKind::Document),
        (Says::Text("application/json", "[]"), RemoteErrorKind::Document),
        (Says::Text("application/json", ""), RemoteErrorKind::Document),
        (Says::Text("text/plain", set.clone().leak()), RemoteErrorKind::Document),
        (Says::Status(500), RemoteErrorKind::Status),
        (Says::Status(404), RemoteErrorKind::Status),
        (Says::Status(302), RemoteErrorKind::Redirect),
    ] {
        world.provider.keys(says.clone());
        world.pass(700).await;
        assert_eq!(world.keys.status().last_error().unwrap().kind(), kind, "{says:?}");
        assert_eq!(world.verify(&world.token(&signer)).await, alice(), "{says:?}");
    }
    let bad =
        [json!({"kty": "EC", "kid": "bad", "crv": "P-256", "x": "AA", "y": "AA"}), json!(7), next.jwk()];
    world.provider.keys(Says::Json(json!({ "keys": bad })));
    world.told.take();
    world.pass(700).await;
    assert_eq!(world.verify(&world.token(&next)).await, alice());
    assert_eq!((world.keys.status().keys(), world.keys.status().skipped()), (1, 2));
    assert_eq!(world.told.count(|event| matches!(event, TokenEvent::KeySkipped { .. })), 2);
}

#[tokio::test(start_paused = true)]
async fn a150_a_description_of_somebody_else_is_refused_and_the_keys_stay() {
    let (signer, evil) = (Signer::new("k1"), Signer::new("k2"));
    let world = World::loaded(&[&signer]).await;
    world.told.take();
    world.provider.publish(&[&evil]);
    let other = json!({"issuer": format!("{ISSUER}/"), "jwks_uri": "https://id.example.com/main/jwks"});
    world.provider.description(Says::Json(other));
    // The place of the keys is believed for an hour, then asked for again.
    world.pass(3_700).await;
    assert_eq!(world.keys.status().last_error().unwrap().kind(), RemoteErrorKind::Issuer);
    assert_eq!(world.verify(&world.token(&signer)).await, alice());
    assert_eq!(world.verify(&world.token(&evil)).await, Err(Rejection::Unavailable));
    let told = world.told.take();
    assert!(
        matches!(&told[..], [TokenEvent::KeysNotRefreshed { reason, .. }] if reason.contains("configure exactly"))
    );
}

#[tokio::test(start_paused = true)]
async fn a153_the_first_token_under_a_new_key_passes_after_one_fetch() {
    let (old, new) = (Signer::new("k1"), Signer::new("k2"));
    let world = World::loaded(&[&old]).await;
    world.time.advance(Duration::from_secs(31));
    world.provider.publish(&[&old, &new]);
    assert_eq!(world.verify(&world.token(&new)).await, alice());
    assert_eq!(world.provider.rounds(), 2);
    // Until its key leaves the set, what was signed before holds.
    assert_eq!(world.verify(&world.token(&old)).await, alice());
    world.provider.publish(&[&new]);
    world.pass(700).await;
    assert_eq!(world.verify(&world.token(&old)).await, Err(Rejection::UnknownKey));
    assert_eq!(world.verify(&world.token(&new)).await, alice());
}

#[tokio::test(start_paused = true)]
async fn a157_of_ten_thousand_keys_the_first_hundred_are_kept() {
    let signers: Vec<_> = (0..150).map(|nth| Signer::new(&format!("k{nth}"))).collect();
    let mut set = jwks(&signers.iter().collect::<Vec<_>>());
    let keys = set["keys"].as_array_mut().unwrap();
    // Small ones, so that they fit the size that is read at all.
    keys.extend((keys.len()..10_000).map(|_| json!({"kty": "x"})));
    let provider = Provider::new(ISSUER, &[]);
    provider.keys(Says::Json(set));
    let world = World::of(ISSUER, provider, |builder| builder);
    assert_eq!(world.verify(&world.token(&signers[99])).await, alice());
    assert_eq!(world.verify(&world.token(&signers[100])).await, Err(Rejection::UnknownKey));
    assert_eq!((world.keys.status().keys(), world.keys.status().skipped()), (MAX_KEYS, 100));
    let over = |event: &TokenEvent| matches!(event, TokenEvent::KeySkipped { reason: "over_limit", .. });
    assert_eq!(world.told.count(over), 10);
}

#[tokio::test(start_paused = true)]
async fn issuers_are_independent_and_the_background_ends_with_its_last_owner() {
    let signer = Signer::new("k1");
    let other = "https://other.example.com";
    let down = Provider::new(other, &[&signer]);
    down.keys(Says::Hangs);
    let (up, down) = (World::loaded(&[&signer]).await, World::of(other, down, |builder| builder));
    let mut requests = JoinSet::new();
    for _ in 0..500 {
        requests.spawn(down.verify(&down.token(&signer)));
    }
    assert_eq!(up.verify(&up.token(&signer)).try_now().unwrap(), alice());
    assert!(requests.join_all().await.iter().all(|verdict| *verdict == Err(Rejection::Unavailable)));
    let World { provider, keys, verifier, .. } = down;
    drop(verifier);
    tokio::time::sleep(Duration::from_millis(10)).await;
    assert!(provider.others() > 0);
    drop(keys);
    tokio::time::sleep(Duration::from_millis(10)).await;
    assert_eq!(provider.others(), 0, "nothing asks it any more");
}

/// Polls once.
async fn futures_poll_once<F: Future + Unpin>(future: &mut F) -> Option<F::Output> {
    std::future::poll_fn(|cx| match std::pin::Pin::new(&mut *future).poll(cx) {
        std::task::Poll::Ready(value) => std::task::Poll::Ready(Some(value)),
        std::task::Poll::Pending => std::task::Poll::Ready(None),
    })
    .await
}
