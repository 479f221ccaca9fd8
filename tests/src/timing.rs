//! Whether time tells a wrong token that is nearly right from one that is not at all.

use crate::server::{TOKEN, tokens};
use http::{HeaderValue, Request, header::AUTHORIZATION, request};
use palisade::{Authenticate, Clock, Facts, Guard as _};
use std::{hint::black_box, time::Instant};

/// A request with a wrong token of the right length: off in the first byte, or in the last.
///
/// Made anew for every sample, so that both classes lie in the same places in memory: where a value lies shows in its time too.
fn head(class: usize) -> request::Parts {
    let at = [0, TOKEN.len() - 1][class];
    let mut token = TOKEN.as_bytes().to_vec();
    token[at] = if token[at] == b'A' { b'B' } else { b'A' };
    let mut head = Request::new(()).into_parts().0;
    let line = [b"Bearer ", token.as_slice()].concat();
    head.headers.insert(AUTHORIZATION, HeaderValue::from_bytes(&line).unwrap());
    head
}

/// Welch's t between the times of both classes, `samples` of each, interleaved at random, without the slowest tenth.
#[must_use]
pub fn welch_t(samples: usize) -> f64 {
    let guard = Authenticate::with(tokens());
    let mut times = [Vec::with_capacity(samples), Vec::with_capacity(samples)];
    let mut random = 0x9e37_79b9_7f4a_7c15u64;
    while times.iter().any(|times| times.len() < samples) {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        let class = usize::from(random >> 40 & 1 == 1);
        let nanos = one(&guard, &head(class));
        if times[class].len() < samples {
            times[class].push(nanos);
        }
    }
    let mut pooled: Vec<f64> = times.iter().flatten().copied().collect();
    pooled.sort_by(f64::total_cmp);
    let bound = pooled[pooled.len() * 9 / 10];
    let [a, b] = times.map(|times| moments(times.into_iter().filter(|time| *time <= bound)));
    (a.mean - b.mean) / (a.variance / a.count + b.variance / b.count).sqrt()
}

#[inline(never)]
#[allow(clippy::disallowed_methods, reason = "a measurement of time")]
fn one(guard: &Authenticate, head: &request::Parts) -> f64 {
    let facts = Facts::new(Clock::system());
    let start = Instant::now();
    for _ in 0..8 {
        let verdict = guard.check(black_box(head), &facts).try_now();
        assert!(matches!(black_box(verdict), Ok(Err(_))));
    }
    start.elapsed().as_nanos() as f64
}

struct Moments {
    count: f64,
    mean: f64,
    variance: f64,
}

fn moments(times: impl Iterator<Item = f64>) -> Moments {
    let (mut count, mut mean, mut squares) = (0.0, 0.0, 0.0);
    for time in times {
        count += 1.0;
        let off = time - mean;
        mean += off / count;
        squares += off * (time - mean);
    }
    Moments { count, mean, variance: squares / (count - 1.0) }
}
