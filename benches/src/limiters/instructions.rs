//! Instructions above a bare router.

use super::Found;
use crate::{
    case::{self, Row},
    failure::Failure,
    measure::Measurements,
};

/// What everybody is compared with.
const THEIRS: &str = "tower-governor-layered";

/// One client, every limiter as most people install it, and ours where it belongs.
pub(super) fn compare() -> Result<Vec<Found>, Failure> {
    let rows = case::limit::case().rows;
    let mut measurements = Measurements::default();
    let mut above = |name: &str| {
        let row: Option<&Row> = rows.iter().find(|row| row.contender.name == name);
        measurements.above(row.ok_or_else(|| Failure::Unknown(name.to_owned()))?)
    };
    let theirs = above(THEIRS)?;
    let mut found = Vec::new();
    for (name, contender, goal) in [
        (THEIRS, "tower_governor, 2 headers, Router::layer", None),
        ("limit-layered", "palisade, 3 headers, Router::layer", Some(0.9)),
        ("limit-outside", "palisade, 3 headers, outside", Some(0.62)),
        ("axum-governor-layered", "axum-governor, 5 headers, Router::layer", None),
    ] {
        let figure = above(name)?;
        let ratio = figure as f64 / theirs as f64;
        found.push(Found { what: "instructions, one client", contender, figure, ratio, goal });
    }
    Ok(found)
}
