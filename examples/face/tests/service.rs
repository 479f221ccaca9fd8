//! The running program, over a socket: what it answers, and whom it limits.

#![allow(clippy::unwrap_used, reason = "a test may")]

mod running;

use face::picture::drawing::{Face as Drawing, jpeg, png};
use image::imageops::{FilterType, resize};
use palisade::Clock;
use palisade_testing::programs::find;
use running::{Face, form, read, whole};
use serde_json::json;
use std::{io::Write as _, process::Command, time::Duration};

fn ada() -> Vec<u8> {
    png(&Drawing::ADA.draw(160, 120))
}

fn bob() -> Vec<u8> {
    png(&Drawing::BOB.draw(160, 120))
}

#[test]
fn the_same_picture_scores_1_and_a_copy_of_it_more_than_another_one() {
    let face = Face::start(&[], &[]);
    let score = |first: &[u8], second: &[u8]| {
        let answer = face.compare("", &[("image1", first), ("image2", second)]);
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer.json()["similarity"].as_f64().unwrap()
    };
    assert_eq!(score(&ada(), &ada()), 1.0);
    let other = score(&ada(), &bob());
    let drawn = Drawing::ADA.draw(160, 120);
    for copy in [jpeg(&drawn, 80), jpeg(&drawn, 30), png(&resize(&drawn, 80, 60, FilterType::Triangle))] {
        let copy = score(&ada(), &copy);
        assert!(copy < 1.0 && copy > other + 0.05, "{copy} {other}");
    }
    assert_eq!(score(&bob(), &ada()), other);
}

#[test]
fn what_cannot_be_compared_is_400_and_names_the_field() {
    let face = Face::start(&[], &[]);
    let (ada, words) = (ada(), b"no picture".to_vec());
    let cut = &ada[..ada.len() / 2];
    let check = |parts: &[(&str, &[u8])], pointers: &[&str]| {
        let answer = face.compare("", parts);
        assert_eq!(answer.status, 400, "{}", answer.body);
        let error = answer.json()["error"].clone();
        assert_eq!(error["code"], "VALIDATION_ERROR");
        let named: Vec<_> =
            error["details"].as_array().unwrap().iter().map(|one| one["pointer"].clone()).collect();
        assert_eq!(named, pointers, "{error}");
    };
    check(&[("image1", &ada), ("image2", &words)], &["#/image2"]);
    check(&[("image1", cut), ("image2", &ada)], &["#/image1"]);
    check(&[("image1", &words), ("image2", &words)], &["#/image1", "#/image2"]);
    check(&[("image1", &ada)], &["#/image2"]);
    check(&[("image2", &ada)], &["#/image1"]);
    check(&[("image1", &ada), ("image2", b"")], &["#/image2"]);
    check(&[("image1", &ada), ("image1", &ada)], &["#/image1"]);
    check(&[("image1", &ada), ("image2", &ada), ("image3", &ada)], &["#/"]);
    check(&[], &["#/image1", "#/image2"]);
    for lines in ["", "Content-Type: application/json\r\n", "Content-Type: multipart/form-data\r\n"] {
        let answer = face.send("POST /compare", lines, b"{}");
        assert!(answer.status == 400 && answer.body.contains("#/image1"), "{}", answer.body);
    }
    let stats = face.send("GET /stats", "", b"").json();
    assert_eq!(stats["comparisons"], json!({"compared": 0, "unusable": 3}));
}

#[test]
fn large_files_and_pictures_that_unfold_are_refused() {
    let face = Face::start(&[], &[]);
    // A few kilobytes that unfold to more pixels than are read.
    let wide = png(&image::RgbImage::new(4097, 8));
    assert!(wide.len() < 16 * 1024);
    let answer = face.compare("", &[("image1", &ada()), ("image2", &wide)]);
    assert_eq!(answer.status, 400, "{}", answer.body);
    assert!(answer.body.contains("#/image2") && answer.body.contains("4096"), "{}", answer.body);
    let long = vec![0; face::upload::MAX_FILE + 1];
    let answer = face.compare("", &[("image1", &long), ("image2", &ada())]);
    assert_eq!(answer.status, 413, "{}", answer.body);
}

#[test]
fn every_endpoint_counts_for_one_limit_of_ten_at_once_and_five_a_second() {
    let face = Face::start(&[], &[]);
    let clock = Clock::system();
    let begun = clock.now().mono;
    let mut answers = Vec::new();
    for (request, status) in
        [("GET /health", 200), ("GET /stats", 200), ("POST /compare", 400), ("GET /none", 404)]
    {
        let some = face.flood(request, "", "", 12);
        assert_eq!(some.len(), 12);
        assert!(some.iter().all(|answer| [status, 429].contains(&answer.status)), "{some:?}");
        answers.extend(some);
    }
    let refilled = 5 * (clock.now().mono.nanos_since(begun) / 1_000_000_000 + 1);
    let (refused, admitted): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer.status == 429);
    assert!((10..=10 + refilled).contains(&(admitted.len() as u64)), "{} {refilled}", admitted.len());
    for answer in &refused {
        assert_eq!(answer.header("retry-after"), "1");
        assert_eq!(answer.header("x-ratelimit-limit"), "10");
        assert!(answer.body.starts_with("{\"error\":{\"code\":\"RATE_LIMITED\""), "{}", answer.body);
    }
    // Somebody else is not concerned, and the counts are real.
    let stats = face.send("GET /stats", "", b"").json();
    assert_eq!(stats["rate_limited"], refused.len());
    assert_eq!(
        stats["requests"]["health"],
        answers[..12].iter().filter(|answer| answer.status == 200).count()
    );
    // What Retry-After says is enough.
    std::thread::sleep(Duration::from_secs(1));
    assert_eq!(face.flood("GET /health", "", "", 1)[0].status, 200);
}

#[test]
fn pages_of_any_origin_may_call_without_cookies_and_can_read_refusals() {
    let face = Face::start(&[], &[]);
    let origin = "Origin: https://anywhere.example\r\n";
    let answers = face.flood("GET /health", origin, "", 20);
    assert!(answers.iter().any(|answer| answer.status == 429));
    for answer in answers {
        assert_eq!(answer.header("access-control-allow-origin"), "*");
        assert_eq!(answer.header("access-control-allow-credentials"), "");
        assert!(answer.header("access-control-expose-headers").contains("retry-after"));
    }
    let asked = "Access-Control-Request-Method: POST\r\nAccess-Control-Request-Headers: authorization\r\n";
    let preflight = face.send("OPTIONS /compare", &format!("{origin}{asked}"), b"");
    assert_eq!(preflight.status, 200, "{}", preflight.head);
    assert!(preflight.header("access-control-allow-headers").contains("authorization"));
    assert!(preflight.header("access-control-allow-methods").contains("POST"));
}

#[test]
fn an_upload_in_flight_is_answered_before_it_stops() {
    let mut face = Face::start(&[], &[]);
    let (lines, body) = form("", &[("image1", &ada()), ("image2", &bob())]);
    let request = whole("POST /compare", &lines, &body);
    let (begin, rest) = request.split_at(request.len() / 2);
    let mut socket = face.connect();
    socket.write_all(begin).unwrap();
    // Until the request is in a handler a connection may be closed as idle.
    while face.send("GET /stats", "", b"").json()["requests"]["compare"] != 1 {
        std::thread::sleep(Duration::from_millis(20));
    }
    face.ask_to_end();
    std::thread::sleep(Duration::from_millis(200));
    socket.write_all(rest).unwrap();
    assert_eq!(read(socket).status, 200);
    assert!(face.wait().success());
}

#[test]
fn the_printed_lines_work() {
    if find("curl", "curl").is_none() {
        return;
    }
    let face = Face::start(&[], &[]);
    let run = |line: &str| {
        let output = Command::new("sh").args(["-c", line]).output().unwrap();
        assert!(output.status.success(), "{line}");
        String::from_utf8(output.stdout).unwrap()
    };
    let lines: Vec<_> = face.greeting().lines().filter(|line| line.contains("curl ")).collect();
    let [health, copy, other, stats, flood] = lines[..] else { unreachable!("{lines:?}") };
    assert!(run(health).starts_with("HTTP/1.1 200"));
    let score = |line: &str| {
        let text = run(line);
        serde_json::from_str::<serde_json::Value>(&text).unwrap()["similarity"].as_f64().unwrap()
    };
    assert!(score(copy) > score(other));
    assert!(run(stats).contains("\"compared\":2"));
    assert!(run(flood).contains("200"));
}

#[test]
fn the_lock_of_its_routes() {
    use face::{
        server::{Service, routes},
        settings::AuthMode,
    };
    let routes = |mode| routes(&Service::new(mode).into(), &palisade::ApiDocument::new("Face", "0"));
    palisade_routes::assert_lock!(routes(AuthMode::Enforce), "security.lock");
    palisade_routes::assert_lock!(routes(AuthMode::Observe), "security-observe.lock");
}

/// Its standard output takes nothing until it was told to stop, so it is told between its greeting and its first request.
#[test]
#[cfg(target_os = "linux")]
fn it_stops_in_order_as_soon_as_it_has_said_where_it_listens() {
    use std::{fs, io::Read as _, thread};
    const SIGTERM: u32 = 15;
    let (mut reader, writer) = std::io::pipe().unwrap();
    let home = tempfile::tempdir().unwrap();
    let mut filler = writer.try_clone().unwrap();
    let filling = thread::spawn(move || filler.write_all(&vec![b'.'; 1 << 20]).unwrap());
    thread::sleep(Duration::from_millis(200));
    let mut child = Command::new(env!("CARGO_BIN_EXE_face"))
        .args(["--listen", "127.0.0.1:0"])
        .env_clear()
        .env("TMPDIR", home.path())
        .stdout(writer)
        .spawn()
        .unwrap();
    let is_caught = || {
        let status = fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap();
        let caught = status.lines().find_map(|line| line.strip_prefix("SigCgt:")).unwrap().trim().to_owned();
        u64::from_str_radix(&caught, 16).unwrap() >> (SIGTERM - 1) & 1 == 1
    };
    let waited = (0..400).position(|_| {
        thread::sleep(Duration::from_millis(50));
        is_caught()
    });
    let kill = format!("kill -TERM {}", child.id());
    assert!(Command::new("sh").args(["-c", &kill]).status().unwrap().success());
    let mut said = Vec::new();
    reader.read_to_end(&mut said).unwrap();
    let ended = child.wait().unwrap();
    filling.join().unwrap();
    assert!(waited.is_some(), "a signal would have killed it");
    assert!(ended.success(), "{ended}");
    assert!(String::from_utf8_lossy(&said).contains("http://127.0.0.1:"));
}
