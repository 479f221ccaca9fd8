//! The runner passes a server that is right, and each case fails a server that is wrong in its way.
#![allow(clippy::unwrap_used, reason = "a test may")]

mod client;
mod credential;
mod flaw;
mod server;

use std::collections::BTreeSet;

use flaw::{CAUGHT, Flaw, PARSER_ONLY};
use palisade_testing::{Case, Expect, Profile, Report, Request, Target, Verdict, catalogue, run};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::task::JoinSet;

async fn play(flaw: Flaw) -> Report {
    run(&catalogue::all(), |profile| server::start(flaw, profile)).await
}

/// A server that gives everybody the same answer, however broken the request is.
async fn one_answer(answer: &'static str) -> Target {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let target = Target::new(listener.local_addr().unwrap(), "/v1/models");
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let _ = stream.read(&mut [0; 64 * 1024]).await;
                let _ = stream.write_all(answer.as_bytes()).await;
            });
        }
    });
    target
        .protected_post("/v1/models")
        .public("/healthz")
        .public_wildcard("/public/")
        .panic("/v1/panic", "panic")
        .token("a-token-of-some-length")
        .weak_token("weak")
        .retired_token("retired")
        .api_key_header("X-API-Key")
        .body_limit(1024)
        .address_burst(3)
        .trusted_proxy()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_right_server_passes_every_case() {
    let report = play(Flaw::None).await;
    report.assert_clean();
    assert_eq!(report.passed().len(), catalogue::all().len(), "{report}");
    let whole = |outcome: &palisade_testing::Outcome| matches!(&outcome.verdict, Verdict::Passed(left) if left.is_empty());
    assert!(report.outcomes().iter().all(whole), "{report}");
}

#[tokio::test(flavor = "multi_thread")]
async fn each_mistake_is_caught_by_its_cases_and_by_no_other() {
    let mut runs = JoinSet::new();
    for (flaw, expected) in CAUGHT {
        runs.spawn(async move { (*flaw, expected.to_vec(), play(*flaw).await) });
    }
    let mut wrong = String::new();
    while let Some(run) = runs.join_next().await {
        let (flaw, expected, report) = run.unwrap();
        if report.failed() != expected {
            wrong += &format!("{flaw:?} failed {:?}, expected {expected:?}\n", report.failed());
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
    let caught: BTreeSet<_> = CAUGHT.iter().flat_map(|(_, ids)| *ids).chain(PARSER_ONLY).copied().collect();
    let all: BTreeSet<_> = catalogue::all().iter().map(|case| case.id).collect();
    assert_eq!(caught, all, "every case has a mistake that it catches");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_grants_everything_fails_all_but_what_asks_for_success() {
    let yes = || one_answer("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok");
    let report = run(&catalogue::all(), |_| yes()).await;
    assert_eq!(report.passed(), ["A031"], "{report}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_closes_at_once_passes_only_where_that_is_allowed() {
    let report = run(&catalogue::all(), |_| one_answer("")).await;
    assert_eq!(report.passed(), ["A037", "A042"], "{report}");
    assert!(report.to_string().contains("the connection was closed where an answer was due"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_target_does_not_state_is_not_applicable() {
    let bare = async |profile| {
        let target = server::start(Flaw::None, profile).await;
        drop(target);
        one_answer("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").await
    };
    let missing = Case::new("X001", "x").send(Request::get("{header_pad}"), Expect::success());
    let wrong = Case::new("X002", "x").send(Request::get("{nonsense}"), Expect::success());
    let report = run(&[missing, wrong], bare).await;
    assert_eq!((report.not_applicable(), report.failed()), (vec!["X001"], vec!["X002"]));
    assert!(report.to_string().contains("X001  n/a   x: the target states no header limit"), "{report}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failure_shows_both_sides_without_the_token() {
    let cases: Vec<_> = catalogue::by_id("A029").into_iter().collect();
    let report = run(&cases, |profile| server::start(Flaw::FirstAuthorization, profile)).await;
    let table = report.to_string();
    let shown =
        ["A029  FAIL  two Authorization lines", "> Authorization: Bearer [token]", "< 200", "expected 400"];
    assert!(shown.iter().all(|text| table.contains(text)), "{table}");
    assert!(!table.contains(credential::TOKEN), "{table}");
}

#[tokio::test]
async fn an_address_nobody_listens_on_fails_every_case() {
    let gone = async |_: Profile| {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        Target::new(listener.local_addr().unwrap(), "/")
    };
    let cases: Vec<_> = catalogue::by_id("A028").into_iter().collect();
    let report = run(&cases, gone).await;
    assert!(report.to_string().contains("no connection to 127.0.0.1"), "{report}");
    assert_eq!(report.failed(), ["A028"]);
}
