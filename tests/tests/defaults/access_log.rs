//! What an access log does where nothing is said.

use super::stack;
use palisade::{
    AccessLog, Clock, ManualClock, UnixTime,
    routes::{Routes, get},
};
use std::{
    io::{self, Write},
    sync::{Arc, Mutex},
};
use tests::client::{get as ask, send};

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

/// How many lines are written of so many requests with this path, and what they say.
async fn lines(requests: usize, path: &str) -> (usize, String) {
    let out = Out::default();
    let time = ManualClock::new(UnixTime::from_secs(1_704_067_200));
    let log = AccessLog::json(out.clone()).build().unwrap();
    let stack = stack().access_log(log).clock(Clock::manual(&time));
    let app = stack.protect(Routes::new().route("/open", get(async || "ok").public())).unwrap();
    for _ in 0..requests {
        send(&app, ask(path)).await;
    }
    drop(app);
    let text = String::from_utf8(out.0.lock().unwrap().clone()).unwrap();
    (text.lines().count(), text)
}

#[tokio::test]
async fn no_query_value_is_logged() {
    let (_, text) = lines(1, "/open?page=2").await;
    assert!(!text.contains("page"), "{text}");
}

#[tokio::test]
async fn every_success_is_logged_and_1000_refusals_a_second() {
    assert_eq!(lines(1_200, "/open").await.0, 1_200);
    assert_eq!(lines(1_200, "/nowhere").await.0, 1_000);
}
