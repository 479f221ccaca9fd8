//! Rows that make no sense.

use crate::node::{Place, family, user};
use palisade_core::UnixTime;
use palisade_jwt::{
    Revocation, Revocations as _, StoreErrorKind, TokenMarks,
    login::{RefreshStore, UserChange, UserQuery, UserStore},
};

const ISSUER: &str = "https://api.example";

#[tokio::test]
async fn a339_rows_of_nonsense_are_an_error() {
    for place in Place::each().await {
        let store = place.open().await;
        let (ada, line) = (user(), family(user().id));
        UserStore::write(&store, vec![UserChange::Insert(ada.clone())]).await.unwrap();
        store.insert(line.clone(), line.created).await.unwrap();
        let end = "'}'";
        for words in [
            "document = '['".to_owned(),
            "document = '{}'".to_owned(),
            "document = '[1]'".to_owned(),
            // A program that is newer has more to say about who is let in.
            format!("document = replace(document, {end}, ',\"locked\":true}}')"),
            "document = replace(document, '\"disabled\":false', '\"disabled\":0')".to_owned(),
            "document = replace(document, '\"roles\":[]', '\"roles\":[\" \"]')".to_owned(),
            "name = 'root'".to_owned(),
        ] {
            place
                .say(&format!(
                    "CREATE TABLE kept AS SELECT * FROM palisade_users; UPDATE palisade_users SET {words}"
                ))
                .await;
            let error = UserStore::get(&store, &ada.id).await.unwrap_err();
            assert_eq!(error.kind(), StoreErrorKind::Corrupt, "{words}");
            assert!(UserStore::list(&store, &UserQuery::first(9)).await.is_err(), "{words}");
            place.say("DELETE FROM palisade_users; INSERT INTO palisade_users SELECT * FROM kept; DROP TABLE kept").await;
        }
        assert!(UserStore::get(&store, &ada.id).await.unwrap().is_some());
        for words in [
            "access = 'x'",
            "expires = -1",
            "holder = upper(replace(holder, '0', 'a'))",
            "token = replace(token, substr(token, 1, 1), 'x')",
        ] {
            place.say(&format!("UPDATE palisade_refresh SET {words}")).await;
            let error = RefreshStore::get(&store, &line.id).await.unwrap_err();
            assert_eq!(error.kind(), StoreErrorKind::Corrupt, "{words}");
        }
        let now = palisade_core::Clock::system().now();
        let end = now.wall.plus_nanos(60_000_000_000);
        store.revoke(&Revocation::token(ISSUER, "jti", end), now).await.unwrap();
        place.say("UPDATE palisade_revocations SET cut = -1").await;
        let error = store.revoked(&TokenMarks::of(ISSUER, None, Some("jti"), None)).await.unwrap_err();
        assert_eq!(error.kind(), StoreErrorKind::Corrupt);
    }
}

#[tokio::test]
async fn a349_what_cannot_be_kept_whole_is_refused() {
    for place in Place::each().await {
        let store = place.open().await;
        let mut ada = user();
        ada.version = u64::MAX;
        let refused = UserStore::write(&store, vec![UserChange::Insert(ada)]).await.unwrap_err();
        assert_eq!(refused.kind(), StoreErrorKind::Invalid);
        let mut line = family(user().id);
        line.expires = UnixTime::from_nanos(u64::MAX);
        let refused = store.insert(line, UnixTime::default()).await.unwrap_err();
        assert_eq!(refused.kind(), StoreErrorKind::Invalid);
        let mut query = UserQuery::first(1);
        query.after = Some(palisade_jwt::login::CanonicalName::of(&"x".repeat(70_000)));
        assert_eq!(UserStore::list(&store, &query).await.unwrap_err().kind(), StoreErrorKind::Invalid);
        // As much as a user may have by its types.
        let mut wide = user();
        wide.roles = (0..32).map(|nth| format!("{nth:02}{}", "\"".repeat(62)).parse().unwrap()).collect();
        wide.permissions = (0..256)
            .map(|nth| format!("{nth:03}{}", "x".repeat(125)).parse::<palisade_core::Scope>().unwrap())
            .collect();
        UserStore::write(&store, vec![UserChange::Insert(wide.clone())]).await.unwrap();
        assert_eq!(*UserStore::get(&store, &wide.id).await.unwrap().unwrap(), wide);
    }
}
