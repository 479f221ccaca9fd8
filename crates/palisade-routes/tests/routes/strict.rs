use crate::support::{Caller, request};
use axum::body::Body;
use http::{Request, Response, header::CONTENT_TYPE};
use http_body_util::BodyExt as _;
use palisade_core::{EnvelopeLayer, TailBody};
use palisade_routes::{Routes, StrictJson, post};
use serde::Deserialize;
use serde_json::{Value, json};
use tower::{Layer as _, ServiceExt as _};

#[derive(Deserialize)]
struct Inference {
    prompt: String,
}

fn routes() -> Routes<()> {
    let read = async |StrictJson(Inference { prompt }): StrictJson<Inference>| prompt;
    Routes::new()
        .route("/inference", post(read).public().body_limit(64).patch(read).public().put(read).public())
}

async fn send(routes: Routes, request: Request<Body>) -> Response<TailBody<Body>> {
    EnvelopeLayer::json().layer(routes.into_router().unwrap()).oneshot(request).await.unwrap()
}

fn ask(method: &str, kind: &str, body: &str) -> Request<Body> {
    let mut request = request(method, "/inference", Caller::Nobody, Body::from(body.to_owned()));
    request.headers_mut().insert(CONTENT_TYPE, kind.parse().unwrap());
    request
}

#[tokio::test]
async fn strict_bodies_reach_the_handler_and_others_are_told_why() {
    let good = send(routes(), ask("POST", "application/json", r#"{"prompt":"Hi"}"#)).await;
    assert_eq!(good.status(), 200);

    let bad = send(routes(), ask("POST", "application/json", r#"{"prompt":1,"promt":2}"#)).await;
    assert_eq!(bad.status(), 400);
    let body: Value = serde_json::from_slice(&bad.into_body().collect().await.unwrap().to_bytes()).unwrap();
    assert_eq!(body["error"]["code"], "VALIDATION_ERROR");
    assert_eq!(
        body["error"]["details"],
        json!([
            { "pointer": "/prompt", "code": "type", "message": "expected a string" },
            { "pointer": "/promt", "code": "unknown", "message": "there is no such member" },
        ])
    );

    let long =
        send(routes(), ask("POST", "application/json", &format!(r#"{{"prompt":"{}"}}"#, "x".repeat(64))))
            .await;
    assert_eq!(long.status(), 413);
}

#[tokio::test]
async fn other_types_are_415_and_told_which_is_read() {
    for (method, name) in [("POST", "accept-post"), ("PATCH", "accept-patch"), ("PUT", "accept")] {
        let response = send(routes(), ask(method, "text/plain", r#"{"prompt":"Hi"}"#)).await;
        assert_eq!(
            (response.status().as_u16(), &response.headers()[name]),
            (415, &"application/json".parse().unwrap())
        );
    }
    let mut coded = ask("POST", "application/json", "x");
    coded.headers_mut().insert("content-encoding", "gzip".parse().unwrap());
    let response = send(routes(), coded).await;
    assert_eq!(
        (response.status().as_u16(), &response.headers()["accept-encoding"]),
        (415, &"identity".parse().unwrap())
    );
}

#[cfg(feature = "garde")]
#[tokio::test]
async fn rules_are_told_with_all_their_places_and_count_characters_where_they_say_so() {
    use garde::Validate;
    use palisade_routes::Checked;

    #[derive(Deserialize, Validate)]
    struct Ruled {
        #[garde(length(chars, max = 4))]
        prompt: String,
        #[garde(dive)]
        list: Vec<Item>,
    }
    #[derive(Deserialize, Validate)]
    struct Item {
        #[garde(range(min = 1))]
        count: u32,
        #[garde(length(bytes, max = 4))]
        name: String,
    }

    let read = async |Checked(Ruled { prompt, list }): Checked<Ruled>| {
        format!(
            "{prompt}{}",
            list.iter().map(|item| format!("{}{}", item.count, item.name)).collect::<String>()
        )
    };
    let routes = || Routes::new().route("/inference", post(read).public());
    let good =
        send(routes(), ask("POST", "application/json", r#"{"prompt":"\u00e4\u00e4\u00e4\u00e4","list":[]}"#))
            .await;
    assert_eq!(good.status(), 200);
    let bad = r#"{"prompt":"\u00e4\u00e4\u00e4\u00e4\u00e4","list":[{"count":1,"name":"a"},{"count":0,"name":"\u00e4\u00e4\u00e4"}]}"#;
    let bad = send(routes(), ask("POST", "application/json", bad)).await;
    assert_eq!(bad.status(), 400);
    let body: Value = serde_json::from_slice(&bad.into_body().collect().await.unwrap().to_bytes()).unwrap();
    let mut told: Vec<_> =
        body["error"]["details"].as_array().unwrap().iter().map(|v| v["pointer"].as_str().unwrap()).collect();
    told.sort_unstable();
    assert_eq!(told, ["/list/1/count", "/list/1/name", "/prompt"]);
}
