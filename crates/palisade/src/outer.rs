//! Limits outside of the routes.

use crate::cors::is_preflight;
use http::request;
use palisade_core::{Denial, Facts, Guard, Reply};
use palisade_limit::RateLimit;
use palisade_routes::Exemptions;

/// The names under which routes are spared a stack's limits.
pub(crate) const ADDRESS: &str = "address";
pub(crate) const PRINCIPAL: &str = "principal";

/// A limit outside of the routes, which spares those that say so.
#[derive(Clone, Debug)]
pub(crate) struct Outer {
    limit: RateLimit,
    name: &'static str,
    exemptions: Option<Exemptions>,
}

impl Outer {
    pub(crate) const fn new(limit: RateLimit, name: &'static str, exemptions: Option<Exemptions>) -> Self {
        Self { limit, name, exemptions }
    }
}

impl Guard for Outer {
    type Pass = Option<<RateLimit as Guard>::Pass>;

    #[inline]
    fn check(&self, head: &request::Parts, facts: &Facts) -> Reply<Result<Self::Pass, Denial>> {
        match &self.exemptions {
            Some(exempt) if exempt.spare(self.name, &head.method, head.uri.path()) => Reply::now(Ok(None)),
            Some(_) | None => self.limit.check(head, facts).map(|verdict| verdict.map(Some)),
        }
    }
}

/// The address limit, for the requests that CORS will answer itself.
#[derive(Clone, Debug)]
pub(crate) struct OnPreflight(pub(crate) RateLimit);

impl Guard for OnPreflight {
    type Pass = Option<<RateLimit as Guard>::Pass>;

    #[inline]
    fn check(&self, head: &request::Parts, facts: &Facts) -> Reply<Result<Self::Pass, Denial>> {
        if is_preflight(head) {
            self.0.check(head, facts).map(|verdict| verdict.map(Some))
        } else {
            Reply::now(Ok(None))
        }
    }
}
