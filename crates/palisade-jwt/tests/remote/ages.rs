//! How long keys are good, by the provider's words and by clocks that jump.

use crate::{
    provider::{ISSUER, Provider, Says, World},
    signer::Signer,
    told::until,
};
use http::header::{CACHE_CONTROL, ETAG};
use palisade_core::{TokenEvent, UnixTime};
use palisade_jwt::{KeySource as _, Rejection, remote::RemoteErrorKind};

fn alice() -> Result<String, Rejection> {
    Ok("alice".to_owned())
}

#[tokio::test(start_paused = true)]
async fn a154_ages_and_tags_are_honoured_within_bounds() {
    let signer = Signer::new("k1");
    for (says, least, most) in [
        ("max-age=0", 60, 66),
        ("no-store", 60, 66),
        ("max-age=200", 180, 220),
        ("max-age=315360000", 77_760, 86_400),
        ("max-age=soon", 540, 660),
    ] {
        let provider = Provider::new(ISSUER, &[&signer]);
        provider.header(CACHE_CONTROL, says);
        let world = World::of(ISSUER, provider, |builder| builder);
        until("the first keys", || world.keys.status().is_usable()).await;
        let next = world.keys.status().next_fetch_in().as_secs();
        assert!((least..=most).contains(&next), "{says}: {next}");
    }
    let provider = Provider::new(ISSUER, &[&signer]);
    provider.header(ETAG, "\"v1\"");
    let world = World::of(ISSUER, provider, |builder| builder);
    until("the first keys", || world.keys.status().is_usable()).await;
    let before = world.keys.current().unwrap().generation();
    world.pass(700).await;
    let asked = world.provider.asked();
    assert_eq!(asked.last().unwrap().etag.as_ref().unwrap(), "\"v1\"");
    assert_eq!((world.provider.rounds(), world.keys.status().age().unwrap().as_secs()), (2, 0));
    assert_eq!(world.keys.current().unwrap().generation(), before);
    // The same keys under another tag are the same keys: what they verified stays verified.
    world.provider.header(ETAG, "\"v2\"");
    world.pass(700).await;
    assert_eq!(world.keys.current().unwrap().generation(), before);
    assert_eq!(world.told.count(|event| matches!(event, TokenEvent::KeysRefreshed { .. })), 1);
}

#[tokio::test(start_paused = true)]
async fn a155_a_wall_clock_that_jumps_a_year_causes_no_storm_and_no_eternity() {
    const YEAR: u64 = 365 * 86_400;
    let signer = Signer::new("k1");
    let world = World::loaded(&[&signer]).await;
    let wall = world.time.now().wall.as_secs();
    for jumped in [wall + YEAR, wall - YEAR, 0, wall] {
        world.time.set_wall(UnixTime::from_secs(jumped));
        world.pass(1).await;
        assert_eq!(world.provider.rounds(), 1, "{jumped}");
        assert!(!world.keys.is_stale() && world.keys.status().next_fetch_in().as_secs() < 661);
    }
    world.provider.keys(Says::Fails(RemoteErrorKind::Connect));
    world.pass(90_000).await;
    world.time.set_wall(UnixTime::from_secs(wall));
    assert!(world.keys.current().is_none());
}
