//! What happens while the database is away.

use crate::node::{Node, PASSWORD, Place, family, refresh, user};
use crate::support::server::{Server, patient};
use palisade_core::{Clock, Denial, DenialKind, Guessed};
use palisade_jwt::{
    Revocation, Revocations as _, StoreErrorKind, TokenMarks,
    login::{LoginError, RefreshStore, UserChange, UserQuery, UserStore},
};

#[tokio::test]
async fn a176_a_store_that_is_down_is_503_and_no_failed_attempt() {
    for place in Place::each().await {
        let [here, _] = Node::two(&place).await;
        here.user("ada").await;
        let tokens = here.log_in("ada", PASSWORD).await.unwrap();
        let access = here.claims(&tokens.access).await;
        here.seen.guesses.lock().unwrap().clear();
        here.store.close().await;
        let refused = [
            here.log_in("ada", PASSWORD).await.map(drop),
            here.log_in("nobody", PASSWORD).await.map(drop),
            here.renew(&refresh(tokens)).await.map(drop),
            here.login.logout_access(&access).await,
        ];
        for refused in refused {
            let error = refused.unwrap_err();
            assert!(matches!(error, LoginError::Store(_)), "{error:?}");
            assert_eq!(Denial::from(error).kind(), DenialKind::Unavailable);
        }
        assert_eq!(*here.seen.guesses.lock().unwrap(), [Guessed::Undecided; 2]);
        // Every operation of every port tells it, and none guesses.
        let (store, ada) = (&here.store, user());
        let line = family(ada.id);
        let marks = TokenMarks::of("https://api.example", Some("ada"), None, None);
        let now = Clock::system().now();
        let revocation = Revocation::token("https://api.example", "jti", now.wall);
        let kinds = [
            store.find(ada.name.canonical()).await.map(drop),
            UserStore::get(store, &ada.id).await.map(drop),
            UserStore::list(store, &UserQuery::first(1)).await.map(drop),
            UserStore::write(store, vec![UserChange::Insert(ada.clone())]).await,
            RefreshStore::get(store, &line.id).await.map(drop),
            store.insert(line.clone(), line.created).await,
            store.update(line).await,
            store.forget(&ada.id).await,
            store.revoked(&marks).await.map(drop),
            store.revoke(&revocation, now).await,
        ];
        for kind in kinds {
            assert_eq!(kind.unwrap_err().kind(), StoreErrorKind::Unavailable);
        }
    }
}

#[tokio::test]
async fn a_role_that_may_not_make_tables_is_enough_afterwards() {
    let Some(place) = Place::server().await else { return };
    place.open().await.close().await;
    let Place::Server(server, database) = &place else { return };
    let role = format!("least_logins_{database}");
    let words = format!(
        "CREATE ROLE {role} LOGIN; REVOKE CREATE ON SCHEMA public FROM PUBLIC; GRANT SELECT ON palisade_schema TO {role};
         GRANT SELECT, INSERT, UPDATE, DELETE ON palisade_users, palisade_refresh, palisade_revocations TO {role}"
    );
    place.say(&words).await;
    let url = server.url(database).replace("palisade:secret", &role);
    let store = patient(&url).open().await.unwrap();
    let (ada, now) = (user(), Clock::system().now());
    UserStore::write(&store, vec![UserChange::Insert(ada.clone())]).await.unwrap();
    let line = family(ada.id);
    store.insert(line.clone(), line.created).await.unwrap();
    let end = now.wall.plus_nanos(60_000_000_000);
    store.revoke(&Revocation::token("https://api.example", "jti", end), now).await.unwrap();
    let delete = UserChange::Delete { id: ada.id, version: ada.version };
    UserStore::write(&store, vec![delete]).await.unwrap();
    store.forget(&ada.id).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a335_a_server_that_returns_is_used_again_within_five_seconds() {
    let Some(mut server) = Server::start() else { return };
    let store = patient(&server.url("postgres")).open().await.unwrap();
    let (ada, now) = (user(), Clock::system().now());
    UserStore::write(&store, vec![UserChange::Insert(ada.clone())]).await.unwrap();
    let logout = Revocation::token("https://api.example", "jti", now.wall.plus_nanos(600_000_000_000));
    store.revoke(&logout, now).await.unwrap();
    let marks = TokenMarks::of("https://api.example", None, Some("jti"), None);
    server.kill();
    let kinds = [
        store.find(ada.name.canonical()).await.map(drop),
        store.revoked(&marks).await.map(drop),
        store.revoke(&logout, now).await,
    ];
    for kind in kinds {
        assert_eq!(kind.unwrap_err().kind(), StoreErrorKind::Unavailable);
    }
    server.start_again();
    let back = async {
        while store.find(ada.name.canonical()).await.is_err() || store.revoke(&logout, now).await.is_err() {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(5), back).await.unwrap();
    assert!(store.revoked(&marks).await.unwrap());
}
