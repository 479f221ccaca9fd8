//! Whether time tells why a key was refused.

use crate::{
    client::Answer,
    keys::{Fate, Service},
};
use axum::{body::Body, extract::ConnectInfo};
use http::Request;
use http_body_util::BodyExt as _;
use palisade::Protected;
use std::{hint::black_box, net::SocketAddr, time::Instant};
use tokio::runtime::Runtime;
use tower::ServiceExt as _;

/// So many keys of each fate, asked for in turn.
const KEYS: usize = 32;

/// The median time, in nanoseconds, of the whole answer to a key of each fate in [`Fate::REFUSED`], `samples` of each,
/// interleaved at random; everything is in the cache. All answers are the same to the byte,
/// but for the name of the request.
#[must_use]
pub fn medians(samples: usize) -> [f64; 5] {
    let runtime = Runtime::new().unwrap();
    let service = Service::new();
    let keys = Fate::REFUSED.map(|fate| {
        let key = |_| runtime.block_on(service.key(fate)).expose().to_owned();
        (0..KEYS).map(key).collect::<Vec<_>>()
    });
    let nameless = |key: &String| {
        let mut answer = runtime.block_on(answer(&service.app, request(key)));
        answer.headers.remove("x-request-id");
        answer
    };
    let first = nameless(&keys[0][0]);
    assert_eq!(first.status, 401);
    assert!(keys.iter().flatten().all(|key| nameless(key) == first));
    let mut times = [const { Vec::new() }; 5];
    let mut random = 0x9e37_79b9_7f4a_7c15u64;
    while times.iter().any(|times| times.len() < samples) {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        let class = (random >> 40) as usize % 5;
        let key = &keys[class][(random >> 20) as usize % KEYS];
        let nanos = one(&runtime, &service.app, request(key));
        if times[class].len() < samples {
            times[class].push(nanos);
        }
    }
    times.map(|mut times: Vec<f64>| {
        times.sort_by(f64::total_cmp);
        times[times.len() / 2]
    })
}

fn request(key: &str) -> Request<Body> {
    let mut request = Request::get("/models").header("x-api-key", key).body(Body::empty()).unwrap();
    request.extensions_mut().insert(ConnectInfo(SocketAddr::from(([192, 0, 2, 1], 40_000))));
    request
}

async fn answer(app: &Protected, request: Request<Body>) -> Answer {
    let (head, body) = app.clone().oneshot(request).await.unwrap().into_parts();
    Answer { status: head.status, headers: head.headers, body: body.collect().await.unwrap().to_bytes() }
}

#[inline(never)]
#[allow(clippy::disallowed_methods, reason = "a measurement of time")]
fn one(runtime: &Runtime, app: &Protected, request: Request<Body>) -> f64 {
    let start = Instant::now();
    let answer = runtime.block_on(answer(app, black_box(request)));
    let took = start.elapsed().as_nanos() as f64;
    black_box(answer);
    took
}
