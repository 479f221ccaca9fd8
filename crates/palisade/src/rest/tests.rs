//! How much of an unwanted body is read.

use super::*;
use futures_util::stream;
use std::{
    convert::Infallible,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::SeqCst},
    },
};

/// A body of so many chunks, each after a pause, and how many were taken.
fn chunks(many: u64, size: usize, pause: Duration) -> (Body, Arc<AtomicU64>) {
    let taken = Arc::new(AtomicU64::new(0));
    let count = taken.clone();
    let stream = stream::unfold(0, move |at| {
        let count = count.clone();
        async move {
            if !pause.is_zero() {
                tokio::time::sleep(pause).await;
            }
            count.store(at, SeqCst);
            (at < many).then(|| (Ok::<_, Infallible>(Bytes::from(vec![0; size])), at + 1))
        }
    });
    (Body::from_stream(stream), taken)
}

async fn left(many: u64, size: usize, pause: Duration) -> u64 {
    let (body, taken) = chunks(many, size, pause);
    drop(watch(Request::new(body)));
    tokio::time::sleep(Duration::from_secs(3_600)).await;
    taken.load(SeqCst)
}

#[tokio::test(start_paused = true)]
async fn what_nobody_reads_is_discarded_within_bounds() {
    let chunk = 64 << 10;
    assert_eq!(left(300, chunk, Duration::ZERO).await, 300);
    assert_eq!(left(10_000, chunk, Duration::ZERO).await, 512, "32 MiB, and the chunk that is too much");
    assert_eq!(left(10_000, chunk, Duration::from_secs(1)).await, 29, "30 s");
    assert_eq!(left(10_000, chunk, Duration::from_secs(3)).await, 0, "nothing for 2 s");
    assert_eq!(left(10_000, 1, Duration::from_millis(100)).await, 19, "a byte now and then");
}

#[tokio::test(start_paused = true)]
async fn of_http_2_and_of_who_waits_to_be_told_nothing_is_read() {
    for change in [
        |request: &mut Request| *request.version_mut() = Version::HTTP_2,
        |request: &mut Request| {
            request.headers_mut().insert(EXPECT, http::HeaderValue::from_static("100-continue"));
        },
    ] {
        let (body, taken) = chunks(10, 1, Duration::ZERO);
        let mut request = Request::new(body);
        change(&mut request);
        drop(watch(request));
        tokio::time::sleep(Duration::from_secs(60)).await;
        assert_eq!(taken.load(SeqCst), 0);
    }
}
