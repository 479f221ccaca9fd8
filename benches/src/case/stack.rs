//! Everything at once.

use super::{
    Case, Contender, Row,
    bare::{BARE_TOKEN, models},
    limit::QUOTA,
    policy::{SCOPE, tokens},
};
use crate::{
    ask::Ask,
    failure::Failure,
    load::{Load, Proof, load},
};
use http::StatusCode;
use palisade::{Auth, Stack, routes::get};
use palisade_routes::Routes;

const STACK: Contender = Contender { name: "stack", load: stack };
const STACK_UNLIMITED: Contender = Contender { name: "stack-unlimited", load: unlimited };

pub(super) fn case() -> Case {
    Case {
        name: "stack",
        rows: vec![
            Row::new(
                "address limit, token, caller's limit, policy, envelope, panics; without the digest",
                STACK,
                BARE_TOKEN,
            )
            .without_digest(),
            Row::new("token, policy, envelope, panics; without the digest", STACK_UNLIMITED, BARE_TOKEN)
                .without_digest(),
        ],
    }
}

fn protected(stack: Stack, headers: &'static [&'static str]) -> Result<Load, Failure> {
    let ask = Ask::palisade();
    let routes = Routes::new().route("/models", get(models).requires(SCOPE));
    let service = stack.protect(routes).map_err(Failure::setup)?;
    let refuses = Some((ask.with_wrong_token(), StatusCode::UNAUTHORIZED));
    load(service, ask.with_token(), Proof { headers, refuses })
}

fn stack() -> Result<Load, Failure> {
    let stack = Stack::new(Auth::with(tokens()?)).address_limit(QUOTA).principal_limit(QUOTA);
    protected(stack, &["x-ratelimit-limit", "ratelimit", "ratelimit-policy"])
}

fn unlimited() -> Result<Load, Failure> {
    protected(Stack::new(Auth::with(tokens()?)), &[])
}
