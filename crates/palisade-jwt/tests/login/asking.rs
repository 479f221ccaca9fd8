//! What a body may look like, and for how long it may take.

use crate::support::{PASSWORD, app};
use axum::body::Body;
use bytes::Bytes;
use http::Request;
use http_body_util::StreamBody;
use serde_json::json;
use std::{convert::Infallible, time::Duration};

const JSON: &str = "application/json";
const FORM: &str = "application/x-www-form-urlencoded";

#[tokio::test]
async fn forms_and_json_are_taken() {
    let app = app();
    app.user("ada", &[]).await;
    for (kind, body) in [
        (FORM, "username=ada&password=correct+horse+battery%20staple"),
        (
            "Application/X-WWW-Form-Urlencoded; charset=UTF-8",
            "password=correct+horse+battery+staple&username=ADA",
        ),
        (JSON, r#"{"username":"ada","password":"correct horse battery staple"}"#),
        (
            "application/json; charset=utf-8",
            r#" {"password":"correct horse \u0062attery staple","username":"ada"} "#,
        ),
    ] {
        let answer = app.post("/auth/login", kind, body).await;
        assert_eq!(answer.status, 200, "{body} {answer:?}");
    }
}

#[tokio::test]
async fn a172_whatever_is_not_quite_right_is_refused_before_anything_is_computed() {
    let app = app();
    app.user("ada", &[]).await;
    let asked = app.users.asked();
    for (kind, body, status) in [
        ("text/plain", r#"{"username":"ada","password":"x"}"#, 415),
        ("application/jsonp", r#"{"username":"ada","password":"x"}"#, 415),
        ("multipart/form-data; boundary=x", "--x--", 415),
        ("", "username=ada&password=x", 415),
        (JSON, "", 400),
        (JSON, "[]", 400),
        (JSON, r#"[{"username":"ada","password":"x"}]"#, 400),
        (JSON, "null", 400),
        (JSON, r#"{"username":"ada","password":"x","password":"y"}"#, 400),
        (JSON, r#"{"username":"ada","password":"x","p\u0061ssword":"y"}"#, 400),
        (JSON, r#"{"username":"ada","password":"x","admin":true}"#, 400),
        (JSON, r#"{"username":"ada","password":"x"} {}"#, 400),
        (JSON, r#"{"username":"ada","password":"x"}x"#, 400),
        (JSON, r#"{"username":"ada","password":["x"]}"#, 400),
        (JSON, r#"{"username":"ada","password":1}"#, 400),
        (JSON, r#"{"username":"ada","password":null}"#, 400),
        (JSON, r#"{"username":"ada","password":""}"#, 400),
        (JSON, r#"{"username":"","password":"x"}"#, 400),
        (JSON, r#"{"username":{"$ne":null},"password":"x"}"#, 400),
        (JSON, r#"{"username":"ada"}"#, 400),
        (JSON, "username=ada&password=x", 400),
        (FORM, r#"{"username":"ada","password":"x"}"#, 400),
        (FORM, "username=ada&password=x&password=y", 400),
        (FORM, "username=ada&password=x&scope=", 400),
        (FORM, "username=ada&password=%ff", 400),
        (FORM, "username=ada", 400),
    ] {
        let answer = app.post("/auth/login", kind, body).await;
        assert_eq!(answer.status, status, "{kind} {body} {answer:?}");
        let code = if status == 415 { "UNSUPPORTED_MEDIA_TYPE" } else { "VALIDATION_ERROR" };
        assert_eq!(answer.json()["error"]["code"], code);
    }
    let twice = Request::post("/auth/login").header("content-type", JSON).header("content-type", FORM);
    let answer = app.send(twice.body(Body::from("{}")).unwrap()).await;
    assert_eq!(answer.status, 415);
    assert_eq!((app.guesses.accounts().len(), app.users.asked(), app.login.hashing().most), (0, asked, 1));
}

#[tokio::test]
async fn a161_passwords_that_are_too_long_are_never_hashed() {
    let app = app();
    app.user("ada", &[]).await;
    for (len, status, guesses) in
        [(1_024, 401, 1), (1_025, 400, 0), (1_000_000, 413, 0), (10_000_000, 413, 0)]
    {
        let body = json!({ "username": "ada", "password": "x".repeat(len) }).to_string();
        let answer = app.post("/auth/login", JSON, body).await;
        assert_eq!((answer.status, app.guesses.accounts().len()), (status, guesses), "{len}");
    }
}

#[tokio::test]
async fn a173_ten_megabytes_without_a_length_are_cut_off_at_four_kilobytes() {
    let app = app();
    let piece = Bytes::from(vec![b'x'; 1_024]);
    let pieces = futures_stream(10_240, piece);
    let answer = app.post("/auth/login", JSON, Body::new(StreamBody::new(pieces))).await;
    assert_eq!((answer.status, answer.header("connection")), (413, "close"), "{answer:?}");
    assert_eq!(answer.json()["error"]["code"], "PAYLOAD_TOO_LARGE");
}

fn futures_stream(
    count: usize,
    piece: Bytes,
) -> impl futures_util::Stream<Item = Result<http_body::Frame<Bytes>, Infallible>> {
    futures_util::stream::iter((0..count).map(move |_| Ok(http_body::Frame::data(piece.clone()))))
}

#[tokio::test(start_paused = true)]
async fn a174_a_body_that_trickles_has_ten_seconds() {
    let app = app();
    let body = json!({ "username": "ada", "password": PASSWORD }).to_string();
    let bytes: Vec<u8> = body.into_bytes();
    let trickle = futures_util::stream::unfold(bytes.into_iter(), |mut bytes| async move {
        tokio::time::sleep(Duration::from_secs(1)).await;
        let frame = http_body::Frame::data(Bytes::from(vec![bytes.next()?]));
        Some((Ok::<_, Infallible>(frame), bytes))
    });
    let asked = app.post("/auth/login", JSON, Body::new(StreamBody::new(trickle)));
    let answer = tokio::time::timeout(Duration::from_secs(11), asked).await.unwrap();
    assert_eq!((answer.status, answer.header("connection")), (408, "close"), "{answer:?}");
    assert!(app.guesses.accounts().is_empty());
}

#[tokio::test]
async fn mistakes_are_told_all_at_once_and_without_what_was_sent() {
    let app = app();
    let body = r#"{"username":1,"pass~/word":"secret","password":""}"#;
    let answer = app.post("/auth/login", JSON, body).await;
    let details = &answer.json()["error"]["details"];
    let mut pointers: Vec<_> =
        details.as_array().unwrap().iter().map(|it| it["pointer"].as_str().unwrap()).collect();
    pointers.sort_unstable();
    assert_eq!(pointers, ["#/password", "#/pass~0~1word", "#/username"]);
    assert!(!answer.text.contains("secret"));
}
