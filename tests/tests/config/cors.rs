//! Cross-origin requests, as they are written under `[server]`.

use crate::{app, check};
use axum::body::Body;
use http::{Method, Request};
use tests::{
    client::{get, request, send, with_token},
    server::{Handled, TOKEN},
};

const SERVER: &str = r#"
[server]
cors_origins = ["https://your-frontend.com", "https://*.example.org", "http://localhost:3000"]
cors_methods = ["GET", "POST", "DELETE"]
cors_headers = ["Authorization", "Content-Type", "X-API-Key"]
"#;

fn from(origin: &str, mut request: Request<Body>) -> Request<Body> {
    request.headers_mut().insert("origin", origin.parse().unwrap());
    request
}

fn preflight(origin: &str) -> Request<Body> {
    let mut request = from(origin, request(Method::OPTIONS, "/v1/models"));
    request.headers_mut().insert("access-control-request-method", "DELETE".parse().unwrap());
    request.headers_mut().insert("access-control-request-headers", "x-api-key".parse().unwrap());
    request
}

#[tokio::test]
async fn a329_a_preflight_is_answered_before_authentication() {
    let handled = Handled::default();
    let app = app(SERVER, &handled).await;
    let answer = send(&app, preflight("https://your-frontend.com")).await;
    assert!(answer.status.is_success());
    assert_eq!(answer.header("access-control-allow-origin"), "https://your-frontend.com");
    assert_eq!(answer.header("access-control-allow-methods"), "GET,POST,DELETE");
    let headers = answer.header("access-control-allow-headers");
    for name in ["authorization", "content-type", "x-api-key"] {
        assert!(headers.contains(name), "{headers}");
    }
    assert!(answer.headers.get("access-control-allow-credentials").is_none());
    assert_eq!(handled.count(), 0);
}

#[tokio::test]
async fn a331_refusals_can_be_read_by_the_page() {
    let limits = "[limits]\naddress = \"2/minute\"";
    let app = app(&format!("{SERVER}\n{limits}"), &Handled::default()).await;
    let page = |request| from("https://your-frontend.com", request);
    let forbidden = page(with_token(request(Method::POST, "/v1/inference"), TOKEN));
    for (request, status) in
        [(page(get("/v1/models")), 401), (forbidden, 403), (page(get("/v1/models")), 429)]
    {
        let answer = send(&app, request).await;
        assert_eq!(answer.status.as_u16(), status);
        assert_eq!(answer.header("access-control-allow-origin"), "https://your-frontend.com");
        let exposed = answer.header("access-control-expose-headers");
        for name in [
            "retry-after",
            "www-authenticate",
            "x-ratelimit-limit",
            "x-ratelimit-remaining",
            "x-ratelimit-reset",
        ] {
            assert!(exposed.contains(name), "{exposed}");
        }
        let vary = answer.headers.get_all("vary").iter().filter(|value| {
            value.to_str().unwrap().to_ascii_lowercase().split(',').any(|name| name.trim() == "origin")
        });
        assert_eq!(vary.count(), 1, "{:?}", answer.headers);
    }
}

#[tokio::test]
async fn a332_what_looks_alike_is_another_origin() {
    let app = app(SERVER, &Handled::default()).await;
    for (origin, admitted) in [
        ("https://your-frontend.com", true),
        ("http://localhost:3000", true),
        ("https://app.example.org", true),
        ("https://app-2.example.org", true),
        ("https://example.org", false),
        ("https://a.b.example.org", false),
        ("https://evilexample.org", false),
        ("https://example.org.evil.com", false),
        ("https://app.example.org.evil.com", false),
        ("https://.example.org", false),
        ("https://app.example.org:8443", false),
        ("http://app.example.org", false),
        ("https://APP.example.org", false),
        ("https://evil.com/.example.org", false),
        ("https://your-frontend.com.evil.com", false),
        ("https://your-frontend.com:443", false),
        ("http://your-frontend.com", false),
        ("http://localhost:3001", false),
        ("http://localhost", false),
        ("null", false),
        ("*", false),
    ] {
        for request in [from(origin, get("/healthz")), preflight(origin)] {
            let answer = send(&app, request).await;
            let expected = if admitted { origin } else { "" };
            assert_eq!(answer.header("access-control-allow-origin"), expected, "{origin}");
        }
    }
}

#[test]
fn a332_only_origins_and_patterns_can_be_written() {
    check(
        r#"server.cors_origins = ["https://a.example/", "null", "https://A.example", "a.example", "https://*.com", "https://*.*.a.example", "https://a*.a.example"]"#,
        &[
            "app.toml:2: server.cors_origins[0]: is no origin: write scheme://host[:port] in lower case, without a path",
            "app.toml:2: server.cors_origins[1]: stands for sandboxes and files of any site; name the page's origin",
            "app.toml:2: server.cors_origins[2]: is no origin: write scheme://host[:port] in lower case, without a path",
            "app.toml:2: server.cors_origins[3]: is no origin: write scheme://host[:port] in lower case, without a path",
            "app.toml:2: server.cors_origins[4]: is no pattern: write `https://*.example.com`, in lower case, with two labels at least after the star",
            "app.toml:2: server.cors_origins[5]: is no pattern: write `https://*.example.com`, in lower case, with two labels at least after the star",
            "app.toml:2: server.cors_origins[6]: is no origin: write scheme://host[:port] in lower case, without a path",
        ],
    );
}

#[test]
fn a333_every_origin_with_credentials_is_a_mistake() {
    check(
        "[server]\ncors_origins = [\"*\"]\ncors_credentials = true",
        &[
            "app.toml:4: server.cors_credentials: cannot be joined with every origin: that would open every site's session; list the origins",
        ],
    );
    check(
        "[server]\ncors_origins = [\"*\", \"https://a.example\"]",
        &[
            "app.toml:3: server.cors_origins: `*` stands for every page; leave the others out, or name origins alone",
        ],
    );
    check(
        "[server]\ncors_origins = []",
        &["app.toml:3: server.cors_origins: is empty; leave it out, or name an origin"],
    );
    check(
        "[server]\ncors_methods = [\"GET\"]",
        &["app.toml:3: server.cors_methods: no page may call; name their origins in `cors_origins`"],
    );
}

#[tokio::test]
async fn a333_every_page_is_a_written_word() {
    let app = app("[server]\ncors_origins = [\"*\"]", &Handled::default()).await;
    assert_eq!(
        send(&app, from("https://any.example", get("/healthz"))).await.header("access-control-allow-origin"),
        "*"
    );
}

#[tokio::test]
async fn a334_preflights_count_for_the_address_and_never_for_a_caller() {
    let limits = "[limits]\naddress = \"6/minute\"\nprincipal = \"2/minute\"";
    let app = app(&format!("{SERVER}\n{limits}"), &Handled::default()).await;
    let mut asked = with_token(preflight("https://your-frontend.com"), TOKEN);
    for _ in 0..3 {
        // A browser sends no credential with it; one that is there is not looked at.
        assert!(send(&app, asked).await.status.is_success());
        asked = with_token(preflight("https://your-frontend.com"), TOKEN);
    }
    // Both requests that the caller may make are still there.
    for expected in [200, 200, 429] {
        assert_eq!(send(&app, with_token(get("/v1/models"), TOKEN)).await.status.as_u16(), expected);
    }
    let refused = send(&app, preflight("https://your-frontend.com")).await;
    assert_eq!((refused.status.as_u16(), refused.code().as_str()), (429, "RATE_LIMITED"));
}
