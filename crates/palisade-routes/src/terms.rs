//! A policy made ready for requests.

use crate::{
    body_limit::BodyBounds,
    pace::Pace,
    policy::{Demand, Policy},
    route_guard::RouteGuard,
};
use axum::response::{IntoResponse, Response};
use http::Extensions;
use palisade_core::{Clock, Denial, Facts, Mode, Require, Route, guard_fn, unguarded};
use std::sync::Arc;

/// What one endpoint asks of every request, shared by its clones.
pub(crate) struct Terms {
    route: Route,
    require: Option<Require>,
    mode: Mode,
    pub(crate) body: BodyBounds,
    pub(crate) guards: Box<[Arc<dyn RouteGuard>]>,
}

impl Terms {
    pub(crate) fn new(template: &str, policy: Policy) -> Self {
        let limit = policy.largest_body();
        let pace = policy.pace.pace();
        let Policy { demand, report_only, never_open, first, made, guards, .. } = policy;
        // Behind all limits, outside and of the route itself: each has counted by then, or said that it could not.
        let counted =
            never_open.then(|| Arc::new(guard_fn(|_, facts| facts.require_counted())) as Arc<dyn RouteGuard>);
        let limits = first.into_iter().chain(made.into_iter().flatten());
        let guards = limits.chain(counted).chain(guards).collect();
        let body = BodyBounds { limit, pace, streams_grpc: false };
        Self { body, guards, ..Self::of(template, &demand, report_only) }
    }

    /// For what is mounted, which may speak gRPC.
    pub(crate) const fn of_mount(mut self) -> Self {
        self.body.streams_grpc = true;
        self
    }

    /// Terms that read no body and ask no guards.
    pub(crate) fn of(template: &str, demand: &Demand, report_only: bool) -> Self {
        Self {
            route: Route::new(template, &demand.to_string(), *demand == Demand::Public),
            require: demand.require(),
            mode: if report_only { Mode::Report } else { Mode::Enforce },
            body: BodyBounds { limit: 0, pace: Pace::DEFAULT, streams_grpc: false },
            guards: Box::default(),
        }
    }

    /// Writes the route into the facts and decides about the caller.
    #[inline]
    pub(crate) fn admit(&self, extensions: &Extensions) -> Result<(), Refusal> {
        let facts = Facts::of(extensions);
        if let Some(facts) = facts {
            facts.note_route(&self.route);
        }
        match (&self.require, facts) {
            (None, _) => Ok(()),
            (Some(require), Some(facts)) => match require.permits(facts) {
                Ok(()) => Ok(()),
                Err(denial) => self.object(denial, Some(facts)),
            },
            (Some(_), None) => self.object(unguarded(), None),
        }
    }

    fn object(&self, denial: Denial, facts: Option<&Facts>) -> Result<(), Refusal> {
        if self.mode(facts) == Mode::Enforce {
            return Err(Refusal { denial, facts: facts.cloned() });
        }
        if let Some(facts) = facts {
            facts.report(&denial);
        }
        Ok(())
    }

    /// The laxer of the route's mode and the stack's.
    pub(crate) fn mode(&self, facts: Option<&Facts>) -> Mode {
        self.mode.or(facts.map(Facts::mode).unwrap_or_default())
    }
}

/// A denial on its way out, with the ledger where there is one.
pub(crate) struct Refusal {
    pub(crate) denial: Denial,
    pub(crate) facts: Option<Facts>,
}

impl Refusal {
    pub(crate) fn new(denial: Denial, extensions: &Extensions) -> Self {
        Self { denial, facts: Facts::of(extensions).cloned() }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        match self.facts {
            Some(facts) => facts.refuse(self.denial),
            None => self.denial.into_response(),
        }
    }
}

/// The request's ledger; guards of a public route without a stack get an empty one.
pub(crate) fn facts_or_new(extensions: &mut Extensions) -> Facts {
    if let Some(facts) = Facts::of(extensions) {
        return facts.clone();
    }
    let facts = Facts::new(Clock::system());
    extensions.insert(facts.clone());
    facts
}
