use super::*;
use crate::statement::Statement;
use palisade_apikey::{KeyId, KeyQuery};
use palisade_core::UnixTime;
use sqlx::Row as _;

async fn plan(shared: &Pools, statement: Statement) -> String {
    let mut lent = Lent::from(&shared.readers).await.unwrap();
    let rows = statement.explained().query::<sqlx::Sqlite>().fetch_all(lent.get().unwrap()).await.unwrap();
    rows.iter().map(|row| row.get::<String, _>("detail")).collect::<Vec<_>>().join("; ")
}

async fn open(directory: &tempfile::TempDir) -> Sqlite {
    let settings = Settings {
        connections: 2,
        acquire: Duration::from_secs(2),
        query: Duration::from_secs(2),
        absent: false,
    };
    Sqlite::open(directory.path().join("keys.db"), false, settings).await.unwrap()
}

#[tokio::test]
async fn statements_go_by_an_index() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(&directory).await;
    let check = async |statement: Statement, expected: &str| {
        let plan = plan(store.operations.shared(), statement).await;
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

#[cfg(feature = "login")]
#[tokio::test]
async fn statements_of_logins_go_by_an_index() {
    use crate::dialect::Dialect;
    use palisade_core::CredentialDigest;
    use palisade_jwt::{
        TokenMarks,
        login::{CanonicalName, FamilyId, RefreshFamily, UserId, UserQuery},
    };

    let directory = tempfile::tempdir().unwrap();
    let store = open(&directory).await;
    let check = async |statement: Statement, expected: &str| {
        let plan = plan(store.operations.shared(), statement).await;
        assert!(plan.contains(expected) && !plan.contains("SCAN") && !plan.contains("TEMP B-TREE"), "{plan}");
    };
    let (user, now) = (UserId::random().unwrap(), UnixTime::from_secs(1));
    let (by_id, by_name) = ("sqlite_autoindex_palisade_users_1 (id=?)", "sqlite_autoindex_palisade_users_2");
    check(Statement::user(&user), by_id).await;
    check(Statement::user_has_version(&user, 1, ""), by_id).await;
    check(Statement::user_named(&CanonicalName::of("ada")), &format!("{by_name} (name=?)")).await;
    let mut query = UserQuery::first(9);
    query.after = Some(CanonicalName::of("ada"));
    check(Statement::users(&query), &format!("{by_name} (name>?)")).await;
    let (id, token) = (FamilyId::random().unwrap(), CredentialDigest::of(b"token"));
    let by_id = "sqlite_autoindex_palisade_refresh_1 (id=?)";
    check(Statement::family(&id), by_id).await;
    check(Statement::update_family(&RefreshFamily::new(id, user, token, now, now)), by_id).await;
    let by_holder = "palisade_refresh_holder (holder=?)";
    for statement in [Statement::forget_ended(&user, now), Statement::forget_families(&user)] {
        check(statement, by_holder).await;
    }
    // Sorts, but no more than the few lines that one user may have.
    let oldest = plan(store.operations.shared(), Statement::forget_oldest(&user)).await;
    assert!(oldest.contains(by_holder) && !oldest.contains("SCAN"), "{oldest}");
    check(Statement::forget_long_ended(now, Dialect::Sqlite), "palisade_refresh_expires (expires<?)").await;
    let keys: Vec<_> = TokenMarks::of("issuer", Some("ada"), Some("jti"), None).keys().copied().collect();
    check(Statement::cuts(&keys), "sqlite_autoindex_palisade_revocations_1 (id=?)").await;
    check(Statement::forget_revocations(now, Dialect::Sqlite), "palisade_revocations_ends (ends<?)").await;
}
