//! What the keyring refuses, whoever asks in whichever way.

use crate::support::{MANAGE, READ, WRITE, app, new_key, operator, with};
use palisade_apikey::{Caller, Created, KeyPatch, KeyringError, Life, RandomError, RandomSource, Rule};
use palisade_core::{Principal, Scope};

fn caller(key: &Created) -> Caller {
    let scopes = key.record.permissions.clone();
    Caller::of(&Principal::new("api_key", key.key.id().as_str()).with_scopes(scopes))
}

fn refused<T: std::fmt::Debug>(outcome: Result<T, KeyringError>) -> Rule {
    match outcome.unwrap_err() {
        KeyringError::Refused(rule) => rule,
        error => panic!("{error:?}"),
    }
}

fn patch(change: impl FnOnce(&mut KeyPatch)) -> KeyPatch {
    let mut patch = KeyPatch::default();
    change(&mut patch);
    patch
}

#[tokio::test]
async fn the_last_administrator_stays() {
    let app = app();
    let (keyring, admin) = (&app.keyring, app.key(&[READ, MANAGE]).await);
    let (me, id) = (caller(&admin), admin.key.id());
    app.key(&[READ]).await;
    let disabled = patch(|patch| patch.disabled = Some(true));
    let narrowed = patch(|patch| patch.permissions = Some([READ].into_iter().collect()));
    let renamed = patch(|patch| patch.name = Some("b".parse().unwrap()));
    assert_eq!(refused(keyring.revoke(&me, id, None).await), Rule::LastAdministrator);
    assert_eq!(refused(keyring.update(&me, id, disabled.clone(), None).await), Rule::LastAdministrator);
    assert_eq!(refused(keyring.update(&me, id, narrowed, None).await), Rule::LastAdministrator);
    assert!(keyring.update(&me, id, renamed, None).await.is_ok());
    // A key that is on its way out is nobody to rely on.
    let other = app.key(&[READ, MANAGE]).await;
    let next = keyring.rotate(&me, other.key.id(), std::time::Duration::from_secs(60)).await.unwrap();
    keyring.revoke(&operator(), next.key.id(), None).await.unwrap();
    assert_eq!(refused(keyring.revoke(&me, id, None).await), Rule::LastAdministrator);
    // One that holds is.
    let third = app.key(&[READ, MANAGE]).await;
    assert!(keyring.update(&me, id, disabled, None).await.is_ok());
    // It stays whatever the caller calls with: a token, a session and a password are gone one day too.
    for kind in ["static", "jwt", "basic"] {
        let other =
            Caller::of(&Principal::new(kind, "root").with_scopes([READ, MANAGE].into_iter().collect()));
        assert_eq!(refused(keyring.revoke(&other, third.key.id(), None).await), Rule::LastAdministrator);
        let mut query = palisade_apikey::KeyQuery::default();
        query.lineage = Some(third.record.lineage);
        assert_eq!(keyring.revoke_all(&other, query, None).await.unwrap().kept, 1);
    }
    // Whoever holds the store may.
    assert!(keyring.revoke(&operator(), third.key.id(), None).await.is_ok());
}

#[tokio::test]
async fn where_others_administer_they_may_take_the_last_key_and_keys_may_not() {
    let app = with(|keys| keys, |keyring| keyring.others_administer());
    let (keyring, admin) = (&app.keyring, app.key(&[READ, MANAGE]).await);
    let me = caller(&admin);
    assert_eq!(refused(keyring.revoke(&me, admin.key.id(), None).await), Rule::LastAdministrator);
    let user = Caller::of(&Principal::new("jwt", "root").with_scopes([READ, MANAGE].into_iter().collect()));
    assert!(keyring.revoke(&user, admin.key.id(), None).await.is_ok());
}

#[tokio::test]
async fn a_plan_is_given_by_whoever_decides_on_plans() {
    let plan = |name: &str| name.parse::<palisade_apikey::Plan>().unwrap();
    let with_plan = |name: &str| {
        let mut new = new_key(&[READ]);
        new.plan = Some(plan(name));
        new
    };
    let of = |kind, scopes: &[Scope]| {
        Caller::of(&Principal::new(kind, "a").with_scopes(scopes.iter().cloned().collect()))
    };
    let (seller, admin) = (of("jwt", &[READ, MANAGE, WRITE]), of("jwt", &[READ, MANAGE]));
    // Where nobody said who may, an operator may.
    let app = app();
    assert!(app.keyring.create(&operator(), with_plan("pro")).await.is_ok());
    assert!(matches!(app.keyring.create(&seller, with_plan("pro")).await, Err(KeyringError::Invalid(_))));
    let app = with(|keys| keys, |keyring| keyring.plans([plan("free"), plan("pro")], WRITE));
    let keyring = &app.keyring;
    assert!(matches!(keyring.create(&operator(), with_plan("gold")).await, Err(KeyringError::Invalid(_))));
    assert_eq!(refused(keyring.create(&admin, with_plan("pro")).await), Rule::PlanNotTheirs);
    let made = keyring.create(&seller, with_plan("pro")).await.unwrap();
    let id = made.key.id();
    for to in [None, Some(plan("free"))] {
        let patch = patch(|patch| patch.plan = Some(to.clone()));
        assert_eq!(refused(keyring.update(&admin, id, patch.clone(), None).await), Rule::PlanNotTheirs);
        assert_eq!(keyring.update(&seller, id, patch, None).await.unwrap().plan, to);
    }
    // What stays as it is needs nobody's leave, and a successor has the plan of its predecessor.
    let same = patch(|patch| patch.plan = Some(Some(plan("free"))));
    assert!(keyring.update(&admin, id, same, None).await.is_ok());
    let next = keyring.rotate(&admin, id, std::time::Duration::ZERO).await.unwrap();
    assert_eq!(next.record.plan, Some(plan("free")));
}

#[tokio::test]
async fn two_administrators_who_revoke_each_other_at_once_leave_one() {
    for _ in 0..50 {
        let app = app();
        let (one, other) = (app.key(&[MANAGE]).await, app.key(&[MANAGE]).await);
        let (first, second) = (caller(&one), caller(&other));
        let (a, b) = tokio::join!(
            app.keyring.revoke(&first, other.key.id(), None),
            app.keyring.revoke(&second, one.key.id(), None)
        );
        assert!(a.is_ok() != b.is_ok(), "{a:?} {b:?}");
        let left = [&one, &other];
        let holding = left.iter().filter(|key| app.told.all().iter().all(|event| !revokes(event, key)));
        assert_eq!(holding.count(), 1);
    }
}

fn revokes(event: &palisade_core::KeyEvent, key: &Created) -> bool {
    matches!(event, palisade_core::KeyEvent::Revoked { id, .. } if **id == *key.key.id().as_str())
}

#[tokio::test]
async fn the_keyring_asks_for_itself_who_may() {
    let app = app();
    let key = app.key(&[READ]).await;
    let (keyring, me, id) = (&app.keyring, caller(&key), key.key.id());
    assert_eq!(refused(keyring.create(&me, new_key(&[READ])).await), Rule::MayNot);
    assert_eq!(refused(keyring.create_once(&me, "a", new_key(&[READ])).await), Rule::MayNot);
    assert_eq!(refused(keyring.get(&me, &id).await), Rule::MayNot);
    assert_eq!(refused(keyring.list(&me, palisade_apikey::KeyQuery::default()).await), Rule::MayNot);
    assert_eq!(refused(keyring.update(&me, id, KeyPatch::default(), None).await), Rule::MayNot);
    assert_eq!(refused(keyring.rotate(&me, id, std::time::Duration::ZERO).await), Rule::MayNot);
    assert_eq!(refused(keyring.revoke(&me, id, None).await), Rule::MayNot);
    let query = palisade_apikey::KeyQuery::default();
    assert_eq!(refused(keyring.revoke_all(&me, query, None).await), Rule::MayNot);
    assert!(keyring.of_caller(&me).await.is_ok());
}

#[tokio::test]
async fn keys_end_unless_danger_is_written_twice() {
    let app = app();
    let mut new = new_key(&[READ]);
    assert_eq!(app.key(&[READ]).await.record.expires.unwrap().as_secs(), crate::support::NOW + 90 * 86_400);
    new.life = Life::dangerous_never_expires();
    assert!(matches!(app.keyring.create(&operator(), new.clone()).await, Err(KeyringError::Invalid(_))));
    for days in [0, 366, u64::MAX] {
        new.life = Life::days(days);
        assert!(matches!(app.keyring.create(&operator(), new.clone()).await, Err(KeyringError::Invalid(_))));
    }
    let lax = with(|keys| keys, |keyring| keyring.dangerous_allow_never_expires().default_life(7));
    new.life = Life::dangerous_never_expires();
    assert_eq!(lax.keyring.create(&operator(), new).await.unwrap().record.expires, None);
    assert_eq!(lax.key(&[READ]).await.record.expires.unwrap().as_secs(), crate::support::NOW + 7 * 86_400);
}

#[derive(Debug)]
struct Broken;

impl RandomSource for Broken {
    fn fill(&self, _: &mut [u8]) -> Result<(), RandomError> {
        Err(RandomError::failed())
    }
}

#[tokio::test]
async fn a083_no_randomness_no_key() {
    let app = with(|keys| keys, |keyring| keyring.random(Broken));
    let outcome = app.keyring.create(&operator(), new_key(&[READ])).await;
    assert!(matches!(outcome, Err(KeyringError::NoRandomness(_))));
    let denial = palisade_core::Denial::from(outcome.unwrap_err());
    assert_eq!(denial.kind().status(), 503);
    assert!(app.store.memory().is_empty());
}

#[tokio::test]
async fn a349_every_text_is_bounded() {
    let app = app();
    let mut new = new_key(&[]);
    new.roles = (0..33).map(|n| format!("role{n}").parse().unwrap()).collect();
    new.permissions = (0..129).map(|n| format!("p{n}").parse::<Scope>().unwrap()).collect();
    new.networks = (0..65).map(|n| format!("10.0.{n}.0/24").parse().unwrap()).collect();
    let Err(KeyringError::Invalid(mistakes)) = app.keyring.create(&operator(), new).await else { panic!() };
    assert_eq!(mistakes.len(), 5);
}
