//! Limits that look at what became of a request.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, reason = "these are tests")]

use axum::{
    extract::State,
    response::{Sse, sse},
};
use futures_util::{future::join_all, stream};
use http::{Method, StatusCode};
use palisade::{
    By, Client, Clock, Denial, DenialKind, Facts, ManualClock, Protected, RateLimit, Subject, UnixTime,
    limit::{GrowingBlock, Reservation},
    routes::{Routes, get, post},
};
use std::{convert::Infallible, time::Duration};
use tests::{
    client::{Answer, request, send, send_from},
    server::{Handled, Server, stack},
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    sync::Barrier,
};

fn clock() -> (ManualClock, Clock) {
    let time = ManualClock::new(UnixTime::from_secs(1_704_067_200));
    let clock = Clock::manual(&time);
    (time, clock)
}

fn remaining(limit: &RateLimit) -> u32 {
    let counter = limit.handle().of(&Subject::default()).unwrap().unwrap();
    let status = counter.peek().try_now().unwrap().unwrap();
    status.iter().map(|standing| standing.remaining()).min().unwrap()
}

/// Three tokens at a time, until the budget is used up; as slow as a model.
async fn generate(
    reservation: Reservation,
) -> Sse<impl stream::Stream<Item = Result<sse::Event, Infallible>>> {
    Sse::new(stream::unfold(reservation, async |mut reservation| {
        if reservation.left() < 3 {
            return None;
        }
        reservation.add(3);
        tokio::time::sleep(Duration::from_millis(5)).await;
        Some((Ok(sse::Event::default().data(reservation.used().to_string())), reservation))
    }))
}

fn tokens(clock: &Clock) -> RateLimit {
    let limit = RateLimit::new("tokens", "10000/day", By::everyone()).unwrap().clock(clock.clone());
    let cost = |head: &http::request::Parts| head.headers["max-tokens"].to_str().unwrap().parse().unwrap();
    limit.cost_of(cost).reserving(6)
}

#[tokio::test]
async fn a_stream_is_charged_for_what_it_used() {
    let (_, clock) = clock();
    let limit = tokens(&clock);
    let routes = Routes::new()
        .route("/generate", get(generate).public().guard(limit.clone()))
        .route("/ignores", get(async || "nothing").public().guard(limit.clone()))
        .route("/misses", get(async |_: Reservation| "nothing").public());
    let app = stack().clock(clock).protect(routes).unwrap();
    let ask = async |path: &str, tokens: u32| {
        let mut request = request(Method::GET, path);
        request.headers_mut().insert("max-tokens", tokens.into());
        send(&app, request).await
    };
    // Reserved 14 and 6 of debt: six times three.
    let answer = ask("/generate", 14).await;
    assert_eq!((answer.status.as_u16(), answer.header("x-ratelimit-remaining")), (200, "9986"));
    assert!(String::from_utf8_lossy(&answer.body).trim_end().ends_with("data: 18"));
    assert_eq!(remaining(&limit), 10_000 - 18);
    ask("/ignores", 82).await;
    assert_eq!(remaining(&limit), 10_000 - 100);
    // More than there can ever be is a mistake of the client's, with the most that it may ask for.
    let too_much = ask("/generate", 10_001).await;
    let body: serde_json::Value = serde_json::from_slice(&too_much.body).unwrap();
    assert_eq!((too_much.status.as_u16(), &body["error"]["details"]["max_cost"]), (400, &10_000.into()));
    assert_eq!(too_much.header("retry-after"), "");
    assert_eq!(ask("/misses", 1).await.status, 500);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_goes_away_pays_for_what_it_got() {
    let (_, clock) = clock();
    let limit = tokens(&clock);
    let routes = Routes::new().route("/generate", get(generate).public().guard(limit.clone()));
    let app = stack().clock(clock).protect(routes).unwrap();
    let server = Server::serve(app, Handled::default()).await;
    let mut socket = TcpStream::connect(server.addr).await.unwrap();
    socket.write_all(b"GET /generate HTTP/1.1\r\nHost: x\r\nMax-Tokens: 9000\r\n\r\n").await.unwrap();
    let mut text = String::new();
    while !text.contains("data: 9\n") {
        let mut part = [0; 512];
        let read = socket.read(&mut part).await.unwrap();
        text.push_str(&String::from_utf8_lossy(&part[..read]));
    }
    assert_eq!(remaining(&limit), 1_000);
    drop(socket);
    for _ in 0..2_000 {
        if remaining(&limit) != 1_000 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    // What was counted when it was noticed: more than it read, less than it reserved.
    let left = remaining(&limit);
    assert!((1_001..=10_000 - 9).contains(&left) && (10_000 - left).is_multiple_of(3), "{left}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn guesses_at_the_same_time_never_exceed_the_quota_and_successes_are_free() {
    let (_, clock) = clock();
    let limit =
        RateLimit::new("login", "5/hour", By::everyone()).unwrap().only_failures().clock(clock.clone());
    // All guesses that are let through are answered only when all of them are there.
    static MEET: std::sync::LazyLock<Barrier> = std::sync::LazyLock::new(|| Barrier::new(5));
    let guess = post(async || {
        MEET.wait().await;
        StatusCode::UNAUTHORIZED
    });
    let routes = Routes::new()
        .route("/guess", guess.public().guard(limit.clone()))
        .route("/know", post(async || "welcome").public().guard(limit.clone()))
        .route("/shout", post(async |_: String| "heard").public().guard(limit.clone()));
    let app = stack().clock(clock).protect(routes).unwrap();
    for _ in 0..20 {
        assert_eq!(send(&app, request(Method::POST, "/know")).await.status, 200);
    }
    assert_eq!(remaining(&limit), 5);
    let answers: Vec<Answer> =
        join_all((0..40).map(|_| async { send(&app, request(Method::POST, "/guess")).await })).await;
    let count = |status: u16| answers.iter().filter(|answer| answer.status == status).count();
    assert_eq!((count(401), count(429)), (5, 35));
    assert_eq!(send(&app, request(Method::POST, "/know")).await.status, 429);
}

async fn login(
    State(guesses): State<GrowingBlock>,
    client: Client,
    body: String,
) -> Result<&'static str, Denial> {
    let (account, password) = body.split_once(':').unwrap_or_default();
    let attempt = guesses.attempt(client.ip, account).await?;
    if (account, password) == ("ada", "correct horse") {
        attempt.succeeded().await;
        return Ok("welcome");
    }
    attempt.failed().await;
    Err(Denial::new(DenialKind::Unauthenticated))
}

async fn log_in(app: &Protected, host: u8, words: &str) -> (u16, String, serde_json::Value) {
    let body = axum::body::Body::from(words.to_owned());
    let request = http::Request::post("/login").body(body).unwrap();
    let answer = send_from(app, [192, 0, 2, host], request).await;
    let retry = answer.header("retry-after").to_owned();
    (answer.status.as_u16(), retry, serde_json::from_slice(&answer.body).unwrap_or_default())
}

#[tokio::test]
async fn a_login_slows_guessing_down_and_lets_the_owner_in() {
    let (time, clock) = clock();
    let guesses = GrowingBlock::new("login").unwrap().clock(clock.clone());
    let routes = Routes::new().route("/login", post(login).public().body_limit(4_096)).with_state(guesses);
    let app = stack().clock(clock).protect(routes).unwrap();
    assert_eq!(log_in(&app, 1, "ada:correct horse").await.0, 200);
    for _ in 0..5 {
        assert_eq!(log_in(&app, 66, "ada:guess").await.0, 401);
        assert_eq!(log_in(&app, 67, "nobody:guess").await.0, 401);
    }
    // The refusal is the same whether the account exists or not, and right guesses are refused too.
    let (known, unknown) =
        (log_in(&app, 66, "ada:correct horse").await, log_in(&app, 67, "nobody:guess").await);
    assert_eq!(
        (known.0, known.1.as_str(), &known.2["error"]["details"]),
        (429, "180", &unknown.2["error"]["details"])
    );
    for host in 100..110 {
        log_in(&app, host, "ada:guess").await;
    }
    assert_eq!(log_in(&app, 120, "ada:correct horse").await.0, 429);
    assert_eq!(log_in(&app, 1, "ada:correct horse").await.0, 200);
    time.advance(Duration::from_secs(180));
    assert_eq!(log_in(&app, 66, "ada:guess").await.0, 401);
    assert_eq!(log_in(&app, 66, "ada:guess").await.0, 429);
}

/// A handler that knows more than the head told.
async fn report(State(limit): State<RateLimit>, facts: Facts, body: String) -> Result<StatusCode, Denial> {
    let Some(caller) = limit.handle().of(&Subject::of(&facts))? else { return Ok(StatusCode::OK) };
    let unavailable = |_| Denial::new(DenialKind::Unavailable);
    match &*body {
        "spam" => caller.penalize(3).await.map_err(unavailable)?,
        "ham" => caller.reward(1).await.map_err(unavailable)?,
        _ => caller.block_for(Duration::from_secs(600)).await.map_err(unavailable)?,
    }
    Ok(StatusCode::ACCEPTED)
}

#[tokio::test]
async fn handlers_and_operators_have_a_hand_in_it() {
    let (time, clock) = clock();
    let limit = RateLimit::new("address", "10/hour fixed", By::client()).unwrap().clock(clock.clone());
    let routes = Routes::new().route("/report", post(report).public()).with_state(limit.clone());
    let app = stack().address_limit(limit.clone()).clock(clock).protect(routes).unwrap();
    let say = async |host: u8, words: &'static str| {
        let request = http::Request::post("/report").body(axum::body::Body::from(words)).unwrap();
        send_from(&app, [192, 0, 2, host], request).await
    };
    let of = |host: u8| limit.handle().of(&Subject::client([192, 0, 2, host].into())).unwrap().unwrap();
    let left = |host| of(host).peek().try_now().unwrap().unwrap().iter().next().unwrap().remaining();
    say(1, "spam").await;
    assert_eq!(left(1), 6);
    say(1, "ham").await;
    assert_eq!((left(1), left(2)), (6, 10));
    assert_eq!((say(1, "attack").await.status.as_u16(), say(1, "ham").await.status.as_u16()), (202, 429));
    assert_eq!(say(2, "ham").await.status, 202);
    // An operator lets it in again, and shuts another one out.
    of(1).clear().await.unwrap();
    assert_eq!(say(1, "ham").await.status, 202);
    of(2).block_until(UnixTime::from_secs(1_704_067_200 + 90)).await.unwrap();
    let refused = say(2, "ham").await;
    assert_eq!((refused.status.as_u16(), refused.header("retry-after")), (429, "90"));
    time.advance(Duration::from_secs(90));
    assert_eq!(say(2, "ham").await.status, 202);
}
