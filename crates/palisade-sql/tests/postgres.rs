//! Keys on a server: the law, migrations, and other nodes.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod support;

use palisade_apikey::{CachedStore, KeyQuery, KeyStore as _, StoreErrorKind};
use palisade_sql::{OpenErrorKind, SqlStore};
use sqlx::{AssertSqlSafe, Row as _};
use std::{sync::Arc, time::Duration};
use support::{
    Notes, found, insert, inserted, record, revoke,
    server::{self, Server, patient},
    until,
};

/// The server, and a database of this test's own.
async fn fresh() -> Option<(Arc<Server>, String)> {
    let server = server::shared()?;
    let database = server.database().await;
    Some((server, database))
}

async fn open(server: &Server, database: &str) -> SqlStore {
    patient(&server.url(database)).open().await.unwrap()
}

mod law {
    use super::support::{server, with::With};
    use palisade_apikey::KeyStore;
    use palisade_sql::SqlStore;
    use std::sync::Arc;

    /// Without a server there is nothing to test but the law itself, and it is said that this was so.
    async fn store() -> With<Arc<dyn KeyStore>, Option<Arc<server::Server>>> {
        let Some(server) = server::shared() else {
            return With(Arc::new(palisade_apikey::MemoryStore::new()), None);
        };
        let store: SqlStore = super::open(&server, "postgres").await;
        With(Arc::new(store), Some(server))
    }

    palisade_apikey::suite!(store, tokio::test);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a344_many_migrate_at_once() {
    let Some(server) = server::shared() else { return };
    for _ in 0..3 {
        let database = server.database().await;
        let opening: Vec<_> = (0..6).map(|_| tokio::spawn(patient(&server.url(&database)).open())).collect();
        for opened in opening {
            assert_eq!(inserted(&opened.await.unwrap().unwrap()).await, Ok(()));
        }
        assert_eq!(server.number(&database, "SELECT COUNT(*) FROM palisade_keys").await, 6);
    }
}

#[tokio::test]
async fn a_newer_schema_is_refused() {
    let Some((server, database)) = fresh().await else { return };
    open(&server, &database).await.close().await;
    server.say(&database, "INSERT INTO palisade_schema (version) VALUES (99)").await;
    let error = patient(&server.url(&database)).open().await.unwrap_err();
    assert_eq!(error.kind(), OpenErrorKind::Newer);
}

#[tokio::test]
async fn what_cannot_be_opened_is_told_without_the_url() {
    let Some(server) = server::shared() else { return };
    let error = patient(&server.url("canary")).open().await.unwrap_err();
    assert_eq!(error.kind(), OpenErrorKind::Database);
    let source = std::error::Error::source(&error).unwrap();
    let told = format!("{error} {error:?} {source} {source:?}");
    assert!(told.contains("3D000") && !told.contains("canary") && !told.contains("secret"), "{told}");
    assert!(!format!("{:?}", patient(&server.url("canary"))).contains("secret"));
    // A server that is there and refuses is no server that may come later.
    let started = patient(&server.url("canary")).start_without_server().open().await;
    assert_eq!(started.unwrap_err().kind(), OpenErrorKind::Database);
}

#[tokio::test]
async fn a_role_that_may_not_make_tables_is_enough_afterwards() {
    let Some((server, database)) = fresh().await else { return };
    open(&server, &database).await.close().await;
    let role = format!("least_{database}");
    let words = format!(
        "CREATE ROLE {role} LOGIN; REVOKE CREATE ON SCHEMA public FROM PUBLIC;
         GRANT SELECT ON palisade_schema TO {role}; GRANT SELECT, INSERT, UPDATE ON palisade_keys TO {role}"
    );
    server.say(&database, &words).await;
    let url = server.url(&database).replace("palisade:secret", &role);
    let (store, record) = (patient(&url).open().await.unwrap(), record());
    insert(&store, &record).await;
    revoke(&store, &record).await;
    assert_eq!(found(&store, &record.id).await, Ok(true));
}

#[tokio::test]
async fn statements_go_by_an_index() {
    let Some((server, database)) = fresh().await else { return };
    open(&server, &database).await.close().await;
    let fill = "INSERT INTO palisade_keys (id, version, created, owner, lineage, document)
        SELECT lpad(n::text, 12, '0'), 1, n, 'o' || n % 10, lpad(n::text, 12, '0'), '{}'
        FROM generate_series(1, 20000) n; ANALYZE palisade_keys";
    server.say(&database, fill).await;
    let mut client = server.client(&database).await;
    let mut check = async |words: &str, expected: &str| {
        let explain = AssertSqlSafe(format!("EXPLAIN {words}"));
        let rows = sqlx::query(explain).fetch_all(&mut client).await.unwrap();
        let plan: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
        let plan = plan.join("\n");
        assert!(plan.contains(expected) && !plan.contains("Seq Scan") && !plan.contains("Sort"), "{plan}");
    };
    let columns = "SELECT id, version, revoked, last_used, document FROM palisade_keys WHERE";
    let order = "ORDER BY created DESC, id DESC LIMIT 101";
    check(&format!("{columns} id = '000000000007'"), "palisade_keys_pkey").await;
    check(
        &format!("{columns} TRUE AND (created, id) < (500, '000000000500') {order}"),
        "palisade_keys_created",
    )
    .await;
    check(&format!("{columns} TRUE AND owner = 'o7' {order}"), "palisade_keys_owner").await;
    check(&format!("{columns} TRUE AND lineage = '000000000007' {order}"), "palisade_keys_lineage").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_revoked_on_one_node_is_forgotten_by_the_other_within_a_second() {
    let Some((server, database)) = fresh().await else { return };
    let (here, there) = (open(&server, &database).await, open(&server, &database).await);
    let notes = Notes::of(&here);
    server.hears(&database, &notes).await;
    // Believes for a minute what it is not told otherwise.
    let cached = CachedStore::new(here).positive_ttl(Duration::from_secs(60));
    for _ in 0..5 {
        let record = record();
        insert(&there, &record).await;
        let is_revoked = async || cached.get(&record.id).await.unwrap().unwrap().revoked.is_some();
        assert!(!is_revoked().await);
        revoke(&there, &record).await;
        let soon = async {
            while !is_revoked().await {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(1), soon).await.unwrap();
        assert!(notes.heard_of(&record.id));
    }
}

#[tokio::test]
async fn a339_notifications_of_nonsense_forget_everything() {
    let Some((server, database)) = fresh().await else { return };
    let store = open(&server, &database).await;
    let notes = Notes::of(&store);
    for payload in ["", "x", "4kQ9xZ0aBcDe,", "4kQ9xZ0aBcDe;", "../../etc/passwd", "ä"] {
        server.hears(&database, &notes).await;
        let before = notes.missed();
        server.say(&database, &format!("SELECT pg_notify('palisade_keys', '{payload}')")).await;
        until("the notification", async || notes.missed() > before).await;
    }
}

#[tokio::test]
async fn a339_rows_of_nonsense_are_an_error() {
    let Some((server, database)) = fresh().await else { return };
    let (store, record) = (open(&server, &database).await, record());
    insert(&store, &record).await;
    let check = async |words: &str| {
        server.say(&database, words).await;
        assert_eq!(found(&store, &record.id).await, Err(StoreErrorKind::Corrupt), "{words}");
        assert!(store.list(&KeyQuery::default()).await.is_err(), "{words}");
    };
    check("UPDATE palisade_keys SET revoked = 1").await;
    check("UPDATE palisade_keys SET revoked = NULL, version = 7").await;
    check("UPDATE palisade_keys SET version = 1, document = '['").await;
    check("ALTER TABLE palisade_keys ALTER COLUMN document DROP NOT NULL; UPDATE palisade_keys SET document = NULL").await;
}

#[tokio::test]
async fn a349_what_is_too_long_is_not_bound() {
    let Some((server, database)) = fresh().await else { return };
    let store = open(&server, &database).await;
    let mut long = record();
    long.permissions = (0..128)
        .map(|nth| format!("{nth:03}{}", "x".repeat(120)).parse::<palisade_core::Scope>().unwrap())
        .collect();
    // As much as a record may hold by its types.
    let metadata = serde_json::json!({ "a": "x".repeat(10_000) });
    long.metadata = palisade_apikey::Metadata::new(metadata).unwrap();
    insert(&store, &long).await;
    assert_eq!(found(&store, &long.id).await, Ok(true));
    let largest =
        server.number(&database, "SELECT MAX(octet_length(document))::bigint FROM palisade_keys").await;
    assert!((20_000..=65_536).contains(&largest), "{largest}");
    let mut late = record();
    late.created = palisade_core::UnixTime::from_nanos(u64::MAX);
    let refused = store.write(vec![palisade_apikey::Change::Insert(late)]).await.unwrap_err();
    assert_eq!(refused.kind(), StoreErrorKind::Invalid);
}
