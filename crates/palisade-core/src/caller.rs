//! The caller, where there must be one.

use crate::{
    denial::{Denial, DenialKind},
    facts::Facts,
    identity::Identity,
    principal::Principal,
    require::{Require, unguarded},
    route::Route,
};

/// Whether the route that answers lets anybody in, and so knows nobody.
pub(crate) fn is_public(facts: &Facts) -> bool {
    facts.route().is_some_and(Route::is_public)
}

/// The caller; 401 where there is none, 500 where there can be none.
pub(crate) fn caller(facts: &Facts) -> Result<&Principal, Denial> {
    if is_public(facts) {
        return Err(of_public_route(facts));
    }
    match facts.identity() {
        Some(Identity::Known(principal)) => Ok(principal),
        Some(Identity::Unchecked) => Err(unchecked()),
        Some(Identity::Nobody(_) | Identity::Refused(_)) | None => {
            Err(Require::authenticated().permits(facts).err().unwrap_or_else(unguarded))
        }
    }
}

#[cold]
fn of_public_route(facts: &Facts) -> Denial {
    tracing::error!(
        target: "palisade::setup",
        route = facts.route().map(Route::template),
        "a handler of a public route asks for its caller: declare the route `.authenticated()` or `.requires(…)`, or \
         `.optional()` and take an `Option<Principal>`"
    );
    Denial::new(DenialKind::Internal).because("caller_of_public_route")
}

#[cold]
fn unchecked() -> Denial {
    tracing::error!(
        target: "palisade::setup",
        "a handler asks for its caller, and authentication is disabled: take an `Option<Principal>`, or an \
         `Option<Granted<…>>`, or enable it"
    );
    Denial::new(DenialKind::Internal).because("authentication_disabled")
}
