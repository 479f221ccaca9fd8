//! Who may call, and how much is read.

use crate::{
    limit::RouteLimit,
    pace::{OwnPace, Pace},
    route_guard::RouteGuard,
};
use palisade_core::{By, Guard, Require, Requirement};
use std::{fmt, sync::Arc, time::Duration};

/// How many bytes of a request body a route reads where it says nothing else: 2 MiB.
pub const DEFAULT_BODY_LIMIT: usize = 2 * 1024 * 1024;

/// What a route demands of its caller, and how much of a body it reads.
///
/// Made by [`public`], [`optional`], [`authenticated`] and [`requires`]; there is no default, so that an open route is a
/// written word.
///
/// ```
/// use palisade_core::Scope;
/// use palisade_routes::requires;
///
/// let policy = requires(Scope::from_static("write_models")).body_limit(10 << 20);
/// assert_eq!(policy.to_string(), "requires write_models");
/// ```
#[derive(Clone)]
#[must_use = "a policy does nothing until a route or a mount takes it"]
pub struct Policy {
    pub(crate) demand: Demand,
    pub(crate) body_limit: Option<usize>,
    /// What it says of the pace of bodies itself.
    pub(crate) pace: OwnPace,
    pub(crate) report_only: bool,
    pub(crate) critical: bool,
    pub(crate) never_open: bool,
    /// Asked before the limits: what refuses for the service's sake, and nobody's quota shall pay for.
    pub(crate) first: Vec<Arc<dyn RouteGuard>>,
    pub(crate) limits: Vec<RouteLimit>,
    /// What was made of the limits; `None` until somebody was asked to.
    pub(crate) made: Option<Vec<Arc<dyn RouteGuard>>>,
    pub(crate) guards: Vec<Arc<dyn RouteGuard>>,
    pub(crate) exempt: Vec<&'static str>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Demand {
    Public,
    Optional,
    Authenticated,
    Requires(Requirement),
}

/// Anybody, whatever they present; extractors see no identity that was refused.
pub const fn public() -> Policy {
    Policy::new(Demand::Public)
}

/// Anybody, but whoever presents a credential must present a good one.
pub const fn optional() -> Policy {
    Policy::new(Demand::Optional)
}

/// Anybody who is known.
pub const fn authenticated() -> Policy {
    Policy::new(Demand::Authenticated)
}

/// Somebody with these scopes.
pub fn requires(requirement: impl Into<Requirement>) -> Policy {
    Policy::new(Demand::Requires(requirement.into()))
}

impl Policy {
    const fn new(demand: Demand) -> Self {
        Self {
            demand,
            body_limit: None,
            pace: OwnPace::NONE,
            report_only: false,
            critical: false,
            never_open: false,
            first: Vec::new(),
            limits: Vec::new(),
            made: None,
            guards: Vec::new(),
            exempt: Vec::new(),
        }
    }

    /// Reads at most this many bytes of a request body, whatever the handler takes it as; [`DEFAULT_BODY_LIMIT`] otherwise.
    pub const fn body_limit(mut self, bytes: usize) -> Self {
        self.body_limit = Some(bytes);
        self
    }

    /// Gives a client this long for a request body, at most a day, counted while it is waited for; then it is 408.
    /// [`DEFAULT_BODY_DEADLINE`](crate::DEFAULT_BODY_DEADLINE) otherwise.
    pub fn body_deadline(mut self, deadline: Duration) -> Self {
        self.pace.deadline = Some(Some(deadline.min(Pace::LONGEST)));
        self
    }

    /// Wants so many bytes of a request body in a second, looked at every five seconds of waiting; fewer are 408.
    /// [`DEFAULT_BODY_RATE`](crate::DEFAULT_BODY_RATE) otherwise; 0 for any.
    pub const fn body_rate(mut self, bytes_per_second: u32) -> Self {
        self.pace.rate = Some(bytes_per_second);
        self
    }

    /// Waits for a request body for as long as the connection lasts: for streams that a client writes to now and then. Whoever
    /// may call can hold a connection and a task for as long as they like.
    pub const fn dangerous_slow_body(mut self) -> Self {
        self.pace = OwnPace::ANY;
        self
    }

    /// Writes down whom it would refuse, and refuses nobody. The body limit still holds: it judges no caller.
    pub const fn report_only(mut self) -> Self {
        self.report_only = true;
        self
    }

    /// Goes on when the service is so busy that other routes are refused; see [`Routes::guard_ordinary`](crate::Routes::guard_ordinary).
    pub const fn critical(mut self) -> Self {
        self.critical = true;
        self
    }

    /// Refuses (503) what a limit let pass without counting it, because its store did not answer and it was told to open then:
    /// for login and management, where guessing must never become free.
    ///
    /// It holds for limits outside of the routes too. A stack makes limits of this route's words that never open.
    pub const fn never_open(mut self) -> Self {
        self.never_open = true;
        self
    }

    /// Counts requests to this route, after the policy and before its guards: `"5/minute"` for each verified caller, or each
    /// client address where there is none.
    ///
    /// The words are read where a stack makes limiters of them; mistakes are told there, with the path.
    pub fn limit(mut self, quotas: &str) -> Self {
        self.limits.push(RouteLimit::new(quotas, None));
        self
    }

    /// As [`limit`](Self::limit), counted by something else.
    pub fn limit_by(mut self, by: By, quotas: &str) -> Self {
        self.limits.push(RouteLimit::new(quotas, Some(by)));
        self
    }

    /// Spares this route a limit that stands outside of all routes, by that limit's name (`"address"` or `"principal"` in a
    /// stack): neither charged nor refused by it.
    pub fn exempt_from(mut self, limit: &'static str) -> Self {
        self.exempt.push(limit);
        self
    }

    /// Adds a guard that is asked after the policy and its limits.
    pub fn guard(mut self, guard: impl Guard) -> Self {
        self.guards.push(Arc::new(guard));
        self
    }

    /// Whether anybody may call, whatever they present.
    #[must_use]
    pub const fn is_public(&self) -> bool {
        matches!(self.demand, Demand::Public)
    }

    /// Whether somebody may call who presents nothing.
    pub(crate) const fn admits_strangers(&self) -> bool {
        matches!(self.demand, Demand::Public | Demand::Optional)
    }

    /// Whether anybody may call who presents nothing, or something good.
    #[must_use]
    pub const fn is_optional(&self) -> bool {
        matches!(self.demand, Demand::Optional)
    }

    /// The scopes demanded, where scopes are.
    #[must_use]
    pub const fn requirement(&self) -> Option<&Requirement> {
        match &self.demand {
            Demand::Requires(requirement) => Some(requirement),
            Demand::Public | Demand::Optional | Demand::Authenticated => None,
        }
    }

    /// The longest request body that is read, in bytes.
    #[must_use]
    pub const fn largest_body(&self) -> usize {
        match self.body_limit {
            Some(bytes) => bytes,
            None => DEFAULT_BODY_LIMIT,
        }
    }

    /// The limits declared for this route alone.
    #[must_use]
    pub fn limits(&self) -> &[RouteLimit] {
        &self.limits
    }

    /// The names of outer limits that spare this route.
    #[must_use]
    pub fn exemptions(&self) -> &[&'static str] {
        &self.exempt
    }

    /// Whether it goes on when other routes are refused because the service is busy.
    #[must_use]
    pub const fn is_critical(&self) -> bool {
        self.critical
    }

    /// Whether it refuses what a limit could not count.
    #[must_use]
    pub const fn is_never_open(&self) -> bool {
        self.never_open
    }

    /// Whether it only reports.
    #[must_use]
    pub const fn is_report_only(&self) -> bool {
        self.report_only
    }
}

impl Demand {
    /// The check behind the word; nothing is checked where anybody may call.
    pub(crate) fn require(&self) -> Option<Require> {
        match self {
            Self::Public => None,
            Self::Optional => Some(Require::optional()),
            Self::Authenticated => Some(Require::authenticated()),
            Self::Requires(requirement) => Some(Require::scopes(requirement.clone())),
        }
    }

    /// The laxer of two, where scopes count as any known caller.
    pub(crate) fn laxer(&self, other: &Self) -> Self {
        match (self, other) {
            (Self::Public, _) | (_, Self::Public) => Self::Public,
            (Self::Optional, _) | (_, Self::Optional) => Self::Optional,
            (Self::Authenticated | Self::Requires(_), Self::Authenticated | Self::Requires(_)) => {
                Self::Authenticated
            }
        }
    }
}

impl fmt::Display for Demand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Public => f.write_str("public"),
            Self::Optional => f.write_str("optional"),
            Self::Authenticated => f.write_str("authenticated"),
            Self::Requires(requirement) => write!(f, "requires {requirement}"),
        }
    }
}

/// The demand in words; what else the policy says stands in the table.
impl fmt::Display for Policy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.demand.fmt(f)
    }
}

impl fmt::Debug for Policy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Policy")
            .field("demand", &format_args!("{}", self.demand))
            .field("body_limit", &self.largest_body())
            .field("body_pace", &format_args!("{}", self.pace.pace()))
            .field("report_only", &self.report_only)
            .field("critical", &self.critical)
            .field("never_open", &self.never_open)
            .field("limits", &self.limits)
            .field("guards", &(self.first.len() + self.guards.len()))
            .field("exempt", &self.exempt)
            .finish()
    }
}
