//! Whatever an identity provider answers, a round ends without a panic, and keys come of well-formed answers alone.
#![no_main]

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use libfuzzer_sys::fuzz_target;
use palisade_core::{Clock, Event, EventSink, ManualClock, Reply, UnixTime};
use palisade_jwt::{
    KeySource as _,
    remote::{Answer, Fetch, Question, RemoteError, RemoteErrorKind, RemoteKeys},
};
use std::cell::RefCell;
use tokio::runtime::{Builder, Runtime};

const ISSUER: &str = "https://id.example.com/a";

#[derive(Debug)]
struct Silent;

impl EventSink for Silent {
    fn emit(&self, event: &Event) {
        let _ = format!("{event:?}");
    }
}

/// Answers the first questions, about the description, with one part of the input, and the last one with another.
#[derive(Debug)]
struct Provider {
    status: u16,
    headers: HeaderMap,
    description: Option<Bytes>,
    keys: Bytes,
}

impl Fetch for Provider {
    fn get(&self, question: Question) -> Reply<Result<Answer, RemoteError>> {
        let is_description = question.url.path().contains("/.well-known/");
        let described = Bytes::from_static(br#"{"issuer":"https://id.example.com/a","jwks_uri":"https://id.example.com/k"}"#);
        let body = match &self.description {
            _ if !is_description => self.keys.clone(),
            Some(description) => description.clone(),
            None => described,
        };
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::OK);
        let headers = if is_description { HeaderMap::new() } else { self.headers.clone() };
        Reply::now(Ok(Answer { status: if is_description { StatusCode::OK } else { status }, headers, body }))
    }
}

thread_local! {
    static RUNTIME: RefCell<Option<Runtime>> = const { RefCell::new(None) };
}

fuzz_target!(|input: (u16, Option<&[u8]>, &[u8], &[u8], &[u8], &[u8])| {
    let (status, description, kind, cache, tag, keys) = input;
    let mut headers = HeaderMap::new();
    for (name, value) in [(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, cache), (header::ETAG, tag)] {
        if let Ok(value) = HeaderValue::from_bytes(value) {
            headers.insert(name, value);
        }
    }
    let provider = Provider {
        status: if status < 100 { 200 } else { status },
        headers,
        description: description.map(Bytes::copy_from_slice),
        keys: Bytes::copy_from_slice(keys),
    };
    RUNTIME.with_borrow_mut(|runtime| {
        let runtime = runtime.get_or_insert_with(|| Builder::new_current_thread().enable_time().build().unwrap());
        runtime.block_on(async {
            let clock = Clock::manual(&ManualClock::new(UnixTime::from_secs(1_700_000_000)));
            let source = RemoteKeys::issuer(ISSUER).fetch(provider).clock(clock).events(Silent).build().unwrap();
            let found = source.missing("k").await;
            let status = source.status();
            assert_eq!(found.is_some(), status.is_usable());
            assert!(status.last_error().is_none_or(|error| error.kind() != RemoteErrorKind::Internal), "{status:?}");
            let next = status.next_fetch_in().as_secs();
            assert!(if status.is_usable() { (60..=86_400).contains(&next) } else { next <= 60 }, "{status:?}");
        });
    });
});
