//! Every documented row: method, path, who may, and what it answers, byte by byte where that was documented.

#![allow(clippy::unwrap_used, reason = "a test may")]

mod running;

use palisade_testing::programs::find;
use running::{Answer, Deepaas, bearer};
use serde_json::{Value, json};
use std::{fs, process::Command};

const TOKEN: &str = "my-secret-token";
const SUNSET: &[u8] = include_bytes!("../pictures/sunset.png");
const PREDICT: &str = "/v2/models/my-model/predict";

fn guarded() -> Deepaas {
    Deepaas::start(&["--auth-bearer-token", TOKEN])
}

#[track_caller]
fn refused(answer: &Answer, status: u16, code: &str) {
    let error = &answer.json()["error"];
    assert_eq!((answer.status, &error["code"]), (status, &json!(code)), "{answer:?}");
    assert!(error["message"].is_string() && error.get("details").is_some(), "{answer:?}");
    assert_eq!(answer.header("content-type"), "application/json");
    assert_eq!(answer.header("cache-control"), "no-store");
    let challenge = answer.header("www-authenticate");
    assert_eq!(challenge.starts_with("Bearer realm=\"api\""), status == 401, "{answer:?}");
}

/// What a row answers to nobody, to a wrong token, and to the right one, in its envelope.
#[track_caller]
fn check(server: &Deepaas, row: &str, public: bool, status: u16, body: &Value) {
    for lines in [String::new(), bearer("wrong"), bearer(TOKEN)] {
        let answer = server.send(row, &lines, b"");
        if !public && lines != bearer(TOKEN) {
            refused(&answer, 401, "AUTHENTICATION_FAILED");
            continue;
        }
        assert_eq!(answer.status, status, "{row} {lines}: {answer:?}");
        if status == 200 {
            assert_eq!((answer.json(), answer.header("content-type")), (body.clone(), "application/json"));
        } else {
            refused(&answer, status, body.as_str().unwrap());
        }
    }
}

#[test]
fn the_front_page_and_the_version_are_public() {
    let server = guarded();
    let v2 = json!({ "version": "stable", "id": "v2", "links": [{ "rel": "self", "href": "/v2/" }] });
    check(&server, "GET /", true, 200, &json!({ "versions": [v2] }));
    check(&server, "GET /v2/", true, 200, &v2);
    for path in ["/", "/v2/"] {
        let answer = server.send(&format!("POST {path}"), "", b"");
        refused(&answer, 405, "METHOD_NOT_ALLOWED");
        assert_eq!(answer.header("allow"), "GET, HEAD");
    }
}

#[test]
fn models_and_everything_else_below_need_the_token() {
    let server = guarded();
    let models = server.send("GET /v2/models/", &bearer(TOKEN), b"").json();
    assert!(models["models"].as_array().unwrap().iter().any(|model| model["id"] == "my-model"), "{models}");
    check(&server, "GET /v2/models/", false, 200, &models);
    let one = server.send("GET /v2/models/my-model/", &bearer(TOKEN), b"").json();
    assert_eq!((&one["id"], &one["links"][0]["href"]), (&json!("my-model"), &json!("/v2/models/my-model/")));
    check(&server, "GET /v2/models/my-model/", false, 200, &one);
    for row in ["GET /v2/models", "GET /v2/models/none/", "DELETE /v2/models/none", "GET /v2/models/a/b/c"] {
        check(&server, row, false, 404, &json!("NOT_FOUND"));
    }
    check(&server, "GET /v2/models/my-model/predict", false, 405, &json!("METHOD_NOT_ALLOWED"));
    check(&server, "GET /elsewhere", true, 404, &json!("NOT_FOUND"));
    // No way of writing the path goes around the token.
    for path in ["/v2//models/", "/v2/./models/", "/v2/%6dodels/", "/v2/models/%2e%2e/models/", "/v2/Models/"]
    {
        let answer = server.send(&format!("GET {path}"), "", b"");
        assert!([400, 401, 404].contains(&answer.status), "{path} {answer:?}");
    }
}

#[test]
fn predict_takes_a_picture_in_the_part_data_from_who_has_the_token() {
    let server = guarded();
    let found = server.upload(PREDICT, &bearer(TOKEN), Some(SUNSET));
    assert_eq!((found.status, &found.json()["status"]), (200, &json!("OK")), "{found:?}");
    assert_eq!(found.json()["predictions"]["model"], "my-model");
    refused(&server.upload(PREDICT, "", Some(SUNSET)), 401, "AUTHENTICATION_FAILED");
    refused(&server.upload("/v2/models/none/predict", "", Some(SUNSET)), 401, "AUTHENTICATION_FAILED");
    refused(&server.upload("/v2/models/none/predict", &bearer(TOKEN), Some(SUNSET)), 404, "NOT_FOUND");
    let without = server.upload(PREDICT, &bearer(TOKEN), None);
    refused(&without, 400, "VALIDATION_ERROR");
    assert_eq!(without.json()["error"]["details"][0]["pointer"], "#/data");
    let long = vec![0; deepaas::server::MAX_PICTURE + 64 * 1024];
    refused(&server.upload(PREDICT, &bearer(TOKEN), Some(&long)), 413, "PAYLOAD_TOO_LARGE");
}

#[test]
fn the_token_comes_by_flag_environment_or_file_and_the_flag_wins() {
    let home = tempfile::tempdir().unwrap();
    let (ini, file) = (home.path().join("deepaas.ini"), home.path().join("token"));
    fs::write(&ini, "[DEFAULT]\nauth_bearer_token = of-the-ini-file\n").unwrap();
    fs::write(&file, "of-the-file\n").unwrap();
    let (ini, file) = (ini.to_str().unwrap(), file.to_str().unwrap());
    let check = |args: &[&str], variables: &[(&str, &str)], token: &str| {
        let server = Deepaas::start_with(args, variables);
        let status = |token: &str| server.send("GET /v2/models/", &bearer(token), b"").status;
        assert_eq!((status(token), status("of-nobody")), (200, 401), "{args:?} {variables:?}");
    };
    let variable = [("DEEPAAS_AUTH_BEARER_TOKEN", "of-the-variable")];
    check(&["--config-file", ini], &[], "of-the-ini-file");
    check(&[], &[("DEEPAAS_CONFIG_FILE", ini)], "of-the-ini-file");
    check(&["--config-file", ini], &[("DEEPAAS_AUTH_BEARER_TOKEN_FILE", file)], "of-the-file");
    check(&["--config-file", ini], &variable, "of-the-variable");
    check(&["--auth-bearer-token-file", file], &variable, "of-the-file");
    check(&["--auth-bearer-token", "of-the-flag", "--config-file", ini], &variable, "of-the-flag");
}

#[test]
fn without_a_token_all_is_open_and_a_blank_one_does_not_start() {
    let server = Deepaas::start(&[]);
    assert_eq!(server.upload(PREDICT, "", Some(SUNSET)).status, 200);
    assert_eq!(server.send("GET /v2/models/none/", "", b"").status, 404);
    assert_eq!(server.log().lines().filter(|line| line.contains("WARN")).count(), 1, "{}", server.log());
    for token in ["", " ", "\t"] {
        let ended = Command::new(env!("CARGO_BIN_EXE_deepaas"))
            .env_clear()
            .env("DEEPAAS_AUTH_BEARER_TOKEN", token)
            .output()
            .unwrap();
        assert_eq!((ended.status.code(), ended.stdout.len()), (Some(2), 0), "{token:?}");
        assert_eq!(String::from_utf8(ended.stderr).unwrap().lines().count(), 1, "{token:?}");
    }
}

#[test]
fn lines_to_paste_work_and_it_ends_when_it_is_asked_to() {
    if find("curl", "curl").is_none() {
        return;
    }
    let mut server = guarded();
    let lines: Vec<_> =
        server.greeting().lines().map(str::trim).filter(|line| line.starts_with("curl ")).collect();
    assert_eq!(lines.len(), 2, "{lines:?}");
    for (line, expected) in lines.iter().zip(["\"my-model\"", "\"perceptual_hash\""]) {
        let line = line.replace("examples/deepaas/", "");
        let mut shell = Command::new("sh");
        let ran = shell.args(["-c", &format!("TOKEN={TOKEN}\n{line} -sS --noproxy '*'")]);
        let ran = ran.current_dir(env!("CARGO_MANIFEST_DIR")).output().unwrap();
        assert!(String::from_utf8_lossy(&ran.stdout).contains(expected), "{line}: {ran:?}");
    }
    assert!(server.terminate().success(), "{}", server.log());
}
