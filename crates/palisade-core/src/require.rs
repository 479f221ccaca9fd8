//! What an operation demands of its caller, decided from the facts alone.

use crate::{
    challenge::{Challenge, Challenges},
    denial::{Denial, DenialKind},
    facts::Facts,
    guard::Guard,
    identity::Identity,
    refusal::missing,
    reply::Reply,
    scope::Requirement,
};
use http::request;

/// A demand on the caller: somebody known, or somebody with these scopes.
///
/// | demand | known | nobody | refused |
/// | --- | --- | --- | --- |
/// | [`optional`](Self::optional) | passes | passes | the refusal |
/// | [`authenticated`](Self::authenticated) | passes | 401, all challenges | the refusal |
/// | [`scopes`](Self::scopes) | passes, or 403 naming the scopes | 401 | the refusal |
///
/// Where authentication is disabled by the application's written choice, every demand is met.
/// Without [`Authenticate`](crate::Authenticate) outside of it, it refuses with 500 and logs the fix: a fence without a gate
/// must not look open.
///
/// ```
/// use palisade_core::{Require, Scope};
///
/// const READ: Scope = Scope::from_static("read_models");
/// let require = Require::scopes(READ);
/// # let _ = require;
/// ```
#[derive(Clone, Debug)]
pub struct Require {
    demand: Demand,
    lacking: Denial,
}

#[derive(Clone, Debug)]
enum Demand {
    Optional,
    Authenticated,
    Scopes(Requirement),
}

impl Require {
    /// Anybody, but whoever presents a credential must present a good one.
    #[must_use]
    pub fn optional() -> Self {
        Self { demand: Demand::Optional, lacking: Denial::new(DenialKind::Forbidden) }
    }

    /// Anybody who is known.
    #[must_use]
    pub fn authenticated() -> Self {
        Self { demand: Demand::Authenticated, lacking: Denial::new(DenialKind::Forbidden) }
    }

    /// Somebody with these scopes.
    #[must_use]
    pub fn scopes(requirement: impl Into<Requirement>) -> Self {
        let requirement = requirement.into();
        let named = requirement.scopes().to_string();
        let challenge = Challenge::new("Bearer", "api")
            .and_then(|challenge| challenge.with("error", "insufficient_scope")?.with("scope", &named));
        // Scopes are born of the challenge's own alphabet, so it can always be written.
        let challenges = challenge.map(Challenges::from).unwrap_or_default();
        let lacking =
            Denial::new(DenialKind::Forbidden).because("insufficient_scope").with_challenges(challenges);
        Self { demand: Demand::Scopes(requirement), lacking }
    }

    /// The verdict, from what the facts say of the caller.
    ///
    /// # Errors
    ///
    /// The denial of the table above.
    #[inline]
    pub fn permits(&self, facts: &Facts) -> Result<(), Denial> {
        match (facts.identity(), &self.demand) {
            (Some(Identity::Known(principal)), Demand::Scopes(requirement)) => {
                if requirement.is_met_by(principal.scopes()) { Ok(()) } else { Err(self.lacking.clone()) }
            }
            (Some(Identity::Known(_) | Identity::Unchecked), _)
            | (Some(Identity::Nobody(_)), Demand::Optional) => Ok(()),
            (Some(Identity::Nobody(challenges)), _) => Err(missing(challenges)),
            (Some(Identity::Refused(denial)), _) => Err(denial.clone()),
            (None, _) => Err(unguarded()),
        }
    }

    /// The refusal of a known caller who lacks a scope.
    pub(crate) fn lacking(self) -> Denial {
        self.lacking
    }
}

/// The refusal where nobody looked for a credential at all.
#[must_use]
pub fn unguarded() -> Denial {
    tracing::error!(
        target: "palisade::setup",
        "a route demands a caller, but no `Authenticate` stands outside of it: wrap the router with `Stack::protect`, \
         or add `gate(Authenticate::with(…))` outside"
    );
    Denial::new(DenialKind::Internal).because("authentication_layer_missing")
}

impl Guard for Require {
    type Pass = ();

    #[inline]
    fn check(&self, _: &request::Parts, facts: &Facts) -> Reply<Result<(), Denial>> {
        Reply::now(self.permits(facts))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{clock::Clock, principal::Principal, scope::Scope};

    const RUN: Scope = Scope::from_static("run");

    fn check(require: &Require, identity: Option<Identity>, expected: Result<(), u16>) {
        let facts = Facts::new(Clock::system());
        if let Some(identity) = identity {
            facts.note_identity(identity);
        }
        let verdict = require.permits(&facts).map_err(|denial| denial.kind().status().as_u16());
        assert_eq!(verdict, expected, "{require:?}");
    }

    #[test]
    fn three_demands_against_three_identities_and_none() {
        let known =
            || Some(Identity::Known(Principal::new("static", "a").with_scopes("run".parse().unwrap())));
        let poor = || Some(Identity::Known(Principal::new("static", "a")));
        let nobody = || Some(Identity::Nobody(Challenges::default()));
        let refused = |kind| Some(Identity::Refused(Denial::new(kind)));
        for require in [Require::optional(), Require::authenticated(), Require::scopes(RUN)] {
            check(&require, known(), Ok(()));
            check(&require, refused(DenialKind::Unauthenticated), Err(401));
            check(&require, refused(DenialKind::Unavailable), Err(503));
            check(&require, None, Err(500));
        }
        check(&Require::scopes(RUN), Some(Identity::Unchecked), Ok(()));
        check(&Require::optional(), nobody(), Ok(()));
        check(&Require::authenticated(), nobody(), Err(401));
        check(&Require::scopes(RUN), nobody(), Err(401));
        check(&Require::authenticated(), poor(), Ok(()));
        check(&Require::scopes(RUN), poor(), Err(403));
    }

    #[test]
    fn the_403_names_every_scope_of_the_operation() {
        let require = Require::scopes(RUN & Scope::from_static("stream"));
        let lines: Vec<_> = require.lacking.challenges().iter().collect();
        assert_eq!(lines, ["Bearer realm=\"api\", error=\"insufficient_scope\", scope=\"run stream\""]);
    }
}
