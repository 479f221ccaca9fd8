//! What holds where an application says nothing.

use crate::{
    provider::{ISSUER, Provider, Says, World},
    signer::Signer,
    told::until,
};
use http::{Request, Response, header};
use palisade_core::{Authenticate, TokenEvent, gate};
use palisade_jwt::{
    Jwt, KeySource as _, Rejection,
    remote::{MAX_DOCUMENT, MAX_WAIT, RemoteErrorKind, RemoteKeys},
};
use std::{convert::Infallible, time::Duration};
use tokio::time::Instant;
use tower::{Layer as _, ServiceExt as _, service_fn};

#[test]
fn remote_keys_are_https() {
    assert!(RemoteKeys::issuer("http://id.example.com").build().is_err());
    assert!(RemoteKeys::issuer("http://127.0.0.1").build().is_err());
    assert!(RemoteKeys::issuer("http://127.0.0.1").dangerous_loopback_http().build().is_ok());
}

#[tokio::test]
async fn remote_keys_are_at_public_addresses() {
    let keys = RemoteKeys::issuer("https://127.0.0.1:1").build().unwrap();
    until("a round", || keys.status().failures() > 0).await;
    assert_eq!(keys.status().last_error().unwrap().kind(), RemoteErrorKind::Address);
}

#[tokio::test(start_paused = true)]
async fn remote_keys_are_fetched_every_10_minutes() {
    let world = World::loaded(&[&Signer::new("k1")]).await;
    assert!((540..=660).contains(&world.keys.status().next_fetch_in().as_secs()));
    world.pass(661).await;
    assert_eq!(world.provider.rounds(), 2);
}

#[tokio::test(start_paused = true)]
async fn late_remote_keys_serve_24_hours() {
    let (signer, day) = (Signer::new("k1"), 86_400);
    for (stale, with) in [(day, None), (60, Some(Duration::from_secs(60)))] {
        let provider = Provider::new(ISSUER, &[&signer]);
        let world = World::of(ISSUER, provider, |it| match with {
            Some(stale) => it.stale_for(stale),
            None => it,
        });
        until("the first keys", || world.keys.status().is_usable()).await;
        let fresh = world.keys.status().next_fetch_in().as_secs() + 1;
        world.provider.keys(Says::Hangs);
        world.time.advance(Duration::from_secs(fresh + stale - 3));
        assert!(world.keys.current().is_some());
        world.time.advance(Duration::from_secs(3));
        assert!(world.keys.current().is_none());
    }
}

#[tokio::test(start_paused = true)]
async fn unknown_keys_cause_a_fetch_in_30_seconds() {
    let stranger = Signer::new("x");
    for (cooldown, with) in [(30, None), (5, Some(Duration::from_secs(5)))] {
        let provider = Provider::new(ISSUER, &[&Signer::new("k1")]);
        let world = World::of(ISSUER, provider, |it| match with {
            Some(cooldown) => it.cooldown(cooldown),
            None => it,
        });
        until("the first keys", || world.keys.status().is_usable()).await;
        for (seconds, rounds) in [(cooldown - 1, 1), (1, 2)] {
            world.time.advance(Duration::from_secs(seconds));
            assert_eq!(world.verify(&world.token(&stranger)).await, Err(Rejection::UnknownKey));
            assert_eq!(world.provider.rounds(), rounds);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn fetches_of_keys_have_5_seconds_and_512_kib() {
    assert_eq!(MAX_DOCUMENT, 524_288);
    let provider = Provider::new(ISSUER, &[]);
    provider.description(Says::Hangs);
    let (start, world) = (Instant::now(), World::of(ISSUER, provider, |it| it));
    until("the end of the round", || world.keys.status().failures() > 0).await;
    assert_eq!((start.elapsed().as_secs(), world.told.count(is_timeout)), (5, 1));
}

fn is_timeout(event: &TokenEvent) -> bool {
    matches!(event, TokenEvent::KeysNotRefreshed { reason, .. } if reason.starts_with("timeout: "))
}

#[tokio::test(start_paused = true)]
async fn requests_wait_2_seconds_for_keys() {
    let provider = Provider::new(ISSUER, &[]);
    provider.keys(Says::Hangs);
    let (start, world) = (Instant::now(), World::of(ISSUER, provider, |it| it));
    assert_eq!(world.verify(&world.token(&Signer::new("k1"))).await, Err(Rejection::Unavailable));
    assert_eq!((start.elapsed().as_secs(), MAX_WAIT.as_secs()), (2, 2));
}

#[tokio::test(start_paused = true)]
async fn a145_what_cannot_be_decided_without_keys_is_503() {
    let provider = Provider::new(ISSUER, &[]);
    provider.description(Says::Fails(RemoteErrorKind::Connect));
    let world = World::of(ISSUER, provider, |it| it);
    let wall = palisade_core::Clock::system().now().wall;
    let token = Signer::new("k1").token(ISSUER, wall);
    let service = gate(Authenticate::with(Jwt::new(world.verifier.clone())))
        .layer(service_fn(async |_: Request<()>| Ok::<_, Infallible>(Response::new(String::new()))));
    let request =
        Request::get("/").header(header::AUTHORIZATION, format!("Bearer {token}")).body(()).unwrap();
    let response = service.oneshot(request).await.unwrap();
    assert_eq!(response.status(), 503);
    assert!(response.headers().contains_key(header::RETRY_AFTER));
    assert!(!response.headers().contains_key(header::WWW_AUTHENTICATE));
}
