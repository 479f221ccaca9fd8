use crate::support::{CALLERS, Caller, READ, WRITE, app, facts, text};
use axum::extract::{MatchedPath, Path, State};
use http::Uri;
use palisade_routes::{Routes, get, post};

async fn models() -> &'static str {
    "models"
}

#[tokio::test]
async fn a012_policies_hold_below_prefixes() {
    let inner = Routes::new().route("/models", get(models).requires(READ)).route("/", get(models).public());
    let app = app(Routes::new().nest("/v1", inner));
    app.check("GET", "/v1/models", Caller::Nobody, 401).await;
    app.check("GET", "/v1/models", Caller::Known, 200).await;
    app.check("GET", "/v1", Caller::Nobody, 200).await;
    app.check("GET", "/models", Caller::Known, 404).await;
    app.check("PUT", "/v1/models", Caller::Nobody, 401).await;
}

#[tokio::test]
async fn the_whole_template_is_known_at_every_depth() {
    let handler = async |template: MatchedPath, uri: Uri, Path((version, name)): Path<(String, String)>| {
        format!("{} {uri} {version} {name}", template.as_str())
    };
    let inner = Routes::new().route("/models/{name}", get(handler).public());
    let app = app(Routes::new().nest("/api", Routes::new().nest("/{version}", inner)));
    let response = app.ask("GET", "/api/v1/models/a", Caller::Nobody).await;
    assert_eq!(facts(&response).route().unwrap().template(), "/api/{version}/models/{name}");
    assert_eq!(text(response).await, "/api/{version}/models/{name} /api/v1/models/a v1 a");
}

/// A013: there is no place after the policies at which a route could be added.
#[tokio::test]
async fn a013_routes_that_are_added_last_are_guarded_too() {
    let late = Routes::new().route("/late", get(models).requires(READ));
    let app = app(Routes::new().route("/models", get(models).requires(READ)).merge(late));
    app.check("GET", "/late", Caller::Nobody, 401).await;
}

#[tokio::test]
async fn one_path_may_be_declared_in_two_places() {
    let reads = Routes::new().route("/models", get(models).requires(READ));
    let writes = Routes::new().route("/models", post(models).requires(WRITE));
    let app = app(Routes::new().nest("/v1", reads).nest("/v1", writes));
    app.check("GET", "/v1/models", Caller::Known, 200).await;
    app.check("POST", "/v1/models", Caller::Known, 403).await;
    assert_eq!(app.check("PUT", "/v1/models", Caller::Known, 405).await["allow"], "GET, HEAD, POST");
}

#[tokio::test]
async fn nested_routes_may_have_a_state_of_their_own() {
    let numbers =
        Routes::new().route("/n", get(async |State(n): State<u8>| n.to_string()).public()).with_state(7_u8);
    let words = Routes::new().route("/w", get(async |State(w): State<&'static str>| w).public());
    let app = app(words.nest("/numbers", numbers).with_state("word"));
    assert_eq!(text(app.ask("GET", "/numbers/n", Caller::Nobody).await).await, "7");
    assert_eq!(text(app.ask("GET", "/w", Caller::Nobody).await).await, "word");
}

#[tokio::test]
async fn a004_a_wildcard_answers_only_below_itself() {
    let files = async |Path(rest): Path<String>| rest;
    let app = app(Routes::new()
        .route("/public/{*rest}", get(files).public())
        .route("/v1/models", get(models).requires(READ)));
    for path in ["/public/../v1/models", "/public/%2e%2e/v1/models", "/public/..%2fv1/models"] {
        let response = app.ask("GET", path, Caller::Nobody).await;
        assert_eq!(facts(&response).route().unwrap().template(), "/public/{*rest}");
    }
    app.check("GET", "/v1/models", Caller::Nobody, 401).await;
}

#[tokio::test]
async fn a006_a_trailing_slash_is_another_path() {
    let app = app(Routes::new().nest("/v1", Routes::new().route("/models", get(models).requires(READ))));
    for caller in CALLERS {
        app.check("GET", "/v1/models/", caller, 404).await;
        app.check("GET", "/v1//models", caller, 404).await;
        app.check("GET", "/V1/models", caller, 404).await;
    }
}

#[test]
fn prefixes_join_as_in_axum() {
    let check = |prefix: &str, path: &str, expected: &str| {
        let routes: Routes = Routes::new().nest(prefix, Routes::new().route(path, get(models).public()));
        assert_eq!(routes.table()[0].template(), expected);
        assert!(routes.into_router().is_ok());
    };
    check("/api", "/", "/api");
    check("/api", "/x", "/api/x");
    check("/api/", "/x", "/api/x");
    check("/api/", "/", "/api/");
    check("/{v}", "/{x}", "/{v}/{x}");
}
