//! Each question goes by an index.

use crate::{entries::keyed, support::place::Place};
use palisade_observe::audit::AuditLog as _;
use sqlx::{AssertSqlSafe, Connection as _, Row as _, SqliteConnection};

const READ: &str = "SELECT sequence, time, act, actor, target, hash, record FROM palisade_audit WHERE";

/// Which index each question goes by, as both databases call it.
const QUESTIONS: [(&str, &str, &str); 6] = [
    ("sequence > 0 AND sequence < 900000", "palisade_audit_pkey", "INTEGER PRIMARY KEY"),
    ("sequence > 0 AND sequence < 900000 AND act = 'key.7'", "palisade_audit_act", "palisade_audit_act"),
    (
        "sequence > 0 AND sequence < 900000 AND actor = 'user:7'",
        "palisade_audit_actor",
        "palisade_audit_actor",
    ),
    (
        "sequence > 0 AND sequence < 900000 AND target = 'key:7'",
        "palisade_audit_target",
        "palisade_audit_target",
    ),
    ("sequence > 0 AND sequence < 900000 AND +time >= 19000", "palisade_audit_pkey", "INTEGER PRIMARY KEY"),
    (
        "+sequence > 0 AND +sequence < 900000 AND time >= 7 AND time < 9",
        "palisade_audit_time",
        "palisade_audit_time",
    ),
];

fn fill(numbers: &str, n: &str) -> String {
    format!(
        "INSERT INTO palisade_audit SELECT {n}, {n}, 'key.' || ({n} % 1000), 'user:' || ({n} % 1000), 'key:' || {n},
        '0123456789012345678901234567890123456789012345678901234567890123', '{{}}' FROM {numbers}"
    )
}

#[tokio::test]
async fn questions_go_by_an_index_in_a_file() {
    let place = Place::file();
    place.open().await.close().await;
    let numbers =
        "(WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 20000) SELECT n FROM n)";
    place.say(&fill(numbers, "n")).await;
    let mut client = SqliteConnection::connect(&place.url()).await.unwrap();
    for (words, _, expected) in QUESTIONS {
        let words = format!("EXPLAIN QUERY PLAN {READ} {words} ORDER BY sequence DESC LIMIT 51");
        let rows = sqlx::query(AssertSqlSafe(words.clone())).fetch_all(&mut client).await.unwrap();
        let plan = rows.iter().map(|row| row.get::<String, _>("detail")).collect::<Vec<_>>().join("; ");
        assert!(plan.contains(expected) && !plan.contains("SCAN"), "{words}\n{plan}");
    }
}

#[tokio::test]
async fn questions_go_by_an_index_on_a_server() {
    let Some(place) = Place::server().await else { return };
    let log = place.open().await.audit(keyed());
    place.say(&fill("generate_series(1, 20000) n", "n")).await;
    place.say("ANALYZE palisade_audit").await;
    let Place::Server(server, database) = &place else { return };
    let mut client = server.client(database).await;
    for (words, expected, _) in QUESTIONS {
        let words = format!("EXPLAIN {READ} {words} ORDER BY sequence DESC LIMIT 51");
        let rows = sqlx::query(AssertSqlSafe(words.clone())).fetch_all(&mut client).await.unwrap();
        let plan = rows.iter().map(|row| row.get::<String, _>(0)).collect::<Vec<_>>().join("\n");
        assert!(plan.contains(expected) && !plan.contains("Seq Scan"), "{words}\n{plan}");
    }
    // What is no record of the chain is told by its number.
    assert_eq!(log.verify(None).await.unwrap().fault.unwrap().sequence, 1);
}
