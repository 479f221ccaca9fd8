//! A database of a release that kept keys alone.

use crate::{
    node::{Place, user},
    support::{found, insert, record},
};
use palisade_jwt::login::{UserChange, UserStore};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a344_a_database_of_keys_is_brought_up_to_date_by_one_of_several_nodes() {
    for place in Place::each().await {
        let (store, key) = (place.open().await, record());
        insert(&store, &key).await;
        store.close().await;
        place
            .say(
                "DROP TABLE palisade_users; DROP TABLE palisade_refresh; DROP TABLE palisade_revocations;
                DROP TABLE palisade_audit; DROP TABLE palisade_audit_ends; DELETE FROM palisade_schema WHERE version >= 2",
            )
            .await;
        let opened = tokio::join!(place.open(), place.open(), place.open());
        for store in [opened.0, opened.1, opened.2] {
            assert_eq!(found(&store, &key.id).await, Ok(true));
            let ada = user();
            UserStore::write(&store, vec![UserChange::Insert(ada.clone())]).await.unwrap();
            assert!(UserStore::get(&store, &ada.id).await.unwrap().is_some());
        }
        assert_eq!(place.number("SELECT COUNT(*) FROM palisade_schema").await, 3);
    }
}
