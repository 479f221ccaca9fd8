//! What is told of requests over which a guard panics.

use crate::support::ask;
use http::{HeaderName, StatusCode, request};
use palisade::{
    AccessLog, Auth, Authenticator, Cors, Credential, Denial, Facts, Principal, Reply, Stack,
    routes::{Routes, get},
};
use std::{
    io::{self, Write},
    sync::{Arc, Mutex},
};

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
async fn a_guard_that_panics_leaves_its_line_in_the_log() {
    let cors = Cors::origins(["https://app.example.com"]);
    let bare = || Stack::new(Auth::with(Panics));
    for (stack, name) in [(bare(), "without CORS"), (bare().cors(cors), "with CORS")] {
        let out = Out::default();
        let log = AccessLog::json(out.clone()).build().unwrap();
        let routes = Routes::new().route("/", get(async || "").authenticated());
        let app = stack.access_log(log).protect(routes).unwrap();
        for key in ["find", "verify", "later"] {
            let answer = ask(&app, [192, 0, 2, 7], "/", &[("x-key", key)]).await;
            assert_eq!(answer.status(), StatusCode::INTERNAL_SERVER_ERROR, "{name}");
        }
        drop(app);
        let lines = String::from_utf8(out.0.lock().unwrap().clone()).unwrap();
        let failed = lines.lines().filter(|line| line.contains("\"outcome\":\"failed\""));
        assert_eq!((failed.count(), lines.lines().count()), (3, 3), "{name}: {lines}");
        assert!(!lines.contains("canary") && lines.contains("192.0.2.7"), "{name}: {lines}");
    }
}
