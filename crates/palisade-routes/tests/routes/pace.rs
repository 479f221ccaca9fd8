use crate::support::{Caller, app, facts, request};
use axum::body::{Body, Bytes};
use palisade_routes::{Routes, any, post};
use std::{convert::Infallible, time::Duration};
use tokio::time::{Instant, sleep};
use tokio_stream::StreamExt as _;

/// A body of frames of this many bytes, one in a second.
fn slow(frames: usize, bytes: usize) -> Body {
    let frames = tokio_stream::iter(0..frames).then(move |_| async move {
        sleep(Duration::from_secs(1)).await;
        Ok::<_, Infallible>(Bytes::from(vec![b'x'; bytes]))
    });
    Body::from_stream(frames)
}

async fn length(body: Bytes) -> String {
    body.len().to_string()
}

#[tokio::test(start_paused = true)]
async fn a_body_that_takes_too_long_is_408() {
    let routes = || -> Routes {
        Routes::new()
            .route("/default", post(length).public())
            .route("/short", post(length).public().body_deadline(Duration::from_secs(3)))
            .route("/any", post(length).public().dangerous_slow_body())
            .route("/text", post(async |text: String| text).public())
    };
    for (path, frames, bytes, expected, within) in [
        ("/default", 20, 1000, 200, 20),
        ("/default", 40, 1000, 408, 30),
        ("/default", 20, 1, 408, 5),
        ("/default", usize::MAX, 0, 408, 5),
        ("/short", 2, 1000, 200, 2),
        ("/short", 4, 1000, 408, 3),
        ("/any", 100, 1, 200, 100),
        ("/text", 40, 1000, 408, 30),
    ] {
        let begin = Instant::now();
        let response = app(routes()).send(request("POST", path, Caller::Nobody, slow(frames, bytes))).await;
        assert_eq!(response.status(), expected, "{path} {frames} {bytes}");
        assert_eq!(begin.elapsed().as_secs(), within, "{path} {frames} {bytes}");
        if expected == 408 {
            assert_eq!(response.headers()["connection"], "close");
            assert_eq!(facts(&response).denial().unwrap().kind().code(), "REQUEST_TIMEOUT");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_body_that_is_too_long_is_drained_within_bounds_before_it_is_refused() {
    let routes = || -> Routes { Routes::new().route("/", any(length).public().body_limit(1500)) };
    // Frames that keep coming are read for five seconds; a pause of half a second ends it, as does the end of the body.
    for (body, within) in [
        (slow(3, 1000), 2_500),
        (
            Body::from_stream(tokio_stream::iter(vec![
                Ok::<_, Infallible>(Bytes::from(vec![b'x'; 1000]));
                20
            ])),
            0,
        ),
    ] {
        let begin = Instant::now();
        let response = app(routes()).send(request("POST", "/", Caller::Nobody, body)).await;
        assert_eq!(response.status(), 413);
        assert_eq!(begin.elapsed().as_millis(), within);
    }
}
