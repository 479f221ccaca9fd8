//! A small server written by hand: right with [`Flaw::None`], wrong in one way with any other flaw.

use std::collections::HashMap;
use std::convert::Infallible;
use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use http_body_util::{BodyExt, Full, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::header::{CONTENT_LENGTH, HeaderMap};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use palisade_testing::{Profile, Target};
use tokio::net::TcpListener;

use crate::client;
use crate::credential::{self, Access};
use crate::flaw::Flaw;

pub(crate) type Answer = Response<Full<Bytes>>;

pub(crate) const PANIC: &str = "canary-in-a-panic";
const BURST: u32 = 10;
const HEAD_LIMIT: usize = 16 * 1024;
const BODY_LIMIT: usize = 64 * 1024;
const PROTECTED: [&str; 3] = ["/v1/models", "/v1/stream", "/v1/panic"];

pub(crate) struct World {
    pub(crate) flaw: Flaw,
    pub(crate) profile: Profile,
    handled: AtomicU64,
    spent: Mutex<HashMap<String, u32>>,
}

/// Starts a server on a free port and describes it.
pub(crate) async fn start(flaw: Flaw, profile: Profile) -> Target {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap();
    let world = Arc::new(World { flaw, profile, handled: AtomicU64::new(0), spent: Mutex::default() });
    let handled = Arc::clone(&world);
    tokio::spawn(async move {
        while let Ok((stream, peer)) = listener.accept().await {
            let world = Arc::clone(&world);
            let service = service_fn(move |request| {
                let world = Arc::clone(&world);
                // A task of its own, so that a panic ends the task and not the connection.
                let task = tokio::spawn(async move { world.answer(peer.ip(), request).await });
                async move { Ok::<_, Infallible>(task.await.unwrap_or_else(|_| error(500, "INTERNAL_ERROR"))) }
            });
            let mut builder = http1::Builder::new();
            if flaw != Flaw::LargeHeads {
                builder.max_buf_size(HEAD_LIMIT);
            }
            tokio::spawn(builder.serve_connection(TokioIo::new(stream), service));
        }
    });
    let target = Target::new(addr, "/v1/models")
        .protected_post("/v1/models")
        .public("/healthz")
        .public_wildcard("/public/")
        .stream("/v1/stream")
        .panic("/v1/panic", PANIC)
        .token(credential::TOKEN)
        .weak_token(credential::WEAK)
        .retired_token(credential::RETIRED)
        .api_key_header("X-API-Key")
        .header_limit(HEAD_LIMIT)
        .body_limit(BODY_LIMIT)
        .handler_count(move || handled.handled.load(Ordering::SeqCst));
    match profile {
        Profile::Limited => target.address_burst(BURST),
        Profile::TrustedProxy => target.address_burst(BURST).trusted_proxy(),
        _ => target,
    }
}

impl World {
    async fn answer(&self, peer: IpAddr, request: Request<Incoming>) -> Answer {
        let (head, body) = request.into_parts();
        let unguarded = self.flaw == Flaw::HeadUnguarded && head.method == Method::HEAD;
        if self.profile != Profile::Plain
            && !unguarded
            && self.is_spent(&client::bucket(self, peer, &head.headers))
        {
            let mut answer = error(429, "RATE_LIMITED");
            answer.headers_mut().insert("retry-after", "60".parse().unwrap());
            return answer;
        }
        if self.flaw == Flaw::Upgrades && head.headers.contains_key("upgrade") {
            return Response::builder().status(101).body(Full::default()).unwrap();
        }
        let has = |name: &str| head.headers.contains_key(name);
        let mut method = head.method.clone();
        if self.flaw == Flaw::OverridesMethod && has("x-http-method-override") {
            method = Method::DELETE;
        }
        let claimed = head.uri.path();
        let served = self.served(claimed);
        let open = unguarded
            || !PROTECTED.contains(&claimed)
            || self.flaw == Flaw::TrustsMarker && has("x-middleware-subrequest")
            || self.flaw == Flaw::TrustsOriginalUrl && has("x-original-url")
            || self.flaw == Flaw::TrustsAuthority && head.uri.authority().is_some()
            || self.flaw == Flaw::UnknownMethodIsGet && method.as_str() == "FOO";
        if self.flaw == Flaw::UnknownMethodIsGet && method.as_str() == "FOO" {
            method = Method::GET;
        }
        if self.flaw == Flaw::ServesEmptyPath && served != claimed {
            method = Method::GET;
        }
        let answer = if open {
            self.handle(&method, &served, body, &head.headers).await
        } else {
            if self.flaw == Flaw::AllowBeforeAuth && method == Method::PATCH {
                return not_allowed();
            }
            if self.flaw == Flaw::BodyBeforeAuth && has("expect") {
                let waiting =
                    tokio::time::timeout(std::time::Duration::from_millis(50), body.collect()).await;
                drop(waiting);
                return credential::refusal(self, &head, credential::Refusal::Unknown);
            }
            match credential::authenticate(self, &head) {
                Ok(Access::Full) => self.handle(&method, &served, body, &head.headers).await,
                Ok(Access::Weak) => error(403, "PERMISSION_DENIED"),
                Err(refusal) => credential::refusal(self, &head, refusal),
            }
        };
        self.spoil(answer, &head.uri.to_string(), &head.headers)
    }

    async fn handle(&self, method: &Method, path: &str, body: Incoming, headers: &HeaderMap) -> Answer {
        let public = path == "/healthz" || path.starts_with("/public/");
        let read = matches!(*method, Method::GET | Method::HEAD);
        if public {
            let any = self.flaw == Flaw::PublicAnyMethod;
            return if read || any { ok("public") } else { not_allowed() };
        }
        if !PROTECTED.contains(&path) {
            return error(404, "NOT_FOUND");
        }
        if *method == Method::POST && path == "/v1/models" {
            return self.upload(body, headers).await;
        }
        if !read {
            return not_allowed();
        }
        self.handled.fetch_add(1, Ordering::SeqCst);
        if path == "/v1/panic" {
            if self.flaw == Flaw::EchoesPanic {
                return with_message(500, "INTERNAL_ERROR", PANIC);
            }
            std::panic::resume_unwind(Box::new(PANIC));
        }
        ok("models")
    }

    async fn upload(&self, body: Incoming, headers: &HeaderMap) -> Answer {
        let announced = headers.get(CONTENT_LENGTH).and_then(|v| v.to_str().ok()?.parse::<usize>().ok());
        let limit = if self.flaw == Flaw::NoBodyLimit { usize::MAX } else { BODY_LIMIT };
        if announced.is_some_and(|length| length > limit)
            || Limited::new(body, limit).collect().await.is_err()
        {
            return error(413, "PAYLOAD_TOO_LARGE");
        }
        self.handled.fetch_add(1, Ordering::SeqCst);
        ok("stored")
    }

    /// The path a sloppy router would serve for the path that was guarded.
    fn served(&self, path: &str) -> String {
        match self.flaw {
            Flaw::MergesSlashes => path.replace("//", "/"),
            Flaw::ResolvesDots => resolved(&path.replace("%2e", ".").replace("%2f", "/")),
            Flaw::DecodesSlashes => path.replace("%2f", "/").replace("%5c", "/").replace("models/", "models"),
            Flaw::TrimsTrailingSlash => path.trim_end_matches('/').to_owned(),
            Flaw::IgnoresCase => path.to_ascii_lowercase(),
            Flaw::CutsAtControls => path.split("%0").next().unwrap_or_default().to_owned(),
            Flaw::ServesEmptyPath if path.is_empty() || path == "*" => "/v1/models".into(),
            Flaw::StripsPrefix if path == "/models" => "/v1/models".into(),
            _ => path.to_owned(),
        }
    }

    fn is_spent(&self, bucket: &str) -> bool {
        let mut spent = self.spent.lock().unwrap();
        let count = spent.entry(bucket.to_owned()).or_default();
        *count += 1;
        *count > BURST
    }

    /// Mistakes in how an error reads.
    fn spoil(&self, mut answer: Answer, uri: &str, headers: &HeaderMap) -> Answer {
        if answer.status().as_u16() < 400 {
            return answer;
        }
        let accept = headers.get("accept").and_then(|v| v.to_str().ok()).unwrap_or_default();
        match self.flaw {
            Flaw::Reflects if uri.contains("script") => {
                *answer.body_mut() = Full::from(format!("no such thing: {uri}"));
            }
            Flaw::NegotiatesHtml if accept.contains("text/html") => {
                answer.headers_mut().insert("content-type", "text/html".parse().unwrap());
            }
            Flaw::CacheableErrors if answer.status() == StatusCode::METHOD_NOT_ALLOWED => {
                answer.headers_mut().remove("cache-control");
            }
            _ => {}
        }
        answer
    }
}

fn resolved(path: &str) -> String {
    let mut segments = Vec::new();
    for segment in path.split('/').skip(1) {
        match segment {
            "." => {}
            ".." => drop(segments.pop()),
            other => segments.push(other),
        }
    }
    format!("/{}", segments.join("/"))
}

fn ok(text: &'static str) -> Answer {
    Response::new(Full::from(text))
}

fn not_allowed() -> Answer {
    let mut answer = error(405, "METHOD_NOT_ALLOWED");
    answer.headers_mut().insert("allow", "GET, HEAD, POST".parse().unwrap());
    answer
}

pub(crate) fn error(status: u16, code: &str) -> Answer {
    with_message(status, code, "refused")
}

pub(crate) fn with_message(status: u16, code: &str, message: &str) -> Answer {
    let body = format!(r#"{{"error":{{"code":"{code}","message":"{message}","details":null}}}}"#);
    Response::builder()
        .status(status)
        .header("content-type", "application/json")
        .header("cache-control", "no-store")
        .header("x-content-type-options", "nosniff")
        .body(Full::from(body))
        .unwrap()
}
