//! What cannot be set up, and what holds where nothing is said.

use crate::{
    provider::{ISSUER, Provider, Says, World},
    signer::Signer,
};
use palisade_jwt::{
    KeySource as _,
    remote::{RemoteErrorKind, RemoteKeys},
};
use std::time::Duration;

#[tokio::test]
async fn names_are_taken_by_reference() {
    let (issuer, uri) = (String::from("https://id.example.com"), String::from("https://id.example.com/keys"));
    assert_eq!(RemoteKeys::issuer(&issuer).jwks_uri(&uri).build().unwrap().name(), issuer);
}

#[test]
fn a149_all_mistakes_are_told_at_once_and_with_the_fix() {
    let errors = RemoteKeys::issuer("http://me:hunter2@id.example.com")
        .allow_network("10.0.0.0/99")
        .certificate_authority(b"no certificate")
        .age(Duration::from_secs(1))
        .cooldown(Duration::from_secs(4))
        .stale_for(Duration::from_secs(86_401))
        .build()
        .unwrap_err();
    let texts: Vec<_> = errors.iter().collect();
    assert_eq!(texts.len(), 6, "{errors}");
    for (text, part) in
        texts.iter().zip(["10.0.0.0/99", "certificate", "60 and 86400", "5 and 3600", "0 and 86400"])
    {
        assert!(text.contains(part), "{text}");
    }
    assert!(texts[5].contains("user name") && !errors.to_string().contains("hunter2"), "{errors}");
}

#[test]
fn a149_plain_http_stays_on_this_machine() {
    let check = |issuer: &str, permitted: bool, expected: Option<&str>| {
        let builder = RemoteKeys::issuer(issuer);
        let builder = if permitted { builder.dangerous_loopback_http() } else { builder };
        let error = builder.build().err().map(|error| error.to_string());
        assert_eq!(error.is_some(), expected.is_some(), "{issuer}: {error:?}");
        assert!(error.unwrap_or_default().contains(expected.unwrap_or_default()), "{issuer}");
    };
    check("https://id.example.com", false, None);
    check("http://127.0.0.1:9000/x", true, None);
    check("http://127.0.0.1:9000/x", false, Some("dangerous_loopback_http"));
    check("http://id.example.com", true, Some("this machine"));
    check("https://id.example.com/#x", false, Some("fragment"));
    check("id.example.com", false, Some("https://id.example.com/tenant"));
    let keys = RemoteKeys::issuer("not a url").jwks_uri("http://id.example.com/jwks").build();
    assert!(keys.unwrap_err().to_string().contains("jwks_uri"));
    assert!(RemoteKeys::issuer("not a url").jwks_uri("https://id.example.com/jwks").build().is_ok());
}

#[test]
fn built_outside_a_runtime_it_begins_inside_of_one() {
    let signer = Signer::new("k1");
    let world = World::of(ISSUER, Provider::new(ISSUER, &[&signer]), |builder| builder);
    assert!(world.keys.current().is_none() && world.provider.rounds() == 0);
    let runtime = || tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    assert_eq!(
        runtime().block_on(async { world.verify(&world.token(&signer)).await }),
        Ok("alice".to_owned())
    );
    // That runtime is gone, and the background with it; another one takes over.
    world.time.advance(Duration::from_secs(31));
    let other = Signer::new("k2");
    world.provider.publish(&[&other]);
    assert_eq!(
        runtime().block_on(async { world.verify(&world.token(&other)).await }),
        Ok("alice".to_owned())
    );
}

#[tokio::test(start_paused = true)]
async fn the_place_of_the_keys_can_be_given() {
    let signer = Signer::new("k1");
    let provider = Provider::new("any", &[&signer]);
    provider.description(Says::Fails(RemoteErrorKind::Connect));
    let world = World::of("any", provider, |builder| builder.jwks_uri("https://id.example.com/main/jwks"));
    assert_eq!(world.verify(&world.token(&signer)).await, Ok("alice".to_owned()));
    assert_eq!(world.provider.asked().len(), 1);
    let [question] = world.provider.asked().try_into().unwrap();
    assert_eq!(question.accept, "application/jwk-set+json, application/json");
}
