//! How refusals read, byte by byte.

#![allow(clippy::unwrap_used, clippy::panic, reason = "these are tests")]

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, Version, header};
use http_body_util::{BodyExt, Full};
use palisade_core::{Challenge, Denial, DenialKind, Envelope, EnvelopeLayer, Format, gate, guard_fn};
use serde_json::{Value, json};
use std::convert::Infallible;
use tower::{Layer, ServiceExt, service_fn};

type Reply = (StatusCode, HeaderMap, Bytes);

async fn send(layer: EnvelopeLayer, denial: Denial, request: Request<()>) -> Reply {
    let inner =
        service_fn(|_: Request<()>| async { Ok::<_, Infallible>(Response::new(Full::<Bytes>::default())) });
    let refused = gate(guard_fn(move |_, _| Err(denial.clone()))).layer(inner);
    let (head, body) = layer.layer(refused).oneshot(request).await.unwrap().into_parts();
    (head.status, head.headers, body.collect().await.unwrap().to_bytes())
}

async fn answer(layer: EnvelopeLayer, response: Response<Full<Bytes>>) -> Reply {
    let inner = service_fn(move |_: Request<()>| {
        let response = response.clone();
        async move { Ok::<_, Infallible>(response) }
    });
    let (head, body) = layer.layer(inner).oneshot(Request::new(())).await.unwrap().into_parts();
    (head.status, head.headers, body.collect().await.unwrap().to_bytes())
}

fn request(accept: &'static str) -> Request<()> {
    Request::builder().header("accept", accept).body(()).unwrap()
}

#[tokio::test]
async fn every_kind_reads_right_in_both_formats() {
    for kind in DenialKind::ALL {
        let (status, headers, body) = send(EnvelopeLayer::json(), Denial::new(*kind), Request::new(())).await;
        let (code, message) = (kind.code(), kind.message());
        let expected = format!(r#"{{"error":{{"code":"{code}","message":"{message}","details":null}}}}"#);
        assert_eq!((status, body), (kind.status(), Bytes::from(expected)));
        assert_eq!(headers["content-type"], "application/json");
        assert_eq!(headers["cache-control"], "no-store");
        assert_eq!(headers["x-content-type-options"], "nosniff");

        let (status, headers, body) =
            send(EnvelopeLayer::problem(), Denial::new(*kind), Request::new(())).await;
        let problem: Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(headers["content-type"], "application/problem+json");
        assert_eq!(problem["status"], json!(status.as_u16()));
        assert_eq!((&problem["code"], &problem["detail"]), (&json!(code), &json!(message)));
        let id = problem["request_id"].as_str().unwrap();
        assert_eq!(problem["instance"], json!(format!("urn:uuid:{id}")));
    }
}

#[tokio::test]
async fn the_same_refusal_as_json_problem_dual_and_grpc() {
    let denial =
        || Denial::new(DenialKind::RateLimited).retry_after(12).with_details(json!({"policy": "daily"}));
    let (_, headers, body) = send(EnvelopeLayer::negotiated(), denial(), request("*/*")).await;
    let expected =
        r#"{"error":{"code":"RATE_LIMITED","message":"Rate limit exceeded","details":{"policy":"daily"}}}"#;
    assert_eq!((body, &headers["retry-after"]), (Bytes::from(expected), &HeaderValue::from_static("12")));

    let (_, _, body) = send(EnvelopeLayer::negotiated(), denial(), request("application/problem+json")).await;
    let problem: Value = serde_json::from_slice(&body).unwrap();
    assert_eq!(problem["type"], "https://iana.org/assignments/http-problem-types#quota-exceeded");
    assert_eq!(problem["violated-policies"], json!(["daily"]));
    assert!(problem.get("error").is_none());

    let (_, headers, body) = send(EnvelopeLayer::dual(), denial(), request("*/*")).await;
    let both: Value = serde_json::from_slice(&body).unwrap();
    assert_eq!(headers["content-type"], "application/problem+json");
    assert_eq!((&both["status"], &both["error"]["code"]), (&json!(429), &json!("RATE_LIMITED")));

    let grpc = Request::builder()
        .method(Method::POST)
        .version(Version::HTTP_2)
        .header("content-type", "application/grpc+proto");
    let grpc = grpc.body(()).unwrap();
    let (status, headers, body) = send(EnvelopeLayer::negotiated(), denial(), grpc).await;
    assert_eq!((status, body.len()), (StatusCode::OK, 0));
    assert_eq!(
        (&headers["grpc-status"], &headers["grpc-message"]),
        (&"8".parse().unwrap(), &"Rate limit exceeded".parse().unwrap())
    );
    assert_eq!(headers["content-type"], "application/grpc");
}

#[tokio::test]
async fn a015_a272_head_has_no_body_and_the_headers_of_get() {
    let (_, get, body) =
        send(EnvelopeLayer::json(), Denial::new(DenialKind::Forbidden), Request::new(())).await;
    let head = Request::builder().method(Method::HEAD).body(()).unwrap();
    let (status, mut headers, none) =
        send(EnvelopeLayer::json(), Denial::new(DenialKind::Forbidden), head).await;
    assert_eq!((status, none.len()), (StatusCode::FORBIDDEN, 0));
    assert_eq!(headers.remove("content-length").unwrap(), body.len().to_string());
    assert_eq!(headers, get);
}

#[tokio::test]
async fn bare_errors_of_others_are_dressed_and_answers_are_not() {
    for status in [404, 405, 408, 413, 415, 431, 500, 503] {
        let response =
            Response::builder().status(status).header("allow", "GET").body(Full::default()).unwrap();
        let (_, headers, body) = answer(EnvelopeLayer::json(), response).await;
        let envelope: Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(envelope["error"]["details"], Value::Null, "{status}");
        assert_eq!(headers["allow"], "GET");
    }
    let own = Response::builder()
        .status(404)
        .header("content-type", "application/json")
        .body(Full::from("{}"))
        .unwrap();
    assert_eq!(answer(EnvelopeLayer::json(), own).await.2, "{}");
    let fine = Response::builder().status(204).body(Full::default()).unwrap();
    assert_eq!(answer(EnvelopeLayer::json(), fine).await.1.len(), 0);
    let unknown = Response::builder().status(418).body(Full::default()).unwrap();
    assert_eq!(answer(EnvelopeLayer::json(), unknown).await.2, "");
}

#[tokio::test]
async fn plain_text_rejections_are_dressed_by_choice_and_never_as_422() {
    let text = |status: u16| {
        let builder = Response::builder().status(status).header("content-type", "text/plain; charset=utf-8");
        builder.header("etag", "\"x\"").body(Full::from("Failed to deserialize canary")).unwrap()
    };
    assert_eq!(answer(EnvelopeLayer::json(), text(422)).await.0, 422);
    let layer = || EnvelopeLayer::new(Envelope::new(Format::Json).dress_rejections());
    for (status, expected) in [(422, 400), (400, 400), (415, 415), (413, 413)] {
        let (now, headers, body) = answer(layer(), text(status)).await;
        assert_eq!(now.as_u16(), expected);
        assert!(!body.windows(6).any(|part| part == b"canary"));
        assert!(!headers.contains_key(header::ETAG));
    }
    let (_, headers, _) = answer(EnvelopeLayer::json(), text(413)).await;
    assert_eq!(
        (&headers["content-type"], &headers["connection"]),
        (&"application/json".parse().unwrap(), &"close".parse().unwrap())
    );
}

#[tokio::test]
async fn connection_close_is_for_http_1_alone() {
    let mut request = Request::new(());
    *request.version_mut() = Version::HTTP_2;
    let (_, headers, _) =
        send(EnvelopeLayer::json(), Denial::new(DenialKind::PayloadTooLarge), request).await;
    assert!(!headers.contains_key(header::CONNECTION));
}

#[tokio::test]
async fn a269_challenges_stand_one_a_line() {
    let challenges =
        ["Bearer", "ApiKey"].map(|scheme| Challenge::new(scheme, "api").unwrap()).into_iter().collect();
    let denial = Denial::new(DenialKind::Unauthenticated).with_challenges(challenges);
    let (_, headers, _) = send(EnvelopeLayer::json(), denial, Request::new(())).await;
    let lines: Vec<_> = headers.get_all("www-authenticate").iter().collect();
    assert_eq!(lines, ["Bearer realm=\"api\"", "ApiKey realm=\"api\""]);
}

#[tokio::test]
async fn a265_a266_a271_causes_and_input_stay_out_of_the_answer() {
    let cause = std::io::Error::other("canary");
    let denial = Denial::new(DenialKind::Unavailable).because("store_down").with_source(cause);
    let request =
        Request::builder().uri("/canary?canary").header("accept", "text/canary").header("x", "canary");
    let (_, headers, body) = send(EnvelopeLayer::negotiated(), denial, request.body(()).unwrap()).await;
    assert!(!format!("{headers:?}{body:?}").contains("canary"));
    assert_eq!(headers["content-type"], "application/json");
}

#[tokio::test]
async fn a_layer_in_between_that_answers_otherwise_is_left_alone() {
    let inner =
        service_fn(|_: Request<()>| async { Ok::<_, Infallible>(Response::new(Full::<Bytes>::default())) });
    let refused = gate(guard_fn(|_, _| Err(Denial::new(DenialKind::Forbidden)))).layer(inner);
    let login = refused.map_response(|_: Response<Full<Bytes>>| {
        Response::builder().status(303).header("location", "/login").body(Full::<Bytes>::default()).unwrap()
    });
    let response = EnvelopeLayer::json().layer(login).oneshot(Request::new(())).await.unwrap();
    assert_eq!(response.status(), 303);
}

#[tokio::test]
async fn no_header_alone_turns_a_refusal_into_a_200() {
    for (method, version) in [(Method::GET, Version::HTTP_2), (Method::POST, Version::HTTP_11)] {
        let request =
            Request::builder().method(method).version(version).header("content-type", "application/grpc");
        let denial = Denial::new(DenialKind::Unauthenticated);
        let (status, headers, _) = send(EnvelopeLayer::negotiated(), denial, request.body(()).unwrap()).await;
        assert_eq!(
            (status.as_u16(), &headers["content-type"]),
            (401, &HeaderValue::from_static("application/json"))
        );
    }
}

#[tokio::test]
async fn the_head_of_somebody_s_own_error_stays_its_own() {
    let inner = service_fn(|_: Request<()>| async {
        let response = Response::builder().status(404).header("content-type", "application/json");
        Ok::<_, Infallible>(response.header("content-length", "11").body(Full::<Bytes>::default()).unwrap())
    });
    let head = Request::builder().method(Method::HEAD).body(()).unwrap();
    let response = EnvelopeLayer::json().layer(inner).oneshot(head).await.unwrap();
    assert_eq!(response.headers()["content-length"], "11");
    assert!(!response.headers().contains_key("cache-control"));
}
