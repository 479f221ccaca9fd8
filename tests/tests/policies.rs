//! Four policies against three identities, enforced and reported.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, reason = "these are tests")]

use palisade::{
    Auth, Facts, Principal, Scope, Stack, StaticToken, StaticTokens,
    routes::{Routes, get},
};
use tests::client::{get as request, send, with_token};

const RUN: Scope = Scope::from_static("run_inference");
const GOOD: &str = "u5vVlqUIBqbbJEMn2b3Ltw9Y";
const POOR: &str = "0HkS1rN3mQ7yTz5wXcVbP2Ae";
const BAD: &str = "thistokenisnotoneofthem00";

async fn caller(facts: Facts, principal: Option<Principal>) -> String {
    let would: Vec<_> =
        facts.would_deny().map(|denial| denial.kind().status().as_u16().to_string()).collect();
    format!("{} [{}]", principal.as_ref().map_or("nobody", Principal::id), would.join(" "))
}

fn stack() -> Stack {
    let tokens =
        [StaticToken::named("good").value(GOOD).scopes([RUN]), StaticToken::named("poor").value(POOR)];
    Stack::new(Auth::with(StaticTokens::new(tokens).unwrap()))
}

fn routes() -> Routes {
    Routes::new()
        .route("/public", get(caller).public())
        .route("/optional", get(caller).optional())
        .route("/authenticated", get(caller).authenticated())
        .route("/requires", get(caller).requires(RUN))
}

/// For each policy: what a known, a poor, an absent and a refused caller gets.
async fn check(stack: Stack, expected: [(&str, [(u16, &str); 4]); 4]) {
    let app = stack.protect(routes()).unwrap();
    for (path, answers) in expected {
        for (token, (status, body)) in [Some(GOOD), Some(POOR), None, Some(BAD)].into_iter().zip(answers) {
            let plain = request(path);
            let answer = send(&app, token.map_or(plain, |token| with_token(request(path), token))).await;
            let text = if answer.status.is_success() {
                answer.body.escape_ascii().to_string()
            } else {
                answer.code()
            };
            assert_eq!((answer.status.as_u16(), text.as_str()), (status, body), "{path} {token:?}");
        }
    }
}

const REFUSED: (u16, &str) = (401, "AUTHENTICATION_FAILED");

#[tokio::test]
async fn enforced() {
    let (good, poor, nobody) = ((200, "good []"), (200, "poor []"), (200, "nobody []"));
    check(
        stack(),
        [
            ("/public", [nobody, nobody, nobody, nobody]),
            ("/optional", [good, poor, nobody, REFUSED]),
            ("/authenticated", [good, poor, REFUSED, REFUSED]),
            ("/requires", [good, (403, "PERMISSION_DENIED"), REFUSED, REFUSED]),
        ],
    )
    .await;
}

#[tokio::test]
async fn reported() {
    let (good, poor, nobody) = ((200, "good []"), (200, "poor []"), (200, "nobody []"));
    // The extractor has the last word on a credential that does not hold, except where the stack only reports.
    let would = (200, "nobody [401]");
    check(
        stack().report_only(),
        [
            ("/public", [nobody, nobody, nobody, nobody]),
            ("/optional", [good, poor, nobody, would]),
            ("/authenticated", [good, poor, would, would]),
            ("/requires", [good, (200, "poor [403]"), would, would]),
        ],
    )
    .await;
}

#[tokio::test]
async fn a028_challenges_tell_no_error_where_nothing_was_presented() {
    let app = stack().protect(routes()).unwrap();
    let absent = send(&app, request("/authenticated")).await;
    assert_eq!(absent.header("www-authenticate"), "Bearer realm=\"api\"");
    let bad = send(&app, with_token(request("/authenticated"), BAD)).await;
    let expected = "Bearer realm=\"api\", error=\"invalid_token\", \
                    error_description=\"The access token is invalid or expired\"";
    assert_eq!(bad.header("www-authenticate"), expected);
    let poor = send(&app, with_token(request("/requires"), POOR)).await;
    let expected = "Bearer realm=\"api\", error=\"insufficient_scope\", scope=\"run_inference\"";
    assert_eq!(poor.header("www-authenticate"), expected);
}

#[tokio::test]
async fn disabled_authentication_is_open_and_knows_nobody() {
    let app = Stack::new(Auth::disabled()).protect(routes()).unwrap();
    for path in ["/public", "/optional", "/authenticated", "/requires"] {
        for plain in [request(path), with_token(request(path), BAD)] {
            let answer = send(&app, plain).await;
            assert_eq!((answer.status.as_u16(), &answer.body[..]), (200, &b"nobody []"[..]), "{path}");
        }
    }
}
