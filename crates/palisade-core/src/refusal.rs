//! Refusals of whoever is not known.

use crate::{
    challenge::Challenges,
    denial::{Denial, DenialKind},
};

/// The refusal of a request that presents no credential where one is demanded.
#[must_use]
pub(crate) fn missing(challenges: &Challenges) -> Denial {
    Denial::new(DenialKind::Unauthenticated).because("missing_credential").with_challenges(challenges.clone())
}

/// Facts are written once, so everything inside would go by what the outer gate found: refused, because one of both would
/// silently not count.
#[cold]
pub(crate) fn second_opinion() -> Denial {
    tracing::error!(
        target: "palisade::setup",
        "one `Authenticate` stands inside another: keep the outer one, and give it the kinds of both with `.or(…)`"
    );
    Denial::new(DenialKind::Internal).because("authenticated_twice")
}
