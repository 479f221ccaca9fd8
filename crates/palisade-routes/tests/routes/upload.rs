use crate::support::{Caller, request};
use axum::{body::Body, extract::Multipart};
use http_body_util::BodyExt as _;
use palisade_core::{Denial, EnvelopeLayer};
use palisade_routes::{Routes, Signature, UploadPart, UploadRules, post};
use serde_json::Value;
use std::convert::Infallible;
use tower::{Layer as _, ServiceExt as _};

const HDF5: &str = "\u{89}HDF\r\n\u{1a}\n";

async fn analyze(form: Multipart) -> Result<String, Denial> {
    let rules = UploadRules::new().file("h5ad", Signature::HDF5).file("png", Signature::PNG);
    let mut form = rules.parts(2).file_bytes(100).text_bytes(10).read(form);
    let mut told = String::new();
    while let Some(part) = form.next_part().await? {
        match part {
            UploadPart::Text { name, text } => told += &format!("{name}={text};"),
            UploadPart::File(file) => {
                let name = format!("{}={}", file.name(), file.file_name());
                told += &format!("{name}:{};", file.bytes().await?.len());
            }
        }
    }
    Ok(told)
}

/// A part; text stands for bytes of Latin 1.
fn part(head: &str, content: &str) -> Vec<u8> {
    let mut part = format!("--b\r\ncontent-disposition: form-data; {head}\r\n\r\n").into_bytes();
    part.extend(content.chars().map(|c| u8::try_from(c).unwrap()));
    part.extend(b"\r\n");
    part
}

/// What a form is answered with: the text, or the code of what is wrong.
async fn check(parts: &[Vec<u8>], expected: (u16, &str)) {
    let mut form = parts.concat();
    form.extend(b"--b--\r\n");
    for step in [1, 7, 10_000] {
        let frames: Vec<_> = form.chunks(step).map(|frame| Ok::<_, Infallible>(frame.to_vec())).collect();
        let body = Body::from_stream(tokio_stream::iter(frames));
        let mut request = request("POST", "/", Caller::Nobody, body);
        request.headers_mut().insert("content-type", "multipart/form-data; boundary=b".parse().unwrap());
        let routes: Routes = Routes::new().route("/", post(analyze).public().body_limit(4000));
        let service = EnvelopeLayer::json().layer(routes.into_router().unwrap());
        let response = service.oneshot(request).await.unwrap();
        let status = response.status().as_u16();
        let bytes = response.into_body().collect().await.unwrap().to_bytes();
        let text = String::from_utf8(bytes.to_vec()).unwrap();
        let body: Value = serde_json::from_str(&text).unwrap_or_default();
        let told = match body["error"]["details"][0]["code"].as_str() {
            Some(code) => code,
            None => body["error"]["code"].as_str().unwrap_or(&text),
        };
        assert_eq!((status, told), expected, "{step}");
    }
}

fn file(name: &str, content: &str) -> Vec<u8> {
    part(&format!("name=\"data\"; filename=\"{name}\""), content)
}

#[tokio::test]
async fn files_of_a_known_kind_and_short_texts_are_taken() {
    let content = format!("{HDF5}{}", "x".repeat(92));
    check(
        &[part("name=\"note\"", "hello"), file("../cells.H5AD", &content)],
        (200, "note=hello;data=cells.h5ad:100;"),
    )
    .await;
    check(&[file("a.h5ad", HDF5)], (200, "data=a.h5ad:8;")).await;
    check(&[], (200, "")).await;
}

#[tokio::test]
async fn everything_else_is_refused_with_its_reason() {
    check(&[file("cells.exe", HDF5)], (400, "file_extension")).await;
    check(&[file("cells.h5ad.exe", HDF5)], (400, "file_extension")).await;
    check(&[file("cells.png", HDF5)], (400, "file_signature")).await;
    check(&[file("cells.h5ad", "MZ")], (400, "file_signature")).await;
    check(&[file("cells.h5ad", "")], (400, "file_signature")).await;
    check(&[file("cells", HDF5)], (400, "file_name")).await;
    check(&[file("../", HDF5)], (400, "file_name")).await;
    check(&[part("name=\"\"", "x")], (400, "part_name")).await;
    check(&[part(&format!("name=\"{}\"", "n".repeat(65)), "x")], (400, "part_name")).await;
    check(&[part("filename=\"a.png\"", "x")], (400, "part_name")).await;
    check(&[part("name=\"a\tb\"", "x")], (400, "part_name")).await;
    check(&[part("name=\"a\"", "\u{ff}")], (400, "encoding")).await;
    check(
        &[part("name=\"a\"", "1"), part("name=\"b\"", "2"), part("name=\"c\"", "3")],
        (400, "too_many_parts"),
    )
    .await;
    check(&[b"--b\r\nbroken".to_vec()], (400, "multipart")).await;
}

#[tokio::test]
async fn what_is_too_long_is_413() {
    check(&[part("name=\"a\"", "12345678901")], (413, "PAYLOAD_TOO_LARGE")).await;
    check(&[file("a.h5ad", &format!("{HDF5}{}", "x".repeat(93)))], (413, "PAYLOAD_TOO_LARGE")).await;
    check(&[file("a.h5ad", &format!("{HDF5}{}", "x".repeat(5000)))], (413, "PAYLOAD_TOO_LARGE")).await;
}
