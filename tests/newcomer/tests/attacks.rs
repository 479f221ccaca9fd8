//! Attacks on the whole service.
#![allow(clippy::unwrap_used, reason = "tests")]

mod common;

use common::Running;
use http::Method;
use palisade::AccessLog;
use palisade_testing::attacks::Attacks;
use serde_json::{Value, json};

#[tokio::test(flavor = "multi_thread")]
async fn nothing_gets_through() {
    let directory = tempfile::tempdir().unwrap();
    let more = "limits.address = \"20/second burst 40\"\nserver.cors_origins = [\"https://app.example\"]";
    let running = Running::start(&directory, more).await;
    let admin = running.login().await;
    let everything = ["notes:read", "notes:write", "manage_access", "view_audit_logs", "read_metrics"];
    let (_, key) = running.key(&admin, json!({ "name": "test", "permissions": everything })).await;
    let (_, weak) = running.key(&admin, json!({ "name": "weak", "permissions": [] })).await;
    let (id, dead) = running.key(&admin, json!({ "name": "dead", "permissions": ["notes:read"] })).await;
    running.ask(Method::DELETE, &format!("/api-keys/{id}"), &admin, &Value::Null).await;
    running.stop().await;

    let service = common::open(directory.path(), more).await;
    let again = service.clone();
    let report = Attacks::on(move |probe| again.stack().protect(probe.watch(again.routes())).unwrap())
        .token(&key)
        .api_key("x-api-key", &key)
        .only(["A031"])
        .in_process()
        .run()
        .await;
    report.assert_held();
    let report = Attacks::on(move |probe| {
        let log = AccessLog::json(probe.log()).build().unwrap();
        service.stack().access_log(log).protect(probe.watch(service.routes())).unwrap()
    })
    .token(admin)
    .weak_token(weak)
    .api_key("x-api-key", &key)
    .dead_key("revoked", dead)
    .origin("https://app.example")
    .json(Method::POST, "/notes", json!({ "title": "Milk", "text": "Two litres" }))
    .path("/notes/{id}", "/notes/1")
    .spare("/auth/logout/everywhere")
    .run()
    .await;
    println!("{report}");
    report.assert_held();
}
