//! What is told of requests over which a guard panics.

use crate::support::{ask, text};
use http::{HeaderName, StatusCode, request};
use palisade::{
    AccessLog, Auth, Authenticator, Cors, Credential, Denial, Facts, Principal, Reply, Stack,
    routes::{Routes, get},
};
use std::{
    io::{self, Write},
    sync::{Arc, Mutex},
};

const PAGE: &str = "https://app.example.com";

#[derive(Clone, Default)]
struct Out(Arc<Mutex<Vec<u8>>>);

impl Write for Out {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Whoever asks about callers panics: in the finding, in the verifying, or later.
#[derive(Debug)]
struct Panics;

impl Authenticator for Panics {
    fn find<'h>(&self, head: &'h request::Parts) -> Result<Option<Credential<'h>>, Denial> {
        static NAME: HeaderName = HeaderName::from_static("x-key");
        assert!(head.headers.get(&NAME).is_none_or(|key| key != "find"), "canary");
        palisade::single_header(&head.headers, &NAME)
    }

    fn verify(
        &self,
        credential: Credential<'_>,
        _: &request::Parts,
        _: &Facts,
    ) -> Reply<Result<Principal, Denial>> {
        assert!(credential.expose() != b"verify", "canary");
        Reply::later(async { panic!("canary") })
    }
}

#[tokio::test]
async fn a_guard_that_panics_is_told_to_pages_by_an_id_that_is_in_the_log() {
    let cors = Cors::origins([PAGE]);
    let bare = || Stack::new(Auth::with(Panics));
    for (stack, name) in [(bare(), "without CORS"), (bare().cors(cors), "with CORS")] {
        let (out, mut ids) = (Out::default(), Vec::new());
        let log = AccessLog::json(out.clone()).build().unwrap();
        let routes = Routes::new().route("/", get(async || "").authenticated());
        let app = stack.access_log(log).protect(routes).unwrap();
        for key in ["find", "verify", "later"] {
            let answer = ask(&app, [192, 0, 2, 7], "/", &[("x-key", key), ("origin", PAGE)]).await;
            assert_eq!(answer.status(), StatusCode::INTERNAL_SERVER_ERROR, "{name}");
            let told = |header| answer.headers().get(header).map(|value| value.to_str().unwrap().to_owned());
            ids.push(told("x-request-id").unwrap());
            assert_eq!(told("access-control-allow-origin").is_some(), name == "with CORS", "{name} {key}");
            assert_eq!(told("x-content-type-options").as_deref(), Some("nosniff"), "{name} {key}");
            assert!(told("content-security-policy").is_some(), "{name} {key}");
            assert!(text(answer).await.contains("\"INTERNAL_ERROR\""), "{name} {key}");
        }
        drop(app);
        let lines = String::from_utf8(out.0.lock().unwrap().clone()).unwrap();
        let failed = lines.lines().filter(|line| line.contains("\"status\":500"));
        assert_eq!((failed.count(), lines.lines().count()), (3, 3), "{name}: {lines}");
        assert!(ids.iter().all(|id| lines.contains(id)), "{name}: {ids:?} {lines}");
        assert!(!lines.contains("canary") && lines.contains("192.0.2.7"), "{name}: {lines}");
    }
}
