//! The service over HTTP, from the first login to a restart.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod common;

use common::{PASSWORD, Running, sources};
use http::{Method, Request};
use newcomer::Service;
use palisade::config::Sources;
use serde_json::{Value, json};

#[tokio::test]
async fn from_the_first_login_to_a_restart() {
    let directory = tempfile::tempdir().unwrap();
    let service = Running::start(&directory, "").await;
    assert_eq!(service.get("/health", "").await.text(), "ok");
    assert_eq!(service.get("/notes", "").await.status(), 401);

    let admin = service.login().await;
    let (_, reader) = service.key(&admin, json!({ "name": "reader", "permissions": ["notes:read"] })).await;
    let writer = json!({ "name": "writer", "permissions": ["notes:read", "notes:write"], "plan": "pro" });
    let (id, writer) = service.key(&admin, writer).await;
    assert!(service.get("/me", &writer).await.text().starts_with("api_key "));

    let written = service.post("/notes", &writer, json!({ "title": "Milk", "text": "Two litres" })).await;
    assert_eq!(written.status(), 201, "{written:?}");
    assert!(written.header("ratelimit-policy").contains(r#""plan:pro";q=600;w=60"#), "{written:?}");
    let read = service.get(written.header("location"), &reader).await;
    assert_eq!(read.json()["title"], "Milk");
    assert!(read.header("ratelimit-policy").contains(r#""plan";q=60;w=60"#), "{read:?}");

    let refused = service.post("/notes", &reader, json!({ "title": "No" })).await;
    assert_eq!(refused.status(), 403);
    assert!(refused.header("www-authenticate").contains("notes:write"));
    let wrong = service.post("/notes", &writer, json!({ "title": "", "txt": 1 })).await;
    assert_eq!(wrong.status(), 400);
    assert_eq!(wrong.json()["error"]["details"][0]["pointer"], "/txt");
    let wrong = service.post("/notes", &writer, json!({ "title": "" })).await;
    assert_eq!(wrong.json()["error"]["details"][0]["code"], "length");

    let nowhere = service.get("/notes/milk", &reader).await;
    assert_eq!(nowhere.json()["error"]["code"], "VALIDATION_ERROR", "{nowhere:?}");

    assert_eq!(service.get("/metrics", &reader).await.status(), 403);
    assert_eq!(service.get("/metrics", &admin).await.text(), "up 1\n");
    let audit = service.get("/audit?act=key.created", &admin).await.json();
    assert_eq!(audit["chain"]["holds"], true, "{audit}");
    let done = |event: &&Value| event["outcome"] == "done";
    assert_eq!(audit["events"].as_array().unwrap().iter().filter(done).count(), 2, "{audit}");

    let revoked = service.ask(Method::DELETE, &format!("/api-keys/{id}"), &admin, &Value::Null).await;
    assert_eq!(revoked.status(), 204);
    assert_eq!(service.get("/notes", &writer).await.status(), 401);
    service.stop().await;

    let service = Running::start(&directory, "").await;
    assert_eq!(service.get("/notes", &reader).await.status(), 200);
    assert_eq!(service.get("/notes", &writer).await.status(), 401);
    assert_eq!(service.get("/me", &admin).await.status(), 200);
    service.stop().await;

    let log = std::fs::read_to_string(directory.path().join("access.jsonl")).unwrap();
    assert!(log.contains(r#""route":"/notes/{id}""#), "{log}");
    let audit = std::fs::read_to_string(directory.path().join("audit.jsonl")).unwrap();
    assert!(audit.contains(r#""act":"user.created""#), "{audit}");
    for secret in [&admin, &reader, &writer, PASSWORD] {
        assert!(!log.contains(secret) && !audit.contains(secret));
    }
}

#[tokio::test]
async fn addresses_are_limited_and_health_is_not() {
    let directory = tempfile::tempdir().unwrap();
    let service = Running::start(&directory, "limits.address = \"2/minute\"").await;
    for expected in [401, 401, 429] {
        assert_eq!(service.get("/notes", "").await.status(), expected);
    }
    assert_eq!(service.get("/health", "").await.status(), 200);
    service.stop().await;
}

#[tokio::test]
async fn pages_of_one_origin_may_call() {
    let directory = tempfile::tempdir().unwrap();
    let service = Running::start(&directory, "server.cors_origins = [\"https://app.example\"]").await;
    let ask = async |origin: &str| {
        let request = Request::options("/notes")
            .header("origin", origin)
            .header("access-control-request-method", "POST")
            .header("access-control-request-headers", "authorization,content-type");
        service.send(request, "").await.header("access-control-allow-origin").to_owned()
    };
    assert_eq!(ask("https://app.example").await, "https://app.example");
    assert_eq!(ask("https://app.example.evil").await, "");
    service.stop().await;
}

#[tokio::test]
async fn the_document_and_its_page_are_public() {
    let directory = tempfile::tempdir().unwrap();
    let service = Running::start(&directory, "").await;
    let document = service.get("/openapi.json", "").await.json();
    let write = &document["paths"]["/notes"]["post"];
    assert_eq!(write["x-required-permissions"], "notes:write", "{write}");
    assert!(write["requestBody"].to_string().contains("What it is about."), "{write}");
    assert!(document["paths"]["/auth/login"]["post"].is_object());
    let page = service.get("/docs", "").await;
    let page = if page.header("location").is_empty() { page } else { service.get("/docs/", "").await };
    assert!(page.text().contains("swagger"), "{page:?}");
    service.stop().await;
}

#[tokio::test]
async fn a_switch_lets_everybody_pass_and_reports() {
    let directory = tempfile::tempdir().unwrap();
    let service = Running::start(&directory, "report_only = true").await;
    assert_eq!(service.get("/notes", "").await.status(), 200);
    service.stop().await;
    let log = std::fs::read_to_string(directory.path().join("access.jsonl")).unwrap();
    assert!(log.contains(r#""would_deny":["missing_credential"]"#), "{log}");
}

#[tokio::test]
async fn nothing_is_served_in_the_clear_where_there_is_a_certificate() {
    let directory = tempfile::tempdir().unwrap();
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let at = |name: &str| directory.path().join(name).display().to_string();
    std::fs::write(at("cert.pem"), made.cert.pem()).unwrap();
    std::fs::write(at("key.pem"), made.signing_key.serialize_pem()).unwrap();
    let tls = format!("tls = {{ certificates = \"{}\", key = \"{}\" }}", at("cert.pem"), at("key.pem"));
    // Without TLS all the same, as whoever forgets it would.
    let app = common::open(directory.path(), &tls).await.protect().unwrap();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let refused = palisade::serve_until(listener, app, async {}).await.unwrap_err();
    assert!(refused.to_string().contains("assembly.serve"), "{refused}");
}

#[tokio::test]
async fn directories_of_logs_are_made() {
    let directory = tempfile::tempdir().unwrap();
    let log = directory.path().join("logs/access.jsonl");
    let audit = format!("file:{}", directory.path().join("audit/log/audit.jsonl").display());
    let toml = format!(
        "[auth.keys]\nprefix = \"notes\"\n[access_log]\nto = \"{}\"\n[audit]\nstore = \"{audit}\"",
        log.display()
    );
    let assembly = Sources::new().text("notes.toml", toml).load().unwrap().build().await.unwrap();
    assert!(assembly.audit.is_some() && log.is_file());
}

#[tokio::test]
async fn a_main_that_returns_mistakes_prints_what_to_write() {
    let error = Sources::new().text("notes.toml", "auth = \"disabled\"\nlimit = 1").load().unwrap_err();
    assert_eq!(format!("{error:?}"), "notes.toml:2: limit: there is no such setting; did you mean `limits`?");
}

#[tokio::test]
async fn mistakes_are_told_with_their_places() {
    let directory = tempfile::tempdir().unwrap();
    let told = async |more: &str, name: &str, value: &str| {
        let sources = sources(directory.path(), more).variables([(name, value)]);
        Service::open(&sources, String::new).await.unwrap_err().to_string()
    };
    let told_of_plan = told("", "NOTES__PLANS__PRO", "many").await;
    assert!(told_of_plan.starts_with("NOTES__PLANS__PRO: "), "{told_of_plan}");
    let told_of_store = told("", "NOTES__AUTH__KEYS__STORE", "memory").await;
    assert!(told_of_store.starts_with("auth.keys.store: name a database"), "{told_of_store}");
    let told_of_name = told("listens = \"[::]:80\"", "NOTES__X", "").await;
    assert!(told_of_name.contains("did you mean `listen`?"), "{told_of_name}");
    let told_of_password = told("", "NOTES__ADMIN_PASSWORD", "short").await;
    assert!(told_of_password.contains("15"), "{told_of_password}");
}
