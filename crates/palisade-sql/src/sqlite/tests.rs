use super::*;
use sqlx::Row as _;

async fn plan(shared: &Shared, statement: Statement) -> String {
    let mut lent = Lent::from(&shared.readers).await.unwrap();
    let rows = statement.explained().query::<sqlx::Sqlite>().fetch_all(lent.get().unwrap()).await.unwrap();
    rows.iter().map(|row| row.get::<String, _>("detail")).collect::<Vec<_>>().join("; ")
}

#[tokio::test]
async fn statements_go_by_an_index() {
    let directory = tempfile::tempdir().unwrap();
    let settings = Settings {
        connections: 2,
        acquire: Duration::from_secs(2),
        query: Duration::from_secs(2),
        absent: false,
    };
    let store = Sqlite::open(directory.path().join("keys.db"), false, settings).await.unwrap();
    let check = async |statement: Statement, expected: &str| {
        let plan = plan(&store.shared, statement).await;
        assert!(plan.contains(expected) && !plan.contains("TEMP B-TREE"), "{plan}");
    };
    let id: KeyId = "4kQ9xZ0aBcDe".parse().unwrap();
    let by_id = "SEARCH palisade_keys USING INDEX sqlite_autoindex_palisade_keys_1 (id=?)";
    check(Statement::get(&id), by_id).await;
    check(Statement::touch(&id, UnixTime::from_secs(1)), by_id).await;
    check(Statement::has_version(&id, 1, ""), by_id).await;
    let mut query = KeyQuery::default();
    check(Statement::list(&query), "USING INDEX palisade_keys_created").await;
    query.owner = Some("ada".parse().unwrap());
    check(Statement::list(&query), "USING INDEX palisade_keys_owner (owner=?)").await;
    query.after = Some("000000000001-4kQ9xZ0aBcDe".parse().unwrap());
    check(Statement::list(&query), "USING INDEX palisade_keys_owner (owner=? AND (created,id)<(?,?))").await;
}
