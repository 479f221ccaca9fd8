//! Signed tokens beside what others do, in one run: time of this thread on a processor, by turns, medians.

pub(crate) mod issuer;
mod theirs;

use crate::{
    ask::Ask,
    case::bare::router,
    clock::thread_nanos,
    failure::Failure,
    load::{Load, Proof, load},
    table::Table,
    versions,
};
use aws_lc_rs::signature::{ED25519, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, VerificationAlgorithm};
use axum::Router;
use data_encoding::BASE64URL_NOPAD;
use http::StatusCode;
use issuer::{SECRET, Signed};
use jsonwebtoken::{Algorithm, DecodingKey};
use palisade_core::{Authenticate, gate};
use palisade_jwt::{Jwt, TokenCache};
use std::hint::black_box;
use tower::Layer as _;

const GOES: usize = 61;
const GO: u64 = 200;

/// Something measured, less what it is measured above.
struct Row {
    what: &'static str,
    load: Load,
    /// A bare request with the same token, or nothing.
    base: Option<Load>,
    goal: Goal,
}

enum Goal {
    None,
    /// At most so many times what this row takes.
    Times(f64, &'static str),
    /// At most so many nanoseconds.
    Nanos(f64),
}

/// Prints the table; whether every goal is kept.
pub(crate) fn print() -> Result<bool, Failure> {
    let mut table = Table::new(["what", "ns", "compared with", "ratio", "goal", ""], 1);
    let mut kept = true;
    for mut rows in [rs256()?, hs256()?, eddsa()?] {
        let figures = in_turns(&mut rows)?;
        let of = |name: &str| {
            let place = rows.iter().position(|row| row.what == name);
            place.and_then(|place| figures.get(place)).copied().ok_or_else(|| Failure::setup("no such row"))
        };
        for (row, nanos) in rows.iter().zip(&figures) {
            let (with, ratio, goal, missed) = match row.goal {
                Goal::None => Default::default(),
                Goal::Nanos(most) => ("", String::new(), format!("{most:.0} ns"), *nanos > most),
                Goal::Times(most, name) => {
                    let ratio = nanos / of(name)?;
                    (name, format!("{ratio:.2}"), format!("{most:.2}"), ratio > most)
                }
            };
            kept &= !missed;
            let verdict = if goal.is_empty() {
                ""
            } else if missed {
                "MISSED"
            } else {
                "ok"
            };
            table.push([row.what.into(), format!("{nanos:.0}"), with.into(), ratio, goal, verdict.into()]);
        }
    }
    let [ours, theirs, back] = ["palisade-jwt", "jsonwebtoken", "aws-lc-rs"].map(versions::of);
    println!(
        "palisade-jwt {ours}, jsonwebtoken {theirs}, aws-lc-rs {back}\n\n\
         Requests are told above a bare request with the same token. \"Anew\": without the cache. \"raw\": the back end alone, key parsed, \
         signature decoded.\nEvery good token is answered with 200 and the handler's body, every forged one with 401.\n\n{table}"
    );
    Ok(kept)
}

/// All rows by turns; the median of the differences.
fn in_turns(rows: &mut [Row]) -> Result<Vec<f64>, Failure> {
    let mut figures = vec![Vec::with_capacity(GOES); rows.len()];
    for _ in 0..GOES {
        for (row, figures) in rows.iter_mut().zip(&mut figures) {
            let base = match &mut row.base {
                Some(base) => timed(base)?,
                None => 0,
            };
            figures.push((timed(&mut row.load)? as f64 - base as f64) / GO as f64);
        }
    }
    figures.into_iter().map(median).collect()
}

fn timed(load: &mut Load) -> Result<u64, Failure> {
    let start = thread_nanos();
    load.work(GO)?;
    Ok(thread_nanos() - start)
}

fn median(mut all: Vec<f64>) -> Result<f64, Failure> {
    all.sort_by(f64::total_cmp);
    all.get(all.len() / 2).copied().ok_or_else(|| Failure::setup("nothing was measured"))
}

fn rs256() -> Result<Vec<Row>, Failure> {
    let signed = Signed::rs256()?;
    let key = DecodingKey::from_rsa_der(&signed.public);
    Ok(vec![
        raw("RS256, raw", &RSA_PKCS1_2048_8192_SHA256, &signed)?,
        alone("RS256, the verifier alone", &signed, Goal::Times(1.25, "RS256, raw"))?,
        ours(
            "RS256, anew, outside",
            signed.jwt()?.without_cache(),
            &signed,
            Goal::Times(1.25, "RS256, raw"),
        )?,
        ours("RS256, remembered, outside", signed.jwt()?, &signed, Goal::Nanos(400.0))?,
        ours(
            "RS256, remembered by digest, outside",
            signed.jwt()?.cache(TokenCache::new().digests_only()),
            &signed,
            Goal::None,
        )?,
        theirs("RS256, from_fn around jsonwebtoken", Algorithm::RS256, key, &signed)?,
    ])
}

fn hs256() -> Result<Vec<Row>, Failure> {
    const THEIRS: &str = "HS256, from_fn around jsonwebtoken";
    let signed = Signed::hs256()?;
    let key = DecodingKey::from_secret(SECRET);
    let remembered = signed.jwt()?.cache(TokenCache::new().also_hmac());
    Ok(vec![
        theirs(THEIRS, Algorithm::HS256, key, &signed)?,
        ours("HS256, anew, outside", signed.jwt()?, &signed, Goal::Times(0.6, THEIRS))?,
        layered("HS256, anew, Router::layer", signed.jwt()?, &signed, Goal::None)?,
        alone("HS256, the verifier alone", &signed, Goal::None)?,
        ours("HS256, remembered, outside", remembered, &signed, Goal::None)?,
    ])
}

fn eddsa() -> Result<Vec<Row>, Failure> {
    let signed = Signed::eddsa()?;
    Ok(vec![
        raw("EdDSA, raw", &ED25519, &signed)?,
        ours(
            "EdDSA, anew, outside",
            signed.jwt()?.without_cache(),
            &signed,
            Goal::Times(1.25, "EdDSA, raw"),
        )?,
        ours("EdDSA, remembered, outside", signed.jwt()?, &signed, Goal::Nanos(400.0))?,
    ])
}

/// As `axum::serve` prepares every router.
fn served(router: Router) -> Router {
    router.with_state(())
}

fn proof(signed: &Signed, ask: Ask) -> Proof {
    Proof { headers: &[], refuses: Some((signed.ask_forged(ask), StatusCode::UNAUTHORIZED)) }
}

fn bare(signed: &Signed, ask: Ask) -> Result<Option<Load>, Failure> {
    load(served(router()), signed.ask(ask), Proof::default()).map(Some)
}

fn ours(what: &'static str, jwt: Jwt, signed: &Signed, goal: Goal) -> Result<Row, Failure> {
    let ask = Ask::palisade();
    let guarded = gate(Authenticate::with(jwt)).layer(served(router()));
    let load = load(guarded, signed.ask(ask), proof(signed, ask))?;
    Ok(Row { what, load, base: bare(signed, ask)?, goal })
}

fn layered(what: &'static str, jwt: Jwt, signed: &Signed, goal: Goal) -> Result<Row, Failure> {
    let ask = Ask::palisade();
    let guarded = served(router().layer(gate(Authenticate::with(jwt))));
    let load = load(guarded, signed.ask(ask), proof(signed, ask))?;
    Ok(Row { what, load, base: bare(signed, ask)?, goal })
}

fn theirs(
    what: &'static str,
    algorithm: Algorithm,
    key: DecodingKey,
    signed: &Signed,
) -> Result<Row, Failure> {
    let ask = Ask::axum();
    let guarded = served(theirs::guarded(router(), algorithm, key));
    let load = load(guarded, signed.ask(ask), proof(signed, ask))?;
    Ok(Row { what, load, base: bare(signed, ask)?, goal: Goal::None })
}

/// The verifier, as a library.
fn alone(what: &'static str, signed: &Signed, goal: Goal) -> Result<Row, Failure> {
    Ok(Row { what, load: signed.verifying()?, base: None, goal })
}

/// The back end alone.
fn raw(
    what: &'static str,
    algorithm: &'static dyn VerificationAlgorithm,
    signed: &Signed,
) -> Result<Row, Failure> {
    let key = ParsedPublicKey::new(algorithm, &signed.public).map_err(Failure::setup)?;
    let (message, signature) = signed.token.rsplit_once('.').unwrap_or_default();
    let signature = BASE64URL_NOPAD.decode(signature.as_bytes()).map_err(Failure::setup)?;
    let load = Load::new(move |times| {
        (0..times)
            .try_for_each(|_| key.verify_sig(black_box(message.as_bytes()), &signature))
            .map_err(Failure::setup)
    });
    Ok(Row { what, load, base: None, goal: Goal::None })
}
