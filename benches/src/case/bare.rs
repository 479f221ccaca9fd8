//! axum without anything.

use super::Contender;
use crate::{
    ask::Ask,
    failure::Failure,
    load::{BODY, Load, Proof, load},
};
use axum::{Router, routing::get};

pub(super) const BARE: Contender = Contender { name: "bare", load: bare };
pub(super) const BARE_AGAIN: Contender = Contender { name: "bare-again", load: bare };
/// As axum serves it.
pub(super) const BARE_AXUM: Contender = Contender { name: "bare-axum", load: bare_axum };
/// Asked with a token that nobody reads.
pub(super) const BARE_TOKEN: Contender = Contender { name: "bare-token", load: bare_token };
/// Asked with an API key that nobody reads.
pub(super) const BARE_KEY: Contender = Contender { name: "bare-key", load: bare_key };
pub(super) const BARE_AXUM_TOKEN: Contender = Contender { name: "bare-axum-token", load: bare_axum_token };
/// As `axum::serve` prepares it: every route is made once, not for every request.
pub(super) const BARE_SERVED: Contender = Contender { name: "bare-served", load: bare_served };
pub(super) const BARE_TOKEN_SERVED: Contender =
    Contender { name: "bare-token-served", load: bare_token_served };
/// Nothing at all.
pub(crate) const NOTHING: Contender = Contender { name: "nothing", load: nothing };

/// The service that everybody guards.
pub(crate) fn router() -> Router {
    Router::new().route("/models", get(models))
}

pub(crate) async fn models() -> &'static str {
    BODY
}

fn bare() -> Result<Load, Failure> {
    load(router(), Ask::palisade(), Proof::default())
}

fn bare_served() -> Result<Load, Failure> {
    load(router().with_state(()), Ask::palisade(), Proof::default())
}

fn bare_token_served() -> Result<Load, Failure> {
    load(router().with_state(()), Ask::palisade().with_token(), Proof::default())
}

fn bare_axum() -> Result<Load, Failure> {
    load(router(), Ask::axum(), Proof::default())
}

fn bare_token() -> Result<Load, Failure> {
    load(router(), Ask::palisade().with_token(), Proof::default())
}

fn bare_key() -> Result<Load, Failure> {
    let key =
        concat!("Bearer acme_live_", "4kQ9xZ0aBcDe", "u5vVlqUIBqbbJEMn2b3Ltw9YzBf0cQe1sXkT7mHdRoA", "3nGq8P");
    load(router(), Ask::palisade().with_authorization(key), Proof::default())
}

fn bare_axum_token() -> Result<Load, Failure> {
    load(router(), Ask::axum().with_token(), Proof::default())
}

fn nothing() -> Result<Load, Failure> {
    Ok(Load::new(|times| {
        (0..times).for_each(|time| {
            std::hint::black_box(time);
        });
        Ok(())
    }))
}
