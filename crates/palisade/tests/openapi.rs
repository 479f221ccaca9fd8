//! The API document of a stack, and its page.
#![cfg(feature = "swagger-ui")]
#![allow(clippy::unwrap_used, reason = "tests")]

use axum::{
    body::Body,
    http::{Request, Response},
};
use http_body_util::BodyExt as _;
use palisade::{
    ApiDocument, Auth, Description, Envelope, Format, Peer, Protected, Scope, Secret, Stack, StaticToken,
    StaticTokens,
    keys::{ApiKeys, KeyFormat, Keyring, MemoryStore, Peppers},
    routes::{Routes, authenticated, get, post, public},
};
use serde_json::{Value, json};
use tower::ServiceExt as _;

const TOKEN: &str = "Hf2qVbnKx7dPz0sWmT4cLe9R";
const RUN: Scope = Scope::from_static("run_inference");

fn keys() -> ApiKeys {
    let format = KeyFormat::new("acme", "live", &Secret::new("a secret of this service, 16+ bytes")).unwrap();
    let peppers = Peppers::new(1, &Secret::new("thirty-two bytes or more, from a vault")).unwrap();
    ApiKeys::new(format, peppers, MemoryStore::new())
}

fn app(document: &ApiDocument) -> Protected {
    let routes = Routes::new()
        .route("/health", get(async || "ok").public().exempt_from("address"))
        .route("/inference", post(async || "word").requires(RUN).limit("5/minute"))
        .merge(document.route("/openapi.json", authenticated()))
        .merge(document.page("/docs", "/openapi.json", public()));
    let tokens = StaticTokens::new([StaticToken::named("ci").value(TOKEN).scopes([RUN])]).unwrap();
    Stack::new(Auth::keys(keys()).or(tokens))
        .address_limit("50/second")
        .envelope(Envelope::new(Format::Json))
        .api_document(document)
        .protect(routes)
        .unwrap()
}

async fn ask(app: &Protected, path: &str, token: Option<&str>) -> Response<Body> {
    let mut request = Request::get(path).extension(Peer(([192, 0, 2, 1], 4711).into()));
    if let Some(token) = token {
        request = request.header("authorization", format!("Bearer {token}"));
    }
    app.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap()
}

async fn text(response: Response<Body>) -> String {
    String::from_utf8(response.into_body().collect().await.unwrap().to_bytes().to_vec()).unwrap()
}

#[tokio::test]
async fn the_document_tells_what_the_stack_does() {
    let document = ApiDocument::new("Words", "2.0.0").server("https://api.example.com");
    let document = document.tag("inference", "Words after words").tag("health", "Whether it is alive");
    let app = app(&document);
    assert_eq!(ask(&app, "/openapi.json", None).await.status(), 401);
    let answer = ask(&app, "/openapi.json", Some(TOKEN)).await;
    assert_eq!(
        (answer.status().as_u16(), &answer.headers()["content-type"]),
        (200, &"application/json".parse().unwrap())
    );
    let told: Value = serde_json::from_str(&text(answer).await).unwrap();
    assert_eq!(told["info"]["title"], "Words");
    assert_eq!(told["servers"][0]["url"], "https://api.example.com");
    let headings: Vec<_> = told["tags"].as_array().unwrap().iter().map(|tag| &tag["name"]).collect();
    assert_eq!(headings, ["inference", "health"], "in the order in which they were named");
    assert_eq!(told["tags"][0]["description"], "Words after words");
    let schemes: Vec<_> = told["components"]["securitySchemes"].as_object().unwrap().keys().collect();
    assert_eq!(schemes, ["bearer", "x-api-key"]);
    let run = &told["paths"]["/inference"]["post"];
    assert_eq!(run["security"], json!([{ "x-api-key": ["run_inference"] }, { "bearer": ["run_inference"] }]));
    assert!(run["responses"]["429"].is_object() && run["responses"]["403"].is_object());
    assert!(told["paths"]["/health"]["get"]["responses"]["429"].is_null(), "it is exempt");
    let content = &told["components"]["responses"]["UnauthenticatedCounted"]["content"];
    assert_eq!(content.as_object().unwrap().keys().collect::<Vec<_>>(), ["application/json"]);
    assert_eq!(content["application/json"]["example"]["error"]["code"], "AUTHENTICATION_FAILED");
    assert!(told["paths"]["/docs"].is_null(), "pages are no part of the API");
}

#[tokio::test]
async fn the_page_comes_with_the_program_and_loads_from_its_own_origin_alone() {
    let app = app(&ApiDocument::new("Words & <more>", "2.0.0"));
    assert_eq!(ask(&app, "/docs", None).await.headers()["location"], "/docs/");
    let page = ask(&app, "/docs/", None).await;
    assert_eq!(
        (page.status().as_u16(), &page.headers()["content-type"]),
        (200, &"text/html".parse().unwrap())
    );
    let policy = page.headers()["content-security-policy"].to_str().unwrap().to_owned();
    assert!(policy.starts_with("default-src 'none'; script-src 'self';"), "{policy}");
    let page = text(page).await;
    assert!(page.contains("<title>Words &amp; &lt;more&gt;</title>"), "{page}");
    assert!(!page.contains("http://") && !page.contains("https://"), "{page}");
    assert!(!page.contains("<script>"), "no script in the page itself, which its policy forbids: {page}");
    let settings = text(ask(&app, "/docs/swagger-initializer.js", None).await).await;
    assert!(
        settings.contains("/openapi.json") && settings.contains(r#""persistAuthorization": false"#),
        "{settings}"
    );
    assert_eq!(ask(&app, "/docs/swagger-ui-bundle.js", None).await.status(), 200);
    for path in ["/docs/none.js", "/docs/..%2f..%2fetc%2fpasswd"] {
        assert!(ask(&app, path, None).await.status().is_client_error(), "{path}");
    }
}

#[test]
fn a_description_without_shape_refuses_to_start() {
    let wrong = Description::of("x").takes("application/json", json!(7));
    let routes = Routes::new().route("/a", post(async || ()).public().describe(wrong));
    let stack = Stack::new(Auth::disabled()).api_document(&ApiDocument::new("a", "1"));
    let errors = stack.protect(routes).unwrap_err().to_string();
    assert!(errors.contains("api_document: POST /a: the shape of its body is no JSON schema"), "{errors}");
}

#[test]
fn the_management_of_keys_describes_itself() {
    let document = ApiDocument::new("Keys", "1.0.0");
    let keys = keys();
    let keyring = Keyring::new(&keys, [RUN], RUN);
    let routes = Routes::new().nest("/api/v1/auth/api-keys", keyring.routes());
    let _ = Stack::new(Auth::keys(keys)).api_document(&document).protect(routes).unwrap();
    let told: Value = serde_json::from_slice(&document.json().unwrap()).unwrap();
    let create = &told["paths"]["/api/v1/auth/api-keys"]["post"];
    assert_eq!(create["summary"], "Make a key");
    let body = &create["requestBody"]["content"]["application/json"]["schema"];
    assert_eq!(body["properties"]["expires_in_days"]["type"], json!(["integer", "null"]));
    assert_eq!(body["additionalProperties"], json!(false));
    let answer = &create["responses"]["201"]["content"]["application/json"]["schema"]["allOf"];
    assert_eq!(answer[0]["$ref"], "#/components/schemas/ApiKey");
    let record = &told["components"]["schemas"]["ApiKey"]["properties"];
    assert_eq!(record["expires_at"], json!({ "type": ["string", "null"], "format": "date-time" }));
    let operations =
        told["paths"].as_object().unwrap().values().flat_map(|path| path.as_object().unwrap().values());
    assert!(operations.map(|operation| &operation["summary"]).all(Value::is_string));
}
