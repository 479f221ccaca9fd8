//! The address limit of a whole stack: five a second, burst ten.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, reason = "these are tests")]

use http::Method;
use palisade::{By, Clock, ManualClock, Protected, RateLimit, Stack, UnixTime};
use std::{sync::Arc, time::Duration};
use tests::{
    client::{Answer, get, request, send, send_from, with_token},
    server::{Handled, Server, TOKEN, routes, stack},
};

fn at_noon() -> (ManualClock, Stack) {
    let time = ManualClock::new(UnixTime::from_secs(1_704_067_200));
    let stack = stack().address_limit("5/second burst 10").clock(Clock::manual(&time));
    (time, stack)
}

fn app(stack: Stack) -> Protected {
    stack.protect(routes(&Handled::default())).unwrap()
}

async fn burst(app: &Protected, count: usize) -> Vec<Answer> {
    let mut answers = Vec::new();
    for _ in 0..count {
        answers.push(send(app, get("/healthz")).await);
    }
    answers
}

#[tokio::test]
async fn a199_a200_ten_at_once_and_the_eleventh_is_told_when_to_come_back() {
    let (time, stack) = at_noon();
    let app = app(stack);
    for (sent, answer) in burst(&app, 10).await.iter().enumerate() {
        assert_eq!((answer.status.as_u16(), answer.header("x-ratelimit-limit")), (200, "10"));
        assert_eq!(answer.header("x-ratelimit-remaining"), (9 - sent).to_string());
        assert_eq!(answer.header("ratelimit-policy"), "\"address\";q=10;w=2");
    }
    let refused = send(&app, get("/healthz")).await;
    assert_eq!((refused.status.as_u16(), refused.code().as_str()), (429, "RATE_LIMITED"));
    assert_eq!((refused.header("retry-after"), refused.header("x-ratelimit-remaining")), ("1", "0"));
    assert_eq!(refused.header("x-ratelimit-reset"), "1704067202");
    assert_eq!(refused.header("cache-control"), "no-store");
    assert_eq!(refused.header("ratelimit"), "\"address\";r=0;t=1");
    // Waiting exactly that long passes.
    time.advance(Duration::from_secs(1));
    assert_eq!(send(&app, get("/healthz")).await.status, 200);
}

#[tokio::test]
async fn a201_exactly_the_told_wait_is_enough_a_thousand_times() {
    let (time, stack) = at_noon();
    let app = app(stack);
    let mut refusals = 0;
    for round in 0..4_000u64 {
        let answer = send(&app, get("/healthz")).await;
        if answer.status == 429 {
            refusals += 1;
            time.advance(Duration::from_secs(answer.header("retry-after").parse().unwrap()));
            assert_eq!(send(&app, get("/healthz")).await.status, 200);
        } else {
            time.advance(Duration::from_nanos(round * 7_919 % 90_000_000));
        }
    }
    assert!(refusals >= 100, "{refusals}");
}

#[tokio::test]
async fn a016_a216_every_method_and_every_status_counts() {
    let (_, stack) = at_noon();
    let app = app(stack);
    let too_long = || {
        let mut request = with_token(request(Method::POST, "/v1/models"), TOKEN);
        request.headers_mut().insert("content-length", "9000000".parse().unwrap());
        request
    };
    for (request, expected) in [
        (request(Method::HEAD, "/healthz"), 200),
        (request(Method::HEAD, "/v1/models"), 401),
        (get("/v1/models"), 401),
        (with_token(get("/v1/models"), "thistokenisnotoneofthem00"), 401),
        (get("/nowhere"), 404),
        (request(Method::POST, "/healthz"), 405),
        (request(Method::OPTIONS, "/v1/models"), 401),
        (too_long(), 413),
        (request(Method::from_bytes(b"FOO").unwrap(), "/v1/models"), 401),
        (get("/healthz"), 200),
    ] {
        let text = format!("{request:?}");
        let answer = send(&app, request).await;
        assert_eq!(answer.status.as_u16(), expected, "{text}");
        assert!(!answer.header("x-ratelimit-remaining").is_empty(), "{text}");
    }
    assert_eq!(send(&app, request(Method::HEAD, "/healthz")).await.status, 429);
    assert_eq!(send_from(&app, [192, 0, 2, 2], get("/healthz")).await.status, 200);
}

#[tokio::test]
async fn a188_a189_one_bucket_a_subscriber_and_none_shared_by_all_of_ipv4() {
    let (_, stack) = at_noon();
    let app = app(stack);
    for host in 0..10u16 {
        let ip = std::net::Ipv6Addr::new(0x2001, 0xdb8, 0, 1, 0, 0, 0, host);
        assert_eq!(send_from(&app, ip, get("/healthz")).await.status, 200);
    }
    let sibling = std::net::Ipv6Addr::new(0x2001, 0xdb8, 0, 1, 9, 9, 9, 9);
    assert_eq!(send_from(&app, sibling, get("/healthz")).await.status, 429);
    for _ in 0..10 {
        send_from(&app, std::net::Ipv4Addr::new(1, 2, 3, 4).to_ipv6_mapped(), get("/healthz")).await;
    }
    assert_eq!(send_from(&app, [1, 2, 3, 4], get("/healthz")).await.status, 429);
    assert_eq!(
        send_from(&app, std::net::Ipv4Addr::new(5, 6, 7, 8).to_ipv6_mapped(), get("/healthz")).await.status,
        200
    );
}

#[tokio::test]
async fn a203_refusals_do_not_consume() {
    let (time, stack) = at_noon();
    let app = app(stack);
    burst(&app, 110).await;
    time.advance(Duration::from_millis(200));
    assert_eq!(send(&app, get("/healthz")).await.status, 200);
}

#[tokio::test]
async fn a206_steps_of_the_wall_clock_change_no_decision() {
    let (time, stack) = at_noon();
    let app = app(stack);
    let mut admitted = 0;
    for step in 0..40u64 {
        let hour = if step % 2 == 0 { 1_704_070_800 } else { 1_704_063_600 };
        time.set_wall(UnixTime::from_secs(hour));
        admitted += usize::from(send(&app, get("/healthz")).await.status == 200);
    }
    assert_eq!(admitted, 10);
}

#[tokio::test]
async fn a214_one_bucket_a_principal_whatever_else_it_sends() {
    let time = ManualClock::new(UnixTime::from_secs(1_704_067_200));
    let app = app(stack().principal_limit("3/minute").clock(Clock::manual(&time)));
    let mut last = 0;
    for n in 0..4u8 {
        let mut request = with_token(get("/v1/models"), TOKEN);
        request.headers_mut().insert("user-agent", format!("agent-{n}").parse().unwrap());
        request.headers_mut().insert("x-user-id", format!("victim-{n}").parse().unwrap());
        last = send_from(&app, [192, 0, 2, n], request).await.status.as_u16();
    }
    assert_eq!(last, 429);
    // A213: who merely names the victim charges nothing of the victim's.
    assert_eq!(send_from(&app, [192, 0, 2, 99], get("/healthz")).await.status, 200);
}

#[tokio::test]
async fn two_limits_are_told_as_one_the_tighter_and_listed_both() {
    let (_, stack) = at_noon();
    let app = app(stack.principal_limit("3/minute"));
    let answer = send(&app, with_token(get("/v1/models"), TOKEN)).await;
    assert_eq!((answer.header("x-ratelimit-limit"), answer.header("x-ratelimit-remaining")), ("3", "2"));
    let policies = answer.header("ratelimit-policy");
    assert!(policies.contains("\"address\"") && policies.contains("\"principal\""), "{policies}");
    assert_eq!(answer.headers.get_all("x-ratelimit-limit").iter().count(), 1);
}

#[tokio::test]
async fn a218_a219_clones_share_one_state_and_twice_is_once() {
    let limit = RateLimit::new("address", "10/minute", By::client()).unwrap();
    let app = app(stack().address_limit(limit.clone()).principal_limit(limit));
    for _ in 0..10 {
        assert_eq!(send(&app.clone(), get("/healthz")).await.status, 200);
    }
    assert_eq!(send(&app, get("/healthz")).await.status, 429);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a233_over_a_socket_by_the_real_clock() {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let server = Arc::new(Server::start(stack().address_limit("5/second burst 10")).await);
    let mut tasks = Vec::new();
    for _ in 0..11 {
        let server = server.clone();
        tasks.push(tokio::spawn(async move {
            let mut socket = tokio::net::TcpStream::connect(server.addr).await.unwrap();
            socket.write_all(b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").await.unwrap();
            let mut text = String::new();
            socket.read_to_string(&mut text).await.unwrap();
            text
        }));
    }
    let mut refused = Vec::new();
    for task in tasks {
        let text = task.await.unwrap();
        if text.starts_with("HTTP/1.1 429 ") {
            refused.push(text);
        }
    }
    // The machine may stall for 200 ms, and then a token comes back; never more than that.
    assert!(refused.len() <= 1, "{refused:?}");
    assert!(refused.iter().all(|text| text.contains("retry-after: 1\r\n")), "{refused:?}");
}

#[tokio::test]
async fn a_limit_outside_of_a_stack_tells_clients_of_itself() {
    use palisade::Guard as _;
    use tower::{Layer as _, ServiceExt as _};

    let (time, stack) = at_noon();
    let inside = app(stack);
    let limit = RateLimit::new("outside", "3/second", By::client()).unwrap();
    let outside = palisade::gate(palisade::ClientIp::peer().then(limit)).clock(Clock::manual(&time));
    let both = outside.layer(inside);
    for remaining in ["2", "1", "0"] {
        let mut request = get("/healthz");
        request.extensions_mut().insert(palisade::Peer(std::net::SocketAddr::from(([192, 0, 2, 7], 40_000))));
        let answer = both.clone().oneshot(request).await.unwrap();
        let told = |name: &str| answer.headers().get(name).map(|value| value.to_str().unwrap().to_owned());
        assert_eq!(answer.status(), 200);
        assert_eq!(told("x-ratelimit-limit").as_deref(), Some("3"));
        assert_eq!(told("x-ratelimit-remaining").as_deref(), Some(remaining));
        assert!(told("ratelimit-policy").unwrap().starts_with("\"outside\";q=3;w=1, \"address\""));
    }
}
