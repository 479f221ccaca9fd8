//! A whole service over a socket: keys made, used, rotated and revoked as a client does.

use palisade_apikey::{ApiKeys, CachedStore, Caller, KeyFormat, Keyring, MemoryStore, NewKey, Peppers};
use palisade_core::{Authenticate, EnvelopeLayer, Guard as _, Scope, Secret, gate};
use palisade_routes::{Routes, get};
use serde_json::Value;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};

const READ: Scope = Scope::from_static("read_models");
const MANAGE: Scope = Scope::from_static("manage_users");

async fn serve() -> (std::net::SocketAddr, String) {
    let format = KeyFormat::new("acme", "live", &Secret::new("the check key of tests")).unwrap();
    let keys = ApiKeys::new(format, Peppers::none(), CachedStore::new(MemoryStore::new()));
    let keyring = Keyring::new(&keys, [READ, MANAGE], MANAGE);
    let mut admin = NewKey::named("admin".parse().unwrap());
    admin.permissions = [READ, MANAGE].into_iter().collect();
    let admin = keyring.create(&Caller::operator("test"), admin).await.unwrap();
    let routes: Routes = Routes::new()
        .route("/models", get(async || "[]").requires(READ))
        .nest("/api/v1/auth/api-keys", keyring.routes());
    let headers = keys.headers();
    let layer = gate(Authenticate::with(keys).identify().strip().then(headers));
    let router = routes.into_router().unwrap().layer(layer).layer(EnvelopeLayer::json());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await });
    (address, admin.key.expose().to_owned())
}

/// One request on a connection of its own: status, head, body.
async fn ask(address: std::net::SocketAddr, line: &str, key: &str, body: &str) -> (u16, String, String) {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let kind = if body.is_empty() { "" } else { "content-type: application/json\r\n" };
    let length = body.len();
    let request = format!(
        "{line} HTTP/1.1\r\nhost: a\r\nconnection: close\r\nx-api-key: {key}\r\n{kind}content-length: {length}\r\n\r\n{body}"
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head[9..12].parse().unwrap(), head.to_owned(), body.to_owned())
}

#[tokio::test]
async fn a_key_lives_from_its_making_to_its_end() {
    let (address, admin) = serve().await;
    let base = "/api/v1/auth/api-keys";
    let body = r#"{"name":"ci","permissions":["read_models"],"expires_in_days":90}"#;
    let (status, head, made) = ask(address, &format!("POST {base}"), &admin, body).await;
    assert_eq!(status, 201, "{head}");
    let made: Value = serde_json::from_str(&made).unwrap();
    let (id, key) = (made["id"].as_str().unwrap(), made["key"].as_str().unwrap());
    assert!(head.contains(&format!("location: {base}/{id}")) && head.contains("cache-control: no-store"));
    assert_eq!(ask(address, "GET /models", key, "").await.0, 200);
    let (status, head, next) = ask(address, &format!("POST {base}/{id}/rotate"), &admin, "").await;
    assert_eq!(status, 201, "{head}");
    let next: Value = serde_json::from_str(&next).unwrap();
    let (_, head, _) = ask(address, "GET /models", key, "").await;
    assert!(head.contains("deprecation: @") && head.contains("sunset: "), "{head}");
    assert_eq!(ask(address, "GET /models", next["key"].as_str().unwrap(), "").await.0, 200);
    for expected in [204, 404] {
        assert_eq!(ask(address, &format!("DELETE {base}/{id}"), &admin, "").await.0, expected);
    }
    let (status, _, body) = ask(address, "GET /models", key, "").await;
    assert_eq!(status, 401);
    assert_eq!(
        body,
        r#"{"error":{"code":"AUTHENTICATION_FAILED","message":"Invalid API key","details":null}}"#
    );
}
