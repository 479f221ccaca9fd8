//! The service on a port of its own, and a client.
#![allow(dead_code, clippy::unwrap_used, clippy::panic, reason = "tests, each of which uses a part")]

use http::{Method, Request, Response, StatusCode};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Bytes;
use hyper_util::rt::TokioIo;
use newcomer::Service;
use palisade::config::Sources;
use serde_json::{Value, json};
use std::{net::SocketAddr, path::Path};
use tempfile::TempDir;
use tokio::{net::TcpListener, sync::oneshot, task::JoinHandle};

pub const PASSWORD: &str = "correct horse battery staple";

/// Settings with everything in `directory`, and `more` after them.
pub fn sources(directory: &Path, more: &str) -> Sources {
    let at = |name: &str| directory.join(name).display().to_string();
    let toml = format!(
        r#"
        signing_keys = "{signing}"
        {more}

        [plans]
        default = "60/minute"
        pro = "600/minute"

        [auth.keys]
        prefix = "notes"
        store = "sqlite:{database}"

        [auth.roles]
        admin = ["notes:read", "notes:write", "manage_access", "view_audit_logs", "read_metrics"]

        [errors]
        dress_rejections = true

        [access_log]
        to = "{access}"

        [audit]
        store = "file:{audit}"
        "#,
        signing = at("signing"),
        database = at("palisade.db"),
        access = at("access.jsonl"),
        audit = at("audit.jsonl"),
    );
    Sources::new().text("notes.toml", toml).prefix("NOTES").variables([("NOTES__ADMIN_PASSWORD", PASSWORD)])
}

pub async fn open(directory: &Path, more: &str) -> Service {
    Service::open(&sources(directory, more), || "up 1\n".to_owned()).await.unwrap()
}

/// A running service.
pub struct Running {
    pub address: SocketAddr,
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

impl Running {
    pub async fn start(directory: &TempDir, more: &str) -> Self {
        let service = open(directory.path(), more).await;
        let app = service.protect().unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel::<()>();
        let task = tokio::spawn(async move {
            palisade::serve_until(listener, app, async { drop(stopped.await) }).await.unwrap();
            service.drain().await;
        });
        Self { address, stop, task }
    }

    pub async fn stop(self) {
        drop(self.stop);
        self.task.await.unwrap();
    }

    pub async fn send(&self, request: http::request::Builder, body: impl Into<Bytes>) -> Answer {
        let stream = tokio::net::TcpStream::connect(self.address).await.unwrap();
        let (mut sender, connection) =
            hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.unwrap();
        tokio::spawn(connection);
        let request = request.header("host", "notes.example").body(Full::new(body.into())).unwrap();
        let (head, body) = sender.send_request(request).await.unwrap().into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        Answer(Response::from_parts(head, body))
    }

    /// With a key or a token, and JSON unless it is null.
    pub async fn ask(&self, method: Method, path: &str, credential: &str, body: &Value) -> Answer {
        let mut request = Request::builder().method(method).uri(path);
        if !credential.is_empty() {
            request = request.header("authorization", format!("Bearer {credential}"));
        }
        if body.is_null() {
            return self.send(request, Bytes::new()).await;
        }
        self.send(request.header("content-type", "application/json"), body.to_string()).await
    }

    pub async fn get(&self, path: &str, credential: &str) -> Answer {
        self.ask(Method::GET, path, credential, &Value::Null).await
    }

    pub async fn post(&self, path: &str, credential: &str, body: Value) -> Answer {
        self.ask(Method::POST, path, credential, &body).await
    }

    /// A token of the first user.
    pub async fn login(&self) -> String {
        let body = json!({ "username": "admin", "password": PASSWORD });
        let answer = self.post("/auth/login", "", body).await;
        assert_eq!(answer.status(), 200, "{answer:?}");
        answer.json()["token"].as_str().unwrap().to_owned()
    }

    /// A new key.
    pub async fn key(&self, token: &str, new: Value) -> (String, String) {
        let answer = self.post("/api-keys", token, new).await;
        assert_eq!(answer.status(), 201, "{answer:?}");
        let made = answer.json();
        let text = |member: &str| made[member].as_str().unwrap().to_owned();
        (text("id"), text("key"))
    }
}

#[derive(Debug)]
pub struct Answer(Response<Bytes>);

impl Answer {
    pub fn status(&self) -> StatusCode {
        self.0.status()
    }

    pub fn header(&self, name: &str) -> &str {
        self.0.headers().get(name).map_or("", |value| value.to_str().unwrap())
    }

    pub fn text(&self) -> &str {
        std::str::from_utf8(self.0.body()).unwrap()
    }

    pub fn json(&self) -> Value {
        serde_json::from_str(self.text()).unwrap()
    }
}
