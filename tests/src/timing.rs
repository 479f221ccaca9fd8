//! Whether time tells a wrong token that is nearly right from one that is not at all.

use crate::server::{TOKEN, tokens};
use http::{HeaderValue, Request, header::AUTHORIZATION, request};
use palisade::{
    Authenticate, Clock, Facts, Guard as _, Secret, UnixTime,
    jwt::{Algorithm, Grant, Issuer, Rejection, SigningKey, SigningKeys, Verifier},
};
use std::{hint::black_box, time::Instant};

const SECRET: &str = "u5vVlqUIBqbbJEMn2b3Ltw9YkQm7ZsP1";
const NOW: UnixTime = UnixTime::from_secs(1_700_000_000);

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

/// What is compared with what: each class of each pair is a kind of wrong credential.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compared {
    /// A static token, off in the first byte or in the last.
    StaticToken,
    /// A token signed with HS256, whose signature is off in the first byte or in the last.
    Hs256,
}

/// Welch's t between the times of both classes, `samples` of each, interleaved at random, without what is slower than nine of ten of the
/// first ones were.
#[must_use]
pub fn welch_t(compared: Compared, samples: usize) -> f64 {
    match compared {
        Compared::StaticToken => {
            let guard = Authenticate::with(tokens());
            t_of(samples, head, |head| one(&guard, head))
        }
        Compared::Hs256 => {
            let (verifier, token) = hs256();
            t_of(samples, |class| forged(&token, class), |token| verify(&verifier, token))
        }
    }
}

fn t_of<T>(samples: usize, make: impl Fn(usize) -> T, time: impl Fn(&T) -> f64) -> f64 {
    let mut random = 0x9e37_79b9_7f4a_7c15u64;
    let mut next = || {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        let class = usize::from(random >> 40 & 1 == 1);
        (class, time(&make(class)))
    };
    let mut first: Vec<f64> = (0..(samples / 10).clamp(1_000, 100_000)).map(|_| next().1).collect();
    first.sort_by(f64::total_cmp);
    let bound = first[first.len() * 9 / 10];
    let mut classes = [Moments::default(), Moments::default()];
    let mut taken = [0; 2];
    while taken.iter().any(|taken| *taken < samples) {
        let (class, nanos) = next();
        if taken[class] < samples {
            taken[class] += 1;
            if nanos <= bound {
                classes[class].add(nanos);
            }
        }
    }
    let [a, b] = classes;
    (a.mean - b.mean) / (a.variance() / a.count + b.variance() / b.count).sqrt()
}

/// A verifier with one secret, and a token that it takes.
fn hs256() -> (Verifier, String) {
    let keys =
        SigningKeys::fixed([SigningKey::hmac(Algorithm::Hs256, &Secret::new(SECRET)).unwrap()]).unwrap();
    let issuer = Issuer::builder("https://api.example").audience("https://api.example").keys(&keys).unwrap();
    let minted = issuer.mint(&Grant::to("ada"), NOW).unwrap();
    let token = String::from_utf8(minted.token.expose().to_vec()).unwrap();
    let verifier = issuer.verifier().unwrap();
    assert!(verifier.verify(&token, NOW).try_now().unwrap().is_ok());
    (verifier, token)
}

/// Off in the first byte of the signature, or in the last whole one; made anew for every sample, as heads are.
fn forged(token: &str, class: usize) -> String {
    let signature = token.rfind('.').unwrap() + 1;
    // The last letter holds four bits of the last byte, so the one before it is changed.
    let at = [signature, token.len() - 2][class];
    let mut bytes = token.as_bytes().to_vec();
    bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
    String::from_utf8(bytes).unwrap()
}

#[inline(never)]
#[allow(clippy::disallowed_methods, reason = "a measurement of time")]
fn verify(verifier: &Verifier, token: &str) -> f64 {
    let start = Instant::now();
    for _ in 0..8 {
        let verdict = verifier.verify(black_box(token), NOW).try_now();
        assert!(matches!(black_box(verdict), Ok(Err(Rejection::BadSignature))));
    }
    start.elapsed().as_nanos() as f64
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

#[derive(Default)]
struct Moments {
    count: f64,
    mean: f64,
    squares: f64,
}

impl Moments {
    fn add(&mut self, time: f64) {
        self.count += 1.0;
        let off = time - self.mean;
        self.mean += off / self.count;
        self.squares += off * (time - self.mean);
    }

    fn variance(&self) -> f64 {
        self.squares / (self.count - 1.0)
    }
}
