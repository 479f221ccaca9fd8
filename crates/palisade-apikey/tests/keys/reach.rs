//! How far a caller's leave reaches: not to what others hold, not to other tenants, not beyond its end.

use crate::support::{DELETE, MANAGE, READ, WRITE, app, new_key, operator, with};
use palisade_apikey::{Caller, KeyPatch, KeyringError, Life, Rule};
use palisade_core::{Principal, Scope};
use std::time::Duration;

fn of(id: &str, tenant: &str, scopes: &[Scope]) -> Caller {
    let scopes = scopes.iter().cloned().collect();
    Caller::of(&Principal::new("jwt", id).with_scopes(scopes).with_tenant(tenant))
}

fn patch(change: impl FnOnce(&mut KeyPatch)) -> KeyPatch {
    let mut patch = KeyPatch::default();
    change(&mut patch);
    patch
}

#[track_caller]
fn refused<T: std::fmt::Debug>(outcome: Result<T, KeyringError>, expected: Rule) {
    match outcome {
        Err(KeyringError::Refused(rule)) => assert_eq!(rule, expected),
        other => panic!("{other:?} instead of {expected:?}"),
    }
}

#[tokio::test]
async fn a067_nobody_opens_a_key_that_can_do_more_than_they_can() {
    let app = with(|keys| keys, |keyring| keyring.dangerous_allow_never_expires());
    let (keyring, other) = (&app.keyring, app.key(&[READ, MANAGE]).await);
    let principal = Principal::new("api_key", other.key.id().as_str());
    let caller = Caller::of(&principal.with_scopes([READ, MANAGE].into_iter().collect()));
    let mut new = new_key(&[READ, DELETE]);
    new.networks = vec!["10.0.0.0/8".parse().unwrap()];
    new.not_before = Some(palisade_core::UnixTime::from_secs(crate::support::NOW + 3_600));
    new.life = Life::days(2);
    let id = keyring.create(&operator(), new).await.unwrap().key.id();
    let narrowings = [
        patch(|patch| patch.disabled = Some(true)),
        patch(|patch| patch.networks = Some(vec!["10.1.0.0/16".parse().unwrap()])),
        patch(|patch| patch.life = Some(Life::days(1))),
        patch(|patch| patch.name = Some("b".parse().unwrap())),
    ];
    for narrowing in narrowings {
        assert!(keyring.update(&caller, id, narrowing, None).await.is_ok());
    }
    let openings = [
        patch(|patch| patch.disabled = Some(false)),
        patch(|patch| patch.networks = Some(vec!["10.0.0.0/8".parse().unwrap()])),
        patch(|patch| patch.networks = Some(Vec::new())),
        patch(|patch| patch.not_before = Some(None)),
        patch(|patch| patch.life = Some(Life::days(365))),
        patch(|patch| patch.life = Some(Life::dangerous_never_expires())),
    ];
    for opening in &openings {
        refused(keyring.update(&caller, id, opening.clone(), None).await, Rule::Escalation);
    }
    // Nor is it brought back when its time is over.
    app.time.advance(Duration::from_secs(3 * 86_400));
    refused(keyring.update(&caller, id, openings[4].clone(), None).await, Rule::Escalation);
    let all =
        Caller::of(&Principal::new("jwt", "root").with_scopes([READ, DELETE, MANAGE].into_iter().collect()));
    for opening in openings {
        assert!(keyring.update(&all, id, opening, None).await.is_ok());
    }
}

#[tokio::test]
async fn a071_tenants_whose_names_cannot_be_kept_as_they_are_stay_apart() {
    let app = app();
    let long = "x".repeat(128);
    let mut callers = Vec::new();
    for tenant in
        ["acme", "acme ", "ac\u{1}me", "", "unknown", &long, &format!("{long}y"), &format!("{long}z")]
    {
        let caller = of("root", tenant, &[READ, MANAGE]);
        let key = app.keyring.create(&caller, new_key(&[READ])).await.unwrap();
        callers.push((caller, key.key.id()));
    }
    for (at, (caller, _)) in callers.iter().enumerate() {
        for (of, (_, id)) in callers.iter().enumerate() {
            assert_eq!(app.keyring.get(caller, id).await.is_ok(), at == of, "{at} {of}");
        }
    }
}

#[tokio::test]
async fn a071_an_idempotency_key_reaches_no_other_caller() {
    let app = app();
    let long = "x".repeat(300);
    let ids = ["ada", "ada ", "a\u{1}da", &format!("{long}1"), &format!("{long}2")];
    let callers = ids.map(|id| of(id, "blue", &[READ, MANAGE])).into_iter();
    let mut seen = std::collections::HashSet::new();
    for caller in callers.chain([of("ada", "red", &[READ, MANAGE])]) {
        let made = app.keyring.create_once(&caller, "word", new_key(&[READ])).await.unwrap();
        assert!(!made.replayed && seen.insert(made.key.id()));
    }
}

#[tokio::test]
async fn a070_a_key_is_told_again_only_to_who_may_still_make_it() {
    let app = app();
    let make = async |scopes: &[Scope]| {
        app.keyring.create_once(&of("ada", "blue", scopes), "word", new_key(&[READ])).await
    };
    assert!(make(&[READ, MANAGE]).await.is_ok());
    assert!(make(&[READ, MANAGE]).await.unwrap().replayed);
    refused(make(&[READ]).await, Rule::MayNot);
}

#[tokio::test]
async fn the_last_administrator_of_a_tenant_stays_whatever_others_have() {
    let app = with(|keys| keys, |keyring| keyring.across_tenants(WRITE));
    let keyring = &app.keyring;
    let mine =
        keyring.create(&of("root", "blue", &[READ, WRITE, MANAGE]), new_key(&[WRITE, MANAGE])).await.unwrap();
    let theirs = keyring.create(&of("root", "red", &[READ, MANAGE]), new_key(&[READ, MANAGE])).await.unwrap();
    let me = Principal::new("api_key", mine.key.id().as_str()).with_tenant("blue");
    let me = Caller::of(&me.with_scopes([WRITE, MANAGE].into_iter().collect()));
    refused(keyring.revoke(&me, theirs.key.id(), None).await, Rule::LastAdministrator);
}
