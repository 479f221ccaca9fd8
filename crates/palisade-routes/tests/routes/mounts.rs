use crate::support::{CALLERS, Caller, READ, Stack, app, facts, request, text};
use axum::{Router, body::Body, extract::MatchedPath, routing::get as axum_get};
use http::{Request, Response, Uri};
use palisade_routes::{Routes, authenticated, get, public, requires};
use std::convert::Infallible;
use tower::service_fn;

fn docs() -> Router {
    Router::new().route("/", axum_get(async || "index")).route(
        "/page/{name}",
        axum_get(async |path: MatchedPath, uri: Uri| format!("{} {uri}", path.as_str())),
    )
}

#[tokio::test]
async fn one_policy_for_everything_below_a_mount() {
    let app = app(Routes::new().mount("/docs", requires(READ), docs()));
    for path in ["/docs", "/docs/", "/docs/page/a", "/docs/nope", "/docs//", "/docs/%2e%2e/x"] {
        for method in ["GET", "POST", "OPTIONS", "FOO"] {
            app.check(method, path, Caller::Nobody, 401).await;
            app.check(method, path, Caller::Refused, 401).await;
        }
    }
    app.check("GET", "/docs", Caller::Known, 200).await;
    app.check("GET", "/docs/nope", Caller::Known, 404).await;
    app.check("POST", "/docs", Caller::Known, 405).await;
    app.check("GET", "/docsx", Caller::Nobody, 404).await;
    app.check("GET", "/docs", Caller::Nobody, 401).await;
}

#[tokio::test]
async fn a_public_mount_is_public() {
    let app = app(Routes::new().mount("/docs", public(), docs()));
    for caller in CALLERS {
        app.check("GET", "/docs", caller, 200).await;
    }
    let response = app.ask("GET", "/docs/page/a", Caller::Nobody).await;
    assert_eq!(facts(&response).route().unwrap().template(), "/docs/{*path}");
    assert_eq!(text(response).await, "/docs/page/{name} /page/a");
    app.behind(Stack::Missing).check("GET", "/docs", Caller::Nobody, 200).await;
}

#[tokio::test]
async fn a_tower_service_can_be_mounted() {
    let service = service_fn(async |request: Request<Body>| {
        Ok::<_, Infallible>(Response::new(Body::from(request.uri().path().to_owned())))
    });
    let app = app(Routes::new().nest("/api", Routes::new().mount("/files", authenticated(), service)));
    app.check("GET", "/api/files/a", Caller::Nobody, 401).await;
    assert_eq!(text(app.ask("GET", "/api/files/a", Caller::Known).await).await, "/a");
    app.behind(Stack::Missing).check("GET", "/api/files/a", Caller::Known, 500).await;
}

#[tokio::test]
async fn declared_routes_stand_before_a_mount() {
    let app = app(Routes::new()
        .mount("/docs", public(), docs())
        .route("/docs/secret", get(async || "secret").requires(READ)));
    app.check("GET", "/docs/secret", Caller::Nobody, 401).await;
    app.check("PUT", "/docs/secret", Caller::Nobody, 401).await;
    app.check("GET", "/docs/page/a", Caller::Nobody, 200).await;
}

/// A whole application can move behind one policy at once, and then route by route.
#[tokio::test]
async fn a_mount_at_the_root_takes_what_is_not_declared() {
    let app =
        app(Routes::new().mount("/", authenticated(), docs()).route("/health", get(async || "ok").public()));
    app.check("GET", "/health", Caller::Nobody, 200).await;
    for path in ["/", "/page/a", "/nope"] {
        app.check("GET", path, Caller::Nobody, 401).await;
    }
    app.check("GET", "/", Caller::Known, 200).await;
    let response = app.ask("GET", "/page/a", Caller::Known).await;
    assert_eq!(facts(&response).route().unwrap().template(), "/{*path}");
    assert_eq!(text(response).await, "/page/{name} /page/a");
    app.check("GET", "/nope", Caller::Known, 404).await;
}

#[tokio::test]
async fn a_mount_bounds_bodies_and_reports() {
    let echo = Router::new().route(
        "/",
        axum::routing::post(async |body: Body| {
            axum::body::to_bytes(body, usize::MAX).await.map_err(|_| http::StatusCode::PAYLOAD_TOO_LARGE)
        }),
    );
    let app = app(Routes::new().mount("/echo", authenticated().body_limit(4).report_only(), echo));
    for (body, expected) in [("1234", 200), ("12345", 413)] {
        let response = app.send(request("POST", "/echo", Caller::Nobody, Body::from(body))).await;
        assert_eq!(response.status(), expected);
        assert_eq!(facts(&response).would_deny().count(), 1);
    }
}
