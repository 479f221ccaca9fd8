//! Each question is one look-up by an index.

use crate::node::Place;
use sqlx::{AssertSqlSafe, Row as _};

#[tokio::test]
async fn statements_go_by_an_index_on_a_server() {
    let Some(place) = Place::server().await else { return };
    place.open().await.close().await;
    place
        .say(
            "INSERT INTO palisade_users SELECT md5(n::text), 'u' || n, 1, '{}' FROM generate_series(1, 20000) n;
            INSERT INTO palisade_refresh SELECT md5(n::text), md5((n % 1000)::text), 1, md5(n::text) || md5(n::text), NULL, NULL, n, n, n, NULL
            FROM generate_series(1, 20000) n;
            INSERT INTO palisade_revocations SELECT md5(n::text) || md5(n::text), n, n FROM generate_series(1, 20000) n;
            ANALYZE palisade_users; ANALYZE palisade_refresh; ANALYZE palisade_revocations",
        )
        .await;
    let Place::Server(server, database) = &place else { return };
    let mut client = server.client(database).await;
    let mut check = async |words: &str, expected: &str| {
        let explain = AssertSqlSafe(format!("EXPLAIN {words}"));
        let rows = sqlx::query(explain).fetch_all(&mut client).await.unwrap();
        let plan: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
        let plan = plan.join("\n");
        assert!(plan.contains(expected) && !plan.contains("Seq Scan"), "{words}\n{plan}");
    };
    let users = "SELECT id, name, version, document FROM palisade_users WHERE";
    check(&format!("{users} name = 'u7'"), "Index Scan using palisade_users_name_key").await;
    check(&format!("{users} id = md5('7')"), "Index Scan using palisade_users_pkey").await;
    check(&format!("{users} name > 'u7' ORDER BY name LIMIT 51"), "Index Scan using palisade_users_name_key")
        .await;
    check("SELECT * FROM palisade_refresh WHERE id = md5('7')", "Index Scan using palisade_refresh_pkey")
        .await;
    check(
        "UPDATE palisade_refresh SET version = version + 1 WHERE id = md5('7') AND version = 1",
        "palisade_refresh_pkey",
    )
    .await;
    check("DELETE FROM palisade_refresh WHERE holder = md5('7') AND expires <= 5", "palisade_refresh_holder")
        .await;
    check(
        "SELECT id FROM palisade_refresh WHERE holder = md5('7') ORDER BY renewed DESC, id DESC LIMIT 1000 OFFSET 31",
        "palisade_refresh_holder",
    )
    .await;
    check(
        "SELECT cut FROM palisade_revocations WHERE id IN (md5('7') || md5('7'), md5('8') || md5('8'))",
        "palisade_revocations_pkey",
    )
    .await;
    check(
        "SELECT id FROM palisade_revocations WHERE ends <= LEAST(5, (EXTRACT(EPOCH FROM now())::bigint - 3600) * 1000000000)
        ORDER BY ends, id LIMIT 8 FOR UPDATE SKIP LOCKED",
        "palisade_revocations_ends",
    )
    .await;
}
