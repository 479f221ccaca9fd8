//! Two nodes on one database.

use crate::node::{Node, Place, family, refresh, user};
use palisade_core::{Clock, CredentialDigest, ManualClock, Moment, UnixTime};
use palisade_jwt::{
    Revocation, Revocations as _, StoreErrorKind,
    login::{LoginError, MAX_FAMILIES, RefreshStore, UserChange, UserId, UserQuery, UserStore},
};
use std::time::Duration;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a134_a_token_that_was_traded_on_another_node_ends_the_line() {
    for place in Place::each().await {
        let [here, there] = Node::two(&place).await;
        here.user("ada").await;
        let first = refresh(there.log_in("Ada", crate::node::PASSWORD).await.unwrap());
        let second = here.renew(&first).await.unwrap();
        let access = second.access.clone();
        assert!(!there.is_void(&access).await);
        assert!(matches!(there.renew(&first).await, Err(LoginError::Refused)));
        assert_eq!(there.seen.reuses(), 1);
        // The access token that was issued with the line is void on both nodes.
        assert!(there.is_void(&access).await && here.is_void(&access).await);
        let second = refresh(second);
        for node in [&here, &there] {
            assert!(matches!(node.renew(&second).await, Err(LoginError::Refused)));
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a134_of_two_nodes_that_trade_a_token_at_once_at_most_one_gets_the_next() {
    for place in Place::each().await {
        let [here, there] = Node::two(&place).await;
        here.user("ada").await;
        let (mut won, mut raced) = (0, 0);
        for _ in 0..10 {
            let token = refresh(here.log_in("ada", crate::node::PASSWORD).await.unwrap());
            let (one, other) = tokio::join!(here.renew(&token), there.renew(&token));
            assert!(one.is_err() || other.is_err());
            for answer in [one, other] {
                match answer {
                    Ok(tokens) => {
                        won += 1;
                        // The line has ended, because its token came twice.
                        assert!(matches!(here.renew(&refresh(tokens)).await, Err(LoginError::Refused)));
                    }
                    Err(error) => {
                        raced += 1;
                        assert!(matches!(error, LoginError::Refused), "{error:?}");
                    }
                }
            }
        }
        assert!(won >= 1 && raced >= 10, "{won} {raced}");
        assert!(here.seen.reuses() + there.seen.reuses() >= 10);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a134_of_two_nodes_that_change_a_line_at_once_exactly_one_does() {
    for place in Place::each().await {
        let (here, there) = (place.open().await, place.open().await);
        for _ in 0..20 {
            let first = family(UserId::random().unwrap());
            here.insert(first.clone(), first.created).await.unwrap();
            let [mut one, mut other] = [first.clone(), first.clone()];
            one.token = CredentialDigest::of(b"one");
            other.token = CredentialDigest::of(b"other");
            let expected = [one.token, other.token];
            let answers = tokio::join!(here.update(one), there.update(other));
            let token = RefreshStore::get(&there, &first.id).await.unwrap().unwrap().token;
            let kind = match answers {
                (Ok(()), Err(error)) if token == expected[0] => error.kind(),
                (Err(error), Ok(())) if token == expected[1] => error.kind(),
                answers => panic!("{answers:?}"),
            };
            assert_eq!(kind, StoreErrorKind::Conflict);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a135_what_is_cut_off_on_one_node_is_void_on_the_other_at_the_next_question() {
    for place in Place::each().await {
        let [here, there] = Node::two(&place).await;
        let ada = here.user("ada").await;
        let log_in = async || here.log_in("ada", crate::node::PASSWORD).await.unwrap();
        let (kept, left) = (log_in().await, log_in().await);
        here.login.logout_access(&*here.claims(&left.access).await).await.unwrap();
        assert!(there.is_void(&left.access).await && !there.is_void(&kept.access).await);
        here.change_password(&ada.id, "another long passphrase").await;
        assert!(there.is_void(&kept.access).await);
        assert!(matches!(there.renew(&refresh(kept)).await, Err(LoginError::Refused)));
        assert!(matches!(there.log_in("ada", crate::node::PASSWORD).await, Err(LoginError::Refused)));
        let again = there.log_in("ada", "another long passphrase").await.unwrap();
        assert!(!here.is_void(&again.access).await);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_administrators_who_remove_each_other_at_once_do_not_both_succeed() {
    for place in Place::each().await {
        let (here, there) = (place.open().await, place.open().await);
        for _ in 0..20 {
            let (ada, bob) = (user(), user());
            let both = [&ada, &bob].map(|user| UserChange::Insert(user.clone()));
            UserStore::write(&here, both.into()).await.unwrap();
            let remove = |target: &palisade_jwt::login::User, witness: &palisade_jwt::login::User| {
                vec![
                    UserChange::Unchanged { id: witness.id, version: witness.version },
                    UserChange::Delete { id: target.id, version: target.version },
                ]
            };
            let answers = tokio::join!(
                UserStore::write(&here, remove(&bob, &ada)),
                UserStore::write(&there, remove(&ada, &bob))
            );
            let left = [UserStore::get(&here, &ada.id).await, UserStore::get(&here, &bob.id).await];
            let left = left.into_iter().filter(|user| user.as_ref().unwrap().is_some()).count();
            let ((Ok(()), Err(error)) | (Err(error), Ok(()))) = answers else { panic!("{answers:?}") };
            assert_eq!((error.kind(), left), (StoreErrorKind::Conflict, 1));
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_name_that_two_nodes_want_at_once_is_given_once() {
    for place in Place::each().await {
        let (here, there) = (place.open().await, place.open().await);
        for _ in 0..20 {
            let (one, mut other) = (user(), user());
            other.name = one.name.as_str().to_lowercase().parse().unwrap();
            let answers = tokio::join!(
                UserStore::write(&here, vec![UserChange::Insert(one.clone())]),
                UserStore::write(&there, vec![UserChange::Insert(other)])
            );
            let ((Ok(()), Err(error)) | (Err(error), Ok(()))) = answers else { panic!("{answers:?}") };
            assert_eq!(error.kind(), StoreErrorKind::Conflict);
        }
    }
}

#[tokio::test]
async fn names_are_exchanged_in_one_step() {
    for place in Place::each().await {
        let store = place.open().await;
        let (mut ada, mut bob) = (user(), user());
        let both = [&ada, &bob].map(|user| UserChange::Insert(user.clone()));
        UserStore::write(&store, both.into()).await.unwrap();
        std::mem::swap(&mut ada.name, &mut bob.name);
        let both = [&ada, &bob].map(|user| UserChange::Update(user.clone()));
        UserStore::write(&store, both.into()).await.unwrap();
        for user in [&ada, &bob] {
            assert_eq!(store.find(user.name.canonical()).await.unwrap().unwrap().id, user.id);
        }
        // A page that begins behind a name that nobody can have.
        let mut query = UserQuery::first(1);
        query.after = Some(palisade_jwt::login::CanonicalName::of("u\0-"));
        assert_eq!(UserStore::list(&store, &query).await.unwrap().users.len(), 1);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nodes_that_log_one_user_in_at_once_keep_the_bound() {
    for place in Place::each().await {
        let (here, there) = (place.open().await, place.open().await);
        let user = UserId::random().unwrap();
        let inserted: Vec<_> = (0..MAX_FAMILIES + 8)
            .map(|nth| {
                let (store, family) = (if nth % 2 == 0 { &here } else { &there }, family(user));
                store.insert(family.clone(), family.created)
            })
            .collect();
        for inserted in inserted {
            inserted.await.unwrap();
        }
        let count = place.number("SELECT COUNT(*) FROM palisade_refresh").await;
        assert_eq!(usize::try_from(count).unwrap(), MAX_FAMILIES);
    }
}

fn at(secs: u64) -> Moment {
    ManualClock::new(UnixTime::from_secs(secs)).now()
}

fn token(nth: u64, expires: UnixTime) -> Revocation {
    Revocation::token("https://api.example", &format!("token-{nth}"), expires)
}

#[tokio::test]
async fn what_is_over_is_forgotten_a_few_at_a_time() {
    const THEN: u64 = 1_700_000_000;
    for place in Place::each().await {
        let store = place.open().await;
        let count = async || place.number("SELECT COUNT(*) FROM palisade_revocations").await;
        for nth in 0..20 {
            store.revoke(&token(nth, at(THEN + 60).wall), at(THEN)).await.unwrap();
        }
        assert_eq!(count().await, 20);
        // Over, but clocks differ.
        store.revoke(&token(20, at(THEN + 9_000).wall), at(THEN + 3_000)).await.unwrap();
        assert_eq!(count().await, 21);
        let now = Clock::system().now();
        let expires = now.wall.plus_nanos(Duration::from_secs(60).as_nanos() as u64);
        for (nth, expected) in [(100, 14), (101, 7), (102, 3), (103, 4)] {
            store.revoke(&token(nth, expires), now).await.unwrap();
            assert_eq!(count().await, expected);
        }
        // Lines that ended long ago, whoever had them.
        for _ in 0..3 {
            let mut old = family(UserId::random().unwrap());
            old.expires = at(THEN + 60).wall;
            store.insert(old, at(THEN).wall).await.unwrap();
        }
        let new = family(UserId::random().unwrap());
        store.insert(new.clone(), now.wall).await.unwrap();
        assert_eq!(place.number("SELECT COUNT(*) FROM palisade_refresh").await, 1);
    }
}

#[tokio::test]
async fn a_node_whose_clock_is_years_ahead_forgets_nothing() {
    for place in Place::each().await {
        let store = place.open().await;
        let now = Clock::system().now();
        let soon = now.wall.plus_nanos(60_000_000_000);
        store.revoke(&token(1, soon), now).await.unwrap();
        let ahead = at(now.wall.as_secs() + 400_000_000);
        let later = ahead.wall.plus_nanos(60_000_000_000);
        store.revoke(&token(2, later), ahead).await.unwrap();
        assert_eq!(place.number("SELECT COUNT(*) FROM palisade_revocations").await, 2);
    }
}
