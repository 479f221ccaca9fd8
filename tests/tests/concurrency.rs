//! Requests in flight, counted for each caller, from the first guard to the end of the body and beyond.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, reason = "these are tests")]

use axum::{
    body::Body,
    extract::{
        ConnectInfo, WebSocketUpgrade,
        ws::{Message, WebSocket},
    },
    response::{
        Response, Sse,
        sse::{Event, KeepAlive},
    },
};
use bytes::Bytes;
use futures_util::{SinkExt as _, StreamExt as _, future::BoxFuture, stream};
use http::{HeaderMap, Request};
use http_body_util::BodyExt as _;
use palisade::{
    By, Concurrency, EnvelopeLayer, InFlight, Protected, RateLimit, gate,
    routes::{Routes, get},
};
use std::{
    convert::Infallible,
    future::Future as _,
    net::SocketAddr,
    pin::pin,
    sync::{Arc, Mutex},
    task::{Context, Waker},
    time::Duration,
};
use tests::{
    client::{get as request, send, with_token},
    server::{Handled, POOR, Server, TOKEN, stack},
};
use tokio::sync::{Notify, mpsc};
use tokio_stream::wrappers::ReceiverStream;
use tokio_tungstenite::tungstenite::{self, client::IntoClientRequest as _};
use tower::{Layer as _, Service as _, ServiceExt as _};

fn streams(limit: u32) -> Concurrency {
    Concurrency::new("streams", limit, By::principal()).unwrap()
}

/// The head of the answer and the body, unread.
async fn open(app: &Protected, path: &str, token: &str) -> (u16, HeaderMap, Body) {
    let mut request = with_token(request(path), token);
    request.extensions_mut().insert(ConnectInfo(SocketAddr::from(([192, 0, 2, 1], 1))));
    let (head, body) = app.clone().oneshot(request).await.unwrap().into_parts();
    (head.status.as_u16(), head.headers, body)
}

/// Waits until nothing is in flight; far longer than that ever takes.
async fn idle(limit: &Concurrency) {
    for _ in 0..1_000 {
        if limit.in_flight() == 0 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("{} requests are in flight for ever", limit.in_flight());
}

#[tokio::test]
async fn a_stream_is_in_flight_until_its_end() {
    let limit = streams(1);
    let sender: Arc<Mutex<Option<mpsc::Sender<Bytes>>>> = Arc::default();
    let keep = sender.clone();
    let handler = get(async move || {
        let (send, receive) = mpsc::channel(8);
        *keep.lock().unwrap() = Some(send);
        Body::from_stream(ReceiverStream::new(receive).map(Ok::<_, Infallible>))
    });
    let routes = Routes::new().route("/stream", handler.authenticated().guard(limit.clone()));
    let app = stack().address_limit("100/minute").protect(routes).unwrap();

    let (status, headers, mut body) = open(&app, "/stream", TOKEN).await;
    assert_eq!((status, limit.in_flight()), (200, 1));
    // The address limit outside writes the headers of both, for the tightest.
    assert_eq!(
        (&headers["x-ratelimit-limit"], &headers["x-ratelimit-remaining"]),
        (&"1".parse().unwrap(), &"0".parse().unwrap())
    );
    assert!(!headers.contains_key("x-ratelimit-reset"));
    assert_eq!(
        headers["ratelimit-policy"],
        r#""address";q=100;w=60, "streams";q=1;qu="concurrent-requests""#
    );
    let send_chunk = sender.lock().unwrap().take().unwrap();
    send_chunk.send("one".into()).await.unwrap();
    assert_eq!(body.frame().await.unwrap().unwrap().into_data().unwrap(), "one");

    let refused = send(&app, with_token(request("/stream"), TOKEN)).await;
    assert_eq!((refused.status.as_u16(), refused.code().as_str()), (429, "RATE_LIMITED"));
    assert_eq!((refused.header("retry-after"), limit.in_flight()), ("1", 1));
    // Another caller is another key.
    let (status, _, other) = open(&app, "/stream", POOR).await;
    assert_eq!((status, limit.in_flight()), (200, 2));
    drop(other);

    drop(send_chunk);
    assert!(body.frame().await.is_none());
    assert_eq!(limit.in_flight(), 0);
    let (status, _, body) = open(&app, "/stream", TOKEN).await;
    assert_eq!(status, 200);
    // Dropped early, as by a client that is gone.
    drop(body);
    assert_eq!(limit.in_flight(), 0);
}

#[tokio::test]
async fn server_sent_events_are_in_flight_until_the_last() {
    let limit = streams(1);
    let handler = get(async || {
        let events = ["the", "gate"].map(|word| Ok::<_, Infallible>(Event::default().data(word)));
        Sse::new(stream::iter(events)).keep_alive(KeepAlive::default())
    });
    let app = stack()
        .protect(Routes::new().route("/events", handler.authenticated().guard(limit.clone())))
        .unwrap();
    let (_, _, body) = open(&app, "/events", TOKEN).await;
    assert_eq!(limit.in_flight(), 1);
    let text = body.collect().await.unwrap().to_bytes();
    assert_eq!((text.starts_with(b"data: the"), limit.in_flight()), (true, 0));
}

type Socket = tokio_tungstenite::WebSocketStream<tokio_tungstenite::MaybeTlsStream<tokio::net::TcpStream>>;

/// A WebSocket, or the status of its refusal.
async fn connect(addr: SocketAddr, path: &str) -> Result<Socket, u16> {
    let mut request = format!("ws://{addr}{path}").into_client_request().unwrap();
    request.headers_mut().insert("authorization", format!("Bearer {TOKEN}").parse().unwrap());
    match tokio_tungstenite::connect_async(request).await {
        Ok((socket, _)) => Ok(socket),
        Err(tungstenite::Error::Http(response)) => Err(response.status().as_u16()),
        Err(fault) => panic!("{fault}"),
    }
}

async fn echo(mut socket: WebSocket) {
    while let Some(Ok(Message::Text(text))) = socket.recv().await {
        if socket.send(Message::Text(text)).await.is_err() {
            return;
        }
    }
}

#[tokio::test]
async fn a_websocket_is_in_flight_until_it_is_closed() {
    let limit = streams(1);
    let held = get(async |upgrade: WebSocketUpgrade, in_flight: InFlight| -> Response {
        upgrade.on_upgrade(async move |socket| {
            echo(socket).await;
            drop(in_flight);
        })
    });
    let routes = Routes::new().route("/ws", held.authenticated().guard(limit.clone()));
    let server = Server::serve(stack().protect(routes).unwrap(), Handled::default()).await;
    for round in 0..3 {
        let mut socket =
            connect(server.addr, "/ws").await.unwrap_or_else(|status| panic!("{round}: {status}"));
        socket.send("hello".into()).await.unwrap();
        assert_eq!(socket.next().await.unwrap().unwrap().into_text().unwrap(), "hello");
        // The response was over when the protocols were switched; the socket is not.
        assert_eq!(limit.in_flight(), 1);
        assert_eq!(connect(server.addr, "/ws").await.err(), Some(429));
        match round {
            0 => socket.close(None).await.unwrap(),
            _ => drop(socket),
        }
        idle(&limit).await;
    }
}

#[tokio::test]
async fn a_websocket_that_takes_nothing_along_is_over_with_its_handshake() {
    let limit = streams(1);
    let bare = get(async |upgrade: WebSocketUpgrade| upgrade.on_upgrade(echo));
    let routes = Routes::new().route("/ws", bare.authenticated().guard(limit.clone()));
    let server = Server::serve(stack().protect(routes).unwrap(), Handled::default()).await;
    let mut one = connect(server.addr, "/ws").await.ok().unwrap();
    idle(&limit).await;
    let mut two = connect(server.addr, "/ws").await.ok().unwrap();
    for socket in [&mut one, &mut two] {
        socket.send("hello".into()).await.unwrap();
        assert_eq!(socket.next().await.unwrap().unwrap().into_text().unwrap(), "hello");
    }
}

#[tokio::test]
async fn a_task_that_takes_it_along_keeps_it() {
    let limit = streams(1);
    let done = Arc::new(Notify::new());
    let wait = done.clone();
    let handler = get(async move |in_flight: InFlight| {
        tokio::spawn(async move {
            wait.notified().await;
            drop(in_flight);
        });
        "accepted"
    });
    let app =
        stack().protect(Routes::new().route("/jobs", handler.authenticated().guard(limit.clone()))).unwrap();
    assert_eq!(send(&app, with_token(request("/jobs"), TOKEN)).await.status, 200);
    assert_eq!(limit.in_flight(), 1);
    assert_eq!(send(&app, with_token(request("/jobs"), TOKEN)).await.status, 429);
    done.notify_one();
    idle(&limit).await;
    assert_eq!(send(&app, with_token(request("/jobs"), TOKEN)).await.status, 200);
}

#[tokio::test]
async fn a321_asked_for_without_a_fence_it_is_500() {
    let bare = axum::Router::new().route("/", axum::routing::get(async |_: InFlight| "never"));
    let app = EnvelopeLayer::json().layer(bare.clone());
    assert_eq!(bare.oneshot(request("/")).await.unwrap().status(), 500);
    // An envelope is a gate: there is a ledger, and nothing in it.
    assert_eq!(app.oneshot(request("/")).await.unwrap().status(), 200);
}

#[tokio::test]
async fn a316_a_panic_gives_it_back_and_still_tells() {
    let limit = streams(1);
    let handler = get(async || {
        if true {
            panic!("of the handler");
        }
    });
    let app =
        stack().protect(Routes::new().route("/panic", handler.authenticated().guard(limit.clone()))).unwrap();
    for _ in 0..3 {
        let answer = send(&app, with_token(request("/panic"), TOKEN)).await;
        assert_eq!((answer.status.as_u16(), limit.in_flight()), (500, 0));
    }
}

/// A whole stack with every limit, dropped at every poll of its future and after every frame of its body.
#[tokio::test]
async fn a311_a312_a313_cancelled_anywhere_a_whole_stack_counts_nothing_and_charges_once() {
    const WAITS: usize = 6;
    let overload = palisade::Overload::new(1).unwrap();
    let limit = streams(1);
    let handler = get(async || {
        for _ in 0..WAITS {
            let mut waited = false;
            std::future::poll_fn(|_| match std::mem::replace(&mut waited, true) {
                true => std::task::Poll::Ready(()),
                false => std::task::Poll::Pending,
            })
            .await;
        }
        Body::from_stream(stream::iter(["one", "two", "three"].map(Ok::<_, Infallible>)))
    });
    let charged = RateLimit::new("address", "1000/day", By::client()).unwrap();
    let app = stack()
        .in_flight_limit(overload.clone())
        .address_limit(charged)
        .protect(Routes::new().route("/", handler.authenticated().guard(limit.clone())))
        .unwrap();
    let call = || {
        let mut request = with_token(request("/"), TOKEN);
        request.extensions_mut().insert(ConnectInfo(SocketAddr::from(([192, 0, 2, 1], 1))));
        app.clone().oneshot(request)
    };
    let in_flight = || (overload.in_flight(), limit.in_flight(), limit.keys());
    let mut cx = Context::from_waker(Waker::noop());
    let mut charges = 0;
    for polls in 0..=WAITS {
        {
            let mut future = pin!(call());
            for poll in 0..polls {
                assert!(future.as_mut().poll(&mut cx).is_pending());
                assert_eq!(in_flight(), (1, 1, 1), "{poll}");
            }
        }
        charges += usize::from(polls > 0);
        assert_eq!(in_flight(), (0, 0, 0), "dropped after {polls} polls");
    }
    for frames in 0..=4 {
        let mut future = Box::pin(call());
        let response = loop {
            if let std::task::Poll::Ready(response) = future.as_mut().poll(&mut cx) {
                break response.unwrap();
            }
        };
        charges += 1;
        assert_eq!(in_flight(), (1, 1, 1));
        let expected = format!(r#""address";r={}"#, 1_000 - charges);
        let told = response.headers()["ratelimit"].to_str().unwrap();
        assert!(told.starts_with(&expected), "{told} after {charges}");
        let mut body = response.into_body();
        for _ in 0..frames {
            let _ = body.frame().await;
        }
        drop(body);
        assert_eq!(in_flight(), (0, 0, 0), "dropped after {frames} frames");
    }
}

#[tokio::test]
async fn a309_a310_among_towers_own_layers_it_gives_back_what_it_took() {
    let limit = Concurrency::new("streams", 100, By::everyone()).unwrap();
    let handler = tower::service_fn(|_: Request<Body>| async {
        tokio::task::yield_now().await;
        Ok::<_, tower::BoxError>(Response::new(Body::from("done")))
    });
    let outer = tower::ServiceBuilder::new().buffer(8).load_shed().concurrency_limit(4);
    let inner = tower::ServiceBuilder::new().buffer(8).load_shed().concurrency_limit(2);
    let inner = gate(limit.clone()).layer(inner.service(handler));
    let mut service = outer.service(EnvelopeLayer::json().layer(inner));
    for _ in 0..5 {
        let _ = service.ready().await.unwrap();
    }
    drop(service.clone());
    assert_eq!(limit.in_flight(), 0);
    let calls = (0..200).map(|_| {
        let call: BoxFuture<'static, Result<_, tower::BoxError>> =
            Box::pin(service.clone().oneshot(Request::new(Body::empty())));
        tokio::spawn(async move {
            match call.await {
                Ok(response) => response.into_body().collect().await.is_ok(),
                Err(_shed) => false,
            }
        })
    });
    let calls: Vec<_> = calls.collect();
    for (at, call) in calls.into_iter().enumerate() {
        match at % 3 {
            0 => call.abort(),
            _ => drop(call.await),
        }
    }
    idle(&limit).await;
    assert!(service.ready().await.unwrap().call(Request::new(Body::empty())).await.is_ok());
    idle(&limit).await;
}
