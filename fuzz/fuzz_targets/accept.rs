//! No `Accept` or `Content-Type` may panic, and the answer is one of three content types.
#![no_main]

use http::{HeaderValue, Request, Response};
use libfuzzer_sys::fuzz_target;
use palisade_core::{Denial, DenialKind, Envelope, Finish, Format, Outlet, Clock, Facts};

/// A body that is nothing.
struct Nothing;

impl http_body::Body for Nothing {
    type Data = bytes::Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        self: std::pin::Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Result<http_body::Frame<bytes::Bytes>, Self::Error>>> {
        std::task::Poll::Ready(None)
    }

    fn is_end_stream(&self) -> bool {
        true
    }
}

fuzz_target!(|data: &[u8]| {
    let (accept, kind) = data.split_at(data.len() / 2);
    let mut head = Request::new(()).into_parts().0;
    for (name, value) in [("accept", accept), ("content-type", kind)] {
        if let Ok(value) = HeaderValue::from_bytes(value) {
            head.headers.append(name, value);
        }
    }
    let envelope = Envelope::new(Format::Negotiated);
    let memo = envelope.remember(&head);
    let refused: Response<()> = Denial::new(DenialKind::Forbidden).into_bare_response();
    let response = envelope.finish(memo, refused.map(|()| Nothing), &Facts::new(Clock::system()));
    let kind = response.headers()["content-type"].to_str().expect("a constant");
    assert!(matches!(kind, "application/json" | "application/problem+json" | "application/grpc"));
});
