//! Settings at work.

use crate::{app, sources};
use axum::body::Body;
use http::Method;
use palisade::{
    config::Sources,
    routes::{Routes, post},
};
use tests::{
    client::{get, request, send, send_from, with_token},
    server::{Handled, TOKEN},
};

#[tokio::test]
async fn tokens_limits_and_networks_hold() {
    let toml = "[server]\ndeny = [\"198.51.100.0/24\"]\n[limits]\naddress = \"3/minute\"";
    let app = app(toml, &Handled::default()).await;
    assert_eq!(send(&app, get("/v1/models")).await.status, 401);
    assert_eq!(send(&app, with_token(get("/v1/models"), TOKEN)).await.status, 200);
    assert_eq!(send(&app, with_token(request(Method::POST, "/v1/inference"), TOKEN)).await.status, 403);
    assert_eq!(send(&app, with_token(get("/v1/models"), TOKEN)).await.status, 429);
    assert_eq!(send_from(&app, [198, 51, 100, 7], get("/healthz")).await.status, 403);
    assert_eq!(send_from(&app, [192, 0, 2, 9], get("/public//x")).await.status, 400);
}

#[tokio::test]
async fn proxies_tell_the_address_and_others_do_not() {
    let toml = "[server]\ntrusted_proxies = [\"10.0.0.0/8\"]\n[limits]\naddress = \"1/minute\"";
    let app = app(toml, &Handled::default()).await;
    let forwarded = |client: &str| {
        let mut request = get("/healthz");
        request.headers_mut().insert("x-forwarded-for", client.parse().unwrap());
        request
    };
    assert_eq!(send_from(&app, [10, 0, 0, 1], forwarded("192.0.2.1")).await.status, 200);
    assert_eq!(send_from(&app, [10, 0, 0, 1], forwarded("192.0.2.2")).await.status, 200);
    assert_eq!(send_from(&app, [10, 0, 0, 2], forwarded("192.0.2.1")).await.status, 429);
    assert_eq!(send_from(&app, [192, 0, 2, 7], forwarded("192.0.2.8")).await.status, 200);
    assert_eq!(send_from(&app, [192, 0, 2, 7], forwarded("192.0.2.9")).await.status, 429);
}

#[tokio::test]
async fn body_limits_hold_where_routes_say_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let loaded = sources(&directory, "server.body_limit = \"1 KiB\"").load().unwrap();
    let routes = Routes::new()
        .route("/small", post(async |body: String| body.len().to_string()).public())
        .route("/large", post(async |body: String| body.len().to_string()).public().body_limit(4_096));
    let app = loaded.build().await.unwrap().stack.protect(routes).unwrap();
    for (path, bytes, expected) in
        [("/small", 1_024, 200), ("/small", 1_025, 413), ("/large", 4_096, 200), ("/large", 4_097, 413)]
    {
        let mut request = request(Method::POST, path);
        *request.body_mut() = Body::from("x".repeat(bytes));
        assert_eq!(send(&app, request).await.status.as_u16(), expected, "{path} {bytes}");
    }
}

#[tokio::test]
async fn refusals_read_as_written() {
    let app = app("[errors]\nformat = \"problem\"", &Handled::default()).await;
    assert_eq!(send(&app, get("/v1/models")).await.header("content-type"), "application/problem+json");
}

#[tokio::test]
async fn what_is_only_reported_is_not_refused() {
    let handled = Handled::default();
    let app = app("report_only = true", &handled).await;
    assert_eq!(send(&app, get("/v1/models")).await.status, 200);
    assert_eq!(handled.count(), 1);
}

#[tokio::test]
async fn logs_and_keys_are_opened() {
    let directory = tempfile::tempdir().unwrap();
    let at = |name: &str| directory.path().join(name).display().to_string();
    let toml = format!(
        "[limits]\naddress = \"50/second\"\n[access_log]\nto = \"{}\"\n[audit]\nstore = \"file:{}\"\n[auth.keys]\nprefix = \"acme\"\n\
         [auth.roles]\nviewer = [\"read_models\"]\n[suspicions]\njunk = 2\nban = \"15 min\"",
        at("access.jsonl"),
        at("audit.jsonl")
    );
    let loaded = sources(&directory, &toml).load().unwrap_or_else(|mistakes| panic!("{mistakes}"));
    let assembly = loaded.build().await.unwrap();
    assert!(assembly.keys.is_some() && assembly.tokens.is_some());
    let recorder = assembly.audit.clone().unwrap();
    let app = assembly.stack.protect(tests::server::routes(&Handled::default())).unwrap();
    assert_eq!(send(&app, get("/v1/models")).await.status, 401);
    assert!(recorder.drain(std::time::Duration::from_secs(10)).await);
    assert!(std::fs::read_to_string(at("audit.jsonl")).unwrap().contains("authn.failure"));
    // Junk of one address is suspicious after the second, and the address is shut out.
    let mut last = 0;
    for _ in 0..8 {
        last = send(&app, with_token(get("/v1/models"), "no such token")).await.status.as_u16();
    }
    assert_eq!(last, 429);
    drop((app, assembly.limits));
}

#[tokio::test]
async fn what_cannot_be_opened_is_told_with_its_place() {
    // What is inside of a file cannot be made.
    let file = tempfile::NamedTempFile::new().unwrap();
    let inside = file.path().join("log").display().to_string();
    let toml = format!(
        "auth.tokens = [{{ name = \"a\", env = \"NO_SUCH_VARIABLE\" }}]\n[audit]\nstore = \"file:{inside}\"\n[access_log]\nto = \"{inside}\""
    );
    let loaded = Sources::new().text("app.toml", toml).load().unwrap();
    let found = loaded.build().await.map(drop).unwrap_err().to_string();
    for place in ["app.toml:1: auth.tokens: ", "app.toml:3: audit.store: ", "app.toml:5: access_log.to: "] {
        assert!(found.contains(place), "{found}");
    }
}
