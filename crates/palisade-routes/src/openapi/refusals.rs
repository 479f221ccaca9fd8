//! What an operation can refuse, by what its policy says.

use super::surroundings::Surroundings;
use crate::{description::Place, policy::Demand, table::Row};
use palisade_core::DenialKind;
use std::collections::BTreeMap;
use utoipa::openapi::path::HttpMethod;

/// The refusals of a row, one a status: whatever comes first under a status gives it its words.
pub(super) fn refusals(row: &Row, method: &HttpMethod, around: &Surroundings) -> BTreeMap<u16, DenialKind> {
    let policy = row.policy();
    let mut kinds = row.description().map(|description| description.refusals.clone()).unwrap_or_default();
    // Two credentials, a path with two readings: refused before anything is asked.
    kinds.push(DenialKind::Invalid);
    if policy.demand != Demand::Public {
        kinds.push(DenialKind::Unauthenticated);
    }
    if matches!(policy.demand, Demand::Requires(_)) || around.has_networks {
        kinds.push(DenialKind::Forbidden);
    }
    if takes_body(row, method) {
        kinds.extend([DenialKind::Timeout, DenialKind::PayloadTooLarge]);
    }
    if row.description().is_some_and(|description| !description.takes.is_empty()) {
        kinds.push(DenialKind::UnsupportedMediaType);
    }
    if is_limited(row, around) {
        kinds.push(DenialKind::RateLimited);
    }
    // What callers fill in can be too long.
    let has = |place| has_parameter(row, place);
    if row.path.contains('{') || has(Place::Query) {
        kinds.push(DenialKind::UriTooLong);
    }
    if has(Place::Header) {
        kinds.push(DenialKind::HeadersTooLarge);
    }
    kinds.extend([DenialKind::Internal, DenialKind::Unavailable]);
    let mut refusals = BTreeMap::new();
    for kind in kinds {
        refusals.entry(kind.status().as_u16()).or_insert(kind);
    }
    refusals
}

/// Whether any limit counts requests to it.
pub(super) fn is_limited(row: &Row, around: &Surroundings) -> bool {
    !row.policy().limits().is_empty() || is_limited_outside(row, around)
}

/// Whether a limit has counted a request by the time it is refused so: those outside of all routes have, but for heads that are too long;
/// those of its own come after its policy.
pub(super) fn is_counted(kind: DenialKind, row: &Row, around: &Surroundings) -> bool {
    if matches!(kind, DenialKind::UriTooLong | DenialKind::HeadersTooLarge) {
        return false;
    }
    let by_the_policy = matches!(kind, DenialKind::Unauthenticated | DenialKind::Forbidden);
    is_limited_outside(row, around) || (!row.policy().limits().is_empty() && !by_the_policy)
}

fn has_parameter(row: &Row, place: Place) -> bool {
    let mut told = row.description().into_iter().flat_map(|description| &description.parameters);
    told.any(|parameter| parameter.place == place)
}

fn is_limited_outside(row: &Row, around: &Surroundings) -> bool {
    around.limits.iter().any(|limit| !row.policy().exemptions().contains(limit))
}

fn takes_body(row: &Row, method: &HttpMethod) -> bool {
    matches!(method, HttpMethod::Post | HttpMethod::Put | HttpMethod::Patch)
        || row.description().is_some_and(|description| !description.takes.is_empty())
}
