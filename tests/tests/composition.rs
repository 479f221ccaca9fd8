//! A stack among everything that axum applications are made of.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, reason = "these are tests")]

use axum::{
    Router,
    body::Body,
    extract::{
        ConnectInfo, State, WebSocketUpgrade,
        ws::{Message, WebSocket},
    },
    response::Response,
};
use futures_util::{SinkExt as _, StreamExt as _};
use http::Request;
use http_body_util::BodyExt as _;
use palisade::{
    Auth, Authenticate, EnvelopeLayer, Facts, Principal, Stack, StaticToken, StaticTokens, gate,
    routes::{Routes, authenticated, get, post, public},
};
use std::{net::SocketAddr, time::Duration};
use tests::{
    client::{get as request, send, with_token},
    server::{Handled, POOR, READ, Server, TOKEN, stack, tokens},
};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tower::{Layer as _, ServiceExt as _};
use tower_http::{compression::CompressionLayer, normalize_path::NormalizePathLayer, trace::TraceLayer};

#[derive(Clone)]
struct Db(&'static str);

async fn echo(upgrade: WebSocketUpgrade) -> Response {
    upgrade.on_upgrade(async |mut socket: WebSocket| {
        while let Some(Ok(Message::Text(text))) = socket.recv().await {
            if socket.send(Message::Text(text)).await.is_err() {
                return;
            }
        }
    })
}

/// State, nesting, a WebSocket, and a mounted router of somebody else's.
fn routes() -> Routes {
    let models = Routes::new()
        .route("/", get(async |State(db): State<Db>| db.0).requires(READ))
        .route("/echo", post(async |State(_): State<Db>, body: String| body).authenticated())
        .with_state(Db("llama-7b"));
    let docs = Router::new()
        .route("/index.html", axum::routing::get(async || "a page"))
        .layer(CompressionLayer::new());
    Routes::new()
        .route("/ws", get(echo).authenticated())
        .route(
            "/peer",
            get(async |ConnectInfo(peer): ConnectInfo<SocketAddr>| peer.ip().to_string()).public(),
        )
        .route("/long", get(async || "x".repeat(10_000)).public())
        .nest("/models", models)
        .mount("/docs", public(), docs.clone())
        .mount("/admin", authenticated(), docs)
}

#[tokio::test]
async fn state_nesting_and_mounts() {
    let app = stack().protect(routes()).unwrap();
    assert_eq!(send(&app, with_token(request("/models"), TOKEN)).await.body, "llama-7b");
    assert_eq!(send(&app, with_token(request("/models"), POOR)).await.status, 403);
    assert_eq!(send(&app, request("/docs/index.html")).await.body, "a page");
    for path in ["/admin/index.html", "/admin/nowhere", "/admin"] {
        assert_eq!(send(&app, request(path)).await.status, 401, "{path}");
    }
    assert_eq!(send(&app, with_token(request("/admin/index.html"), POOR)).await.body, "a page");
    let nowhere = send(&app, with_token(request("/admin/nowhere"), POOR)).await;
    assert_eq!((nowhere.status.as_u16(), nowhere.code().as_str()), (404, "NOT_FOUND"));
}

#[tokio::test]
async fn a_websocket_through_the_fence() {
    let server = Server::serve(stack().protect(routes()).unwrap(), Handled::default()).await;
    let url = format!("ws://{}/ws", server.addr);
    let refused = tokio_tungstenite::connect_async(url.as_str()).await.unwrap_err();
    assert!(refused.to_string().contains("401"), "{refused}");
    let mut request = url.into_client_request().unwrap();
    request.headers_mut().insert("authorization", format!("Bearer {TOKEN}").parse().unwrap());
    let (mut socket, _) = tokio_tungstenite::connect_async(request).await.unwrap();
    socket.send("hello".into()).await.unwrap();
    assert_eq!(socket.next().await.unwrap().unwrap().into_text().unwrap(), "hello");
}

#[tokio::test]
async fn server_sent_events_arrive_and_the_peer_is_known_without_ceremony() {
    let server = Server::start(stack()).await;
    let text = fetch(server.addr, "/v1/stream", TOKEN).await;
    for word in ["the", "gate", "is", "kept"] {
        assert!(text.contains(&format!("data: {word}\n")), "{text}");
    }
    let server = Server::serve(stack().protect(routes()).unwrap(), Handled::default()).await;
    assert!(fetch(server.addr, "/peer", TOKEN).await.contains("127.0.0.1"));
}

async fn fetch(addr: SocketAddr, path: &str, token: &str) -> String {
    let mut socket = tokio::net::TcpStream::connect(addr).await.unwrap();
    let head = format!(
        "GET {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\nConnection: close\r\n\r\n"
    );
    socket.write_all(head.as_bytes()).await.unwrap();
    let mut text = String::new();
    tokio::time::timeout(Duration::from_secs(10), socket.read_to_string(&mut text)).await.unwrap().unwrap();
    text
}

#[tokio::test]
async fn compression_and_tracing_inside_and_outside() {
    let gzip = |path: &str| {
        let mut request = request(path);
        request.headers_mut().insert("accept-encoding", "gzip".parse().unwrap());
        request.extensions_mut().insert(ConnectInfo(SocketAddr::from(([192, 0, 2, 1], 1))));
        request
    };
    let inner = Router::new().route("/page", axum::routing::get(async || "x".repeat(10_000)));
    let inner = inner.layer(CompressionLayer::new()).layer(TraceLayer::new_for_http());
    let app = stack().protect(routes().mount("/inner", public(), inner)).unwrap();
    let outside = TraceLayer::new_for_http().layer(CompressionLayer::new().layer(app));
    for (path, status) in [("/long", 200), ("/inner/page", 200), ("/admin/x", 401)] {
        let response = outside.clone().oneshot(gzip(path)).await.unwrap();
        assert_eq!(response.status().as_u16(), status);
        let encoding = response.headers().get("content-encoding").cloned();
        let body = response.into_body().collect().await.unwrap().to_bytes();
        match status {
            200 => assert_eq!(
                (encoding.unwrap(), body.starts_with(&[0x1f, 0x8b])),
                ("gzip".parse().unwrap(), true)
            ),
            _ => assert!(body.starts_with(b"\x1f\x8b") || body.starts_with(b"{\"error\"")),
        }
    }
}

#[tokio::test]
async fn the_same_stack_as_a_router_needs_connect_info_and_says_so() {
    let router: Router = stack().protect(routes()).unwrap().into();
    let nested = Router::new().merge(router);
    let response = nested.clone().oneshot(request("/long")).await.unwrap();
    assert_eq!(response.status(), 503);
    let mut known = request("/long");
    known.extensions_mut().insert(ConnectInfo(SocketAddr::from(([192, 0, 2, 1], 1))));
    assert_eq!(nested.oneshot(known).await.unwrap().status(), 200);
}

#[tokio::test]
async fn a191_a_router_served_without_connect_info_refuses_with_a_body() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap();
    let router: Router = stack().protect(routes()).unwrap().into();
    let server = tokio::spawn(async move { axum::serve(listener, router).await });
    let text = fetch(addr, "/long", TOKEN).await;
    assert!(text.starts_with("HTTP/1.1 503 ") && text.contains("SERVICE_UNAVAILABLE"), "{text}");
    server.abort();
}

#[tokio::test]
async fn a006_a_slash_normalising_layer_outside_changes_no_decision() {
    let app = stack().protect(tests::server::routes(&Handled::default())).unwrap();
    let outside = NormalizePathLayer::trim_trailing_slash().layer(app);
    for path in ["/v1/models", "/v1/models/"] {
        let mut request = request(path);
        request.extensions_mut().insert(ConnectInfo(SocketAddr::from(([192, 0, 2, 1], 1))));
        assert_eq!(outside.clone().oneshot(request).await.unwrap().status(), 401, "{path}");
    }
}

#[tokio::test]
async fn a316_a_panic_of_a_handler_leaves_the_next_request_alone() {
    let app = stack().protect(tests::server::routes(&Handled::default())).unwrap();
    for _ in 0..3 {
        let broken = send(&app, with_token(request("/v1/panic"), TOKEN)).await;
        assert_eq!((broken.status.as_u16(), broken.code().as_str()), (500, "INTERNAL_ERROR"));
        assert!(!broken.header("x-request-id").is_empty());
        assert_eq!(send(&app, with_token(request("/v1/models"), TOKEN)).await.status, 200);
    }
}

#[tokio::test]
async fn gates_one_by_one_on_a_plain_router() {
    let router = Router::new()
        .route("/who", axum::routing::get(async |principal: Principal| principal.id().to_owned()))
        .route("/facts", axum::routing::get(async |facts: Facts| facts.request_id().to_string()))
        .layer(gate(Authenticate::with(tokens())))
        .layer(EnvelopeLayer::negotiated());
    let call = async |request: Request<Body>| {
        let (head, body) = router.clone().oneshot(request).await.unwrap().into_parts();
        (head.status.as_u16(), body.collect().await.unwrap().to_bytes())
    };
    assert_eq!(call(with_token(request("/who"), TOKEN)).await, (200, "ci".into()));
    let (status, body) = call(request("/who")).await;
    assert!(status == 401 && body.starts_with(b"{\"error\":{\"code\":\"AUTHENTICATION_FAILED\""));
}

#[tokio::test]
async fn a321_an_extractor_without_a_fence_is_500_and_never_anonymous() {
    let router: Router = Router::new()
        .route("/who", axum::routing::get(async |principal: Principal| principal.id().to_owned()))
        .route("/maybe", axum::routing::get(async |principal: Option<Principal>| format!("{principal:?}")))
        .layer(EnvelopeLayer::json());
    for path in ["/who", "/maybe"] {
        assert_eq!(router.clone().oneshot(request(path)).await.unwrap().status(), 500, "{path}");
    }
}

#[tokio::test]
async fn shutting_down_lets_requests_in_flight_finish() {
    let slow = get(async || {
        tokio::time::sleep(Duration::from_millis(300)).await;
        "done"
    });
    let app = stack().protect(Routes::new().route("/slow", slow.public())).unwrap();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let server = tokio::spawn(palisade::serve_until(listener, app, async {
        let _ = stopped.await;
    }));
    let in_flight = tokio::spawn(fetch(addr, "/slow", TOKEN));
    tokio::time::sleep(Duration::from_millis(100)).await;
    stop.send(()).unwrap();
    assert!(in_flight.await.unwrap().ends_with("done"));
    server.await.unwrap().unwrap();
    assert!(tokio::net::TcpStream::connect(addr).await.is_err());
}

#[test]
fn mistakes_are_told_all_at_once() {
    let tokens = StaticTokens::new([StaticToken::named("ci").value(TOKEN)]).unwrap();
    let stack = Stack::new(Auth::with(tokens))
        .address_limit("0/second")
        .principal_limit("5/fortnight")
        .cors(palisade::Cors::origins(["*"]));
    let routes: Routes = Routes::new().route("no-slash", get(async || ()).public());
    let errors = stack.protect(routes).unwrap_err();
    assert_eq!(errors.iter().count(), 4, "{errors}");
}

#[tokio::test]
async fn a326_who_takes_too_long_over_a_head_is_hung_up_on() {
    assert_eq!(palisade::HEAD_TIME, Duration::from_secs(10));
    let app = stack().protect(tests::server::routes(&Handled::default())).unwrap();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap();
    let server = tokio::spawn(palisade::serve_until(listener, app, std::future::pending()));
    let mut slow = Vec::new();
    for _ in 0..50 {
        let mut socket = tokio::net::TcpStream::connect(addr).await.unwrap();
        socket.write_all(b"GET /healthz HTTP/1.1\r\nHost:").await.unwrap();
        slow.push(socket);
    }
    assert!(fetch(addr, "/healthz", TOKEN).await.ends_with("ok"));
    let began = tokio::time::Instant::now();
    for mut socket in slow {
        let mut rest = Vec::new();
        let _ = tokio::time::timeout(Duration::from_secs(15), socket.read_to_end(&mut rest)).await.unwrap();
    }
    assert!(began.elapsed() < Duration::from_secs(12), "{:?}", began.elapsed());
    server.abort();
}

#[tokio::test]
async fn dropping_the_server_closes_its_connections() {
    let slow = get(async || {
        tokio::time::sleep(Duration::from_secs(60)).await;
        "late"
    });
    let app = stack().protect(Routes::new().route("/slow", slow.public())).unwrap();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap();
    let server = tokio::spawn(palisade::serve_until(listener, app, std::future::pending()));
    let in_flight = tokio::spawn(fetch(addr, "/slow", TOKEN));
    tokio::time::sleep(Duration::from_millis(100)).await;
    server.abort();
    assert_eq!(tokio::time::timeout(Duration::from_secs(5), in_flight).await.unwrap().unwrap(), "");
}
