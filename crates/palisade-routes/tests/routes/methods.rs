use crate::support::{App, CALLERS, Caller, READ, Reached, Stack, WRITE, app, facts, text};
use axum::body::HttpBody as _;
use http::Method;
use palisade_routes::{Routes, any, get, post};

async fn handler() -> &'static str {
    "handled"
}

fn guarded() -> App {
    app(Routes::new().route("/models", get(handler).requires(READ).post(handler).requires(WRITE)))
}

#[tokio::test]
async fn a015_head_follows_get() {
    let app = guarded();
    let get = app.check("GET", "/models", Caller::Nobody, 401).await;
    let head = app.check("HEAD", "/models", Caller::Nobody, 401).await;
    assert_eq!(get, head);
    app.check("HEAD", "/models", Caller::Refused, 401).await;
    let response = app.ask("HEAD", "/models", Caller::Known).await;
    assert_eq!(response.status(), 200);
    assert!(response.body().is_end_stream() || text(response).await.is_empty());
}

#[tokio::test]
async fn head_of_its_own_has_a_policy_of_its_own() {
    let app = app(Routes::new().route("/models", get(handler).requires(READ).head(handler).public()));
    app.check("HEAD", "/models", Caller::Nobody, 200).await;
    app.check("GET", "/models", Caller::Nobody, 401).await;
}

/// What is said of a method that nobody declared at a guarded path.
#[tokio::test]
async fn a017_a020_undeclared_methods_of_guarded_paths() {
    let app = guarded();
    for method in
        ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT", "PROPFIND", "FOO", "get", &"X".repeat(1024)]
    {
        app.check(method, "/models", Caller::Nobody, 401).await;
        app.check(method, "/models", Caller::Refused, 401).await;
        let headers = app.check(method, "/models", Caller::Known, 405).await;
        assert_eq!(headers["allow"], "GET, HEAD, POST", "{method}");
    }
}

#[tokio::test]
async fn a018_a_method_in_a_header_or_query_is_no_method() {
    let app = app(Routes::new().route("/models", post(handler).public().delete(handler).requires(WRITE)));
    let mut request =
        crate::support::request("POST", "/models?_method=DELETE", Caller::Nobody, axum::body::Body::empty());
    request.headers_mut().insert("x-http-method-override", "DELETE".parse().unwrap());
    request.headers_mut().insert("x-method-override", "DELETE".parse().unwrap());
    assert_eq!(app.send(request).await.status(), 200);
}

#[tokio::test]
async fn a025_public_means_the_method_and_the_path() {
    let app = app(Routes::new().route("/healthz", get(handler).public()));
    for caller in CALLERS {
        for method in ["POST", "PUT", "OPTIONS", "FOO"] {
            let headers = app.check(method, "/healthz", caller, 405).await;
            assert_eq!(headers["allow"], "GET, HEAD");
        }
    }
}

/// The answer to an undeclared method follows from what is declared, not from the order.
#[tokio::test]
async fn the_order_of_declarations_does_not_matter() {
    let orders: [Routes; 4] = [
        Routes::new().route("/x", get(handler).public().post(handler).requires(WRITE)),
        Routes::new().route("/x", post(handler).requires(WRITE).get(handler).public()),
        Routes::new().route("/x", get(handler).public()).route("/x", post(handler).requires(WRITE)),
        Routes::new()
            .route("/x", post(handler).requires(WRITE))
            .merge(Routes::new().route("/x", get(handler).public())),
    ];
    for routes in orders {
        let app = app(routes);
        for caller in CALLERS {
            assert_eq!(app.check("PUT", "/x", caller, 405).await["allow"], "GET, HEAD, POST");
        }
        app.check("POST", "/x", Caller::Nobody, 401).await;
        app.check("GET", "/x", Caller::Nobody, 200).await;
    }
}

#[tokio::test]
async fn undeclared_methods_of_optional_paths() {
    let app = app(Routes::new().route("/x", get(handler).optional().post(handler).requires(WRITE)));
    app.check("PUT", "/x", Caller::Nobody, 405).await;
    app.check("PUT", "/x", Caller::Known, 405).await;
    app.check("PUT", "/x", Caller::Refused, 401).await;
}

#[tokio::test]
async fn undeclared_methods_where_only_reports_are_written() {
    let reporting = app(Routes::new().route("/models", get(handler).requires(READ).report_only()));
    for app in [reporting, guarded().behind(Stack::Reporting)] {
        let response = app.ask("PUT", "/models", Caller::Nobody).await;
        assert_eq!(response.status(), 405);
        assert_eq!(facts(&response).would_deny().count(), 1);
    }
}

#[tokio::test]
async fn undeclared_methods_without_a_stack() {
    guarded().behind(Stack::Missing).check("PUT", "/models", Caller::Nobody, 500).await;
    let public = app(Routes::new().route("/x", get(handler).public()));
    let headers = public.behind(Stack::Missing).check("PUT", "/x", Caller::Nobody, 405).await;
    assert_eq!(headers["allow"], "GET, HEAD");
}

#[tokio::test]
async fn undeclared_methods_stand_in_the_facts() {
    let response = guarded().ask("PUT", "/models", Caller::Known).await;
    assert_eq!(facts(&response).route().unwrap().template(), "/models");
    assert_eq!(facts(&response).denial().unwrap().kind().status(), 405);
}

#[tokio::test]
async fn any_answers_what_nothing_else_answers() {
    let reached = Reached::default();
    let counting = {
        let reached = reached.clone();
        async move || reached.note()
    };
    let app = app(Routes::new().route("/x", any(counting).requires(READ).get(handler).public()));
    app.check("GET", "/x", Caller::Nobody, 200).await;
    for method in ["POST", "OPTIONS", "FOO"] {
        app.check(method, "/x", Caller::Nobody, 401).await;
    }
    assert_eq!(reached.count(), 0);
    app.check("FOO", "/x", Caller::Known, 200).await;
    assert_eq!(reached.count(), 1);
}

#[tokio::test]
async fn every_method_has_a_function() {
    use palisade_routes::{delete, head, options, patch, put};
    let routes: Routes = Routes::new()
        .route(
            "/a",
            get(handler).public().head(handler).public().post(handler).public().put(handler).public(),
        )
        .route(
            "/a",
            patch(handler).public().delete(handler).public().options(handler).public().any(handler).public(),
        )
        .route("/get", get(handler).public())
        .route("/head", head(handler).public())
        .route("/post", post(handler).public())
        .route("/put", put(handler).public())
        .route("/patch", patch(handler).public())
        .route("/delete", delete(handler).public())
        .route("/options", options(handler).public());
    let app = app(routes);
    for method in
        [Method::GET, Method::HEAD, Method::POST, Method::PUT, Method::PATCH, Method::DELETE, Method::OPTIONS]
    {
        app.check(method.as_str(), "/a", Caller::Nobody, 200).await;
        app.check(method.as_str(), &format!("/{}", method.as_str().to_lowercase()), Caller::Nobody, 200)
            .await;
    }
    app.check("TRACE", "/a", Caller::Nobody, 200).await;
}

#[tokio::test]
async fn unknown_paths_are_404_whatever_was_presented() {
    let app = guarded();
    for caller in CALLERS {
        for path in ["/", "/nope", "/models/", "//models", "/MODELS", "/models%2f", "/models%00", "/./models"]
        {
            let response = app.ask("GET", path, caller).await;
            assert_eq!(response.status(), 404, "{path} by {caller:?}");
            assert_eq!(facts(&response).denial().unwrap().kind().status(), 404);
            assert!(facts(&response).route().is_none());
        }
    }
    app.behind(Stack::Missing).check("GET", "/nope", Caller::Nobody, 404).await;
}

#[tokio::test]
async fn a011_targets_that_are_no_path() {
    let app = guarded();
    app.check("OPTIONS", "*", Caller::Nobody, 404).await;
    app.check("CONNECT", "models:443", Caller::Nobody, 404).await;
    app.check("GET", "http://elsewhere.example/models", Caller::Nobody, 401).await;
}

#[tokio::test]
async fn a022_a023_headers_that_claim_to_come_from_inside() {
    let app = app(Routes::new()
        .route("/models", get(handler).requires(READ))
        .route("/public/{x}", get(handler).public()));
    for (name, value) in [
        ("x-middleware-subrequest", "middleware:middleware:middleware"),
        ("x-palisade-principal", "admin"),
        ("x-internal", "1"),
        ("x-original-url", "/public/x"),
        ("x-rewrite-url", "/public/x"),
        ("x-forwarded-uri", "/public/x"),
        ("x-forwarded-prefix", "/public"),
    ] {
        let mut request =
            crate::support::request("GET", "/models", Caller::Nobody, axum::body::Body::empty());
        request.headers_mut().insert(name, value.parse().unwrap());
        assert_eq!(app.send(request).await.status(), 401, "{name}");
    }
}

#[tokio::test]
async fn a_fallback_has_a_policy_too() {
    let app = app(Routes::new()
        .route("/x", get(handler).public())
        .fallback(get(handler).requires(READ).post(handler).public()));
    app.check("GET", "/nope", Caller::Nobody, 401).await;
    let response = app.ask("GET", "/nope", Caller::Known).await;
    assert_eq!(response.status(), 200);
    assert_eq!(facts(&response).route().unwrap().template(), "*");
    app.check("POST", "/nope", Caller::Nobody, 200).await;
    app.check("PUT", "/nope", Caller::Nobody, 404).await;
    app.check("PUT", "/x", Caller::Nobody, 405).await;
}
