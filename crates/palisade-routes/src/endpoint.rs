//! Handlers with a method and a policy.

use crate::{
    description::Description,
    guarded::Guarded,
    policy::{Policy, authenticated, optional, public, requires},
    terms::Terms,
    verb::Verb,
};
use axum::{
    handler::Handler,
    routing::{MethodRouter, any as any_method, on},
};
use palisade_core::{By, Guard, Requirement};
use std::{fmt, sync::Arc, time::Duration};

/// A handler whose method is known and whose policy is not: no endpoint yet, so routes do not take it.
#[must_use = "state a policy: `.public()`, `.optional()`, `.authenticated()` or `.requires(…)`"]
pub struct WithoutPolicy<S> {
    earlier: Vec<Door<S>>,
    verb: Verb,
    build: Build<S>,
}

/// What stands at one path: handlers, each with its method and its policy.
///
/// Methods such as [`post`](Self::post) go on with another handler; [`body_limit`](Self::body_limit) and its kin speak of the
/// handler before them.
#[must_use = "an endpoint does nothing until `Routes::route` takes it"]
pub struct Endpoint<S = ()> {
    earlier: Vec<Door<S>>,
    last: Door<S>,
}

/// One handler, kept as what makes a method router of it once its terms are ready.
pub(crate) struct Door<S> {
    pub(crate) verb: Verb,
    pub(crate) policy: Policy,
    pub(crate) description: Option<Box<Description>>,
    pub(crate) build: Build<S>,
}

pub(crate) type Build<S> = Box<dyn FnOnce(Arc<Terms>) -> MethodRouter<S> + Send + Sync>;

/// What a path of [`Routes`](crate::Routes) can hold: only [`Endpoint`], whose handlers all state a policy.
#[diagnostic::on_unimplemented(
    message = "this handler states no policy",
    label = "who may call it?",
    note = "use `get`, `post`, … of `palisade_routes` and add `.public()`, `.optional()`, `.authenticated()` or `.requires(…)`",
    note = "an existing `axum::Router` or tower service goes in with `.mount(path, policy, service)`"
)]
pub trait IntoEndpoint<S> {
    /// The endpoint.
    fn into_endpoint(self) -> Endpoint<S>;
}

impl<S> IntoEndpoint<S> for Endpoint<S> {
    fn into_endpoint(self) -> Self {
        self
    }
}

macro_rules! verbs {
    ($($name:ident $verb:ident $doc:literal;)*) => {
        $(
            #[doc = $doc]
            pub fn $name<H, T, S>(handler: H) -> WithoutPolicy<S>
            where
                H: Handler<T, S>,
                T: 'static,
                S: Clone + Send + Sync + 'static,
            {
                WithoutPolicy { earlier: Vec::new(), verb: Verb::$verb, build: build(Verb::$verb, handler) }
            }
        )*

        impl<S: Clone + Send + Sync + 'static> Endpoint<S> {
            $(
                #[doc = $doc]
                pub fn $name<H, T>(self, handler: H) -> WithoutPolicy<S>
                where
                    H: Handler<T, S>,
                    T: 'static,
                {
                    let mut earlier = self.earlier;
                    earlier.push(self.last);
                    WithoutPolicy { earlier, verb: Verb::$verb, build: build(Verb::$verb, handler) }
                }
            )*
        }
    };
}

verbs! {
    get Get "Answers `GET`, and `HEAD` where no [`head`] does, with this handler.";
    head Head "Answers `HEAD` with this handler.";
    post Post "Answers `POST` with this handler.";
    put Put "Answers `PUT` with this handler.";
    patch Patch "Answers `PATCH` with this handler.";
    delete Delete "Answers `DELETE` with this handler.";
    options Options "Answers `OPTIONS` with this handler.";
    any Any "Answers every method that nothing else at the path answers, also unknown ones, with this handler.";
}

fn build<H, T, S>(verb: Verb, handler: H) -> Build<S>
where
    H: Handler<T, S>,
    T: 'static,
    S: Clone + Send + Sync + 'static,
{
    Box::new(move |terms| {
        let guarded = Guarded::new(handler, terms);
        match verb.filter() {
            Some(filter) => on(filter, guarded),
            None => any_method(guarded),
        }
    })
}

impl<S> WithoutPolicy<S> {
    /// Anybody may call, whatever they present; extractors see no identity that was refused.
    pub fn public(self) -> Endpoint<S> {
        self.policy(public())
    }

    /// Anybody may call, but whoever presents a credential must present a good one.
    pub fn optional(self) -> Endpoint<S> {
        self.policy(optional())
    }

    /// Anybody who is known may call.
    pub fn authenticated(self) -> Endpoint<S> {
        self.policy(authenticated())
    }

    /// Somebody with these scopes may call.
    pub fn requires(self, requirement: impl Into<Requirement>) -> Endpoint<S> {
        self.policy(requires(requirement))
    }

    /// This policy holds; for one that several routes share.
    pub fn policy(self, policy: Policy) -> Endpoint<S> {
        let Self { earlier, verb, build } = self;
        Endpoint { earlier, last: Door { verb, policy, description: None, build } }
    }
}

impl<S> Endpoint<S> {
    /// Reads at most this many bytes of a request body; see [`Policy::body_limit`].
    pub fn body_limit(self, bytes: usize) -> Self {
        self.edit(|policy| policy.body_limit(bytes))
    }

    /// Gives a client this long for a request body; see [`Policy::body_deadline`].
    pub fn body_deadline(self, deadline: Duration) -> Self {
        self.edit(|policy| policy.body_deadline(deadline))
    }

    /// Wants so many bytes of a request body in a second; see [`Policy::body_rate`].
    pub fn body_rate(self, bytes_per_second: u32) -> Self {
        self.edit(|policy| policy.body_rate(bytes_per_second))
    }

    /// Waits for a request body for as long as it takes; see [`Policy::dangerous_slow_body`].
    pub fn dangerous_slow_body(self) -> Self {
        self.edit(Policy::dangerous_slow_body)
    }

    /// Writes down whom it would refuse, and refuses nobody; see [`Policy::report_only`].
    pub fn report_only(self) -> Self {
        self.edit(Policy::report_only)
    }

    /// Counts requests to this handler, such as `"5/minute"`; see [`Policy::limit`].
    pub fn limit(self, quotas: &str) -> Self {
        self.edit(|policy| policy.limit(quotas))
    }

    /// Counts requests to this handler by something else than the caller; see [`Policy::limit_by`].
    pub fn limit_by(self, by: By, quotas: &str) -> Self {
        self.edit(|policy| policy.limit_by(by, quotas))
    }

    /// Spares this handler a limit outside of all routes; see [`Policy::exempt_from`].
    pub fn exempt_from(self, limit: &'static str) -> Self {
        self.edit(|policy| policy.exempt_from(limit))
    }

    /// Goes on when other routes are refused because the service is busy; see [`Policy::critical`].
    pub fn critical(self) -> Self {
        self.edit(Policy::critical)
    }

    /// Refuses what a limit let pass without counting it; see [`Policy::never_open`].
    pub fn never_open(self) -> Self {
        self.edit(Policy::never_open)
    }

    /// Tells readers of the API what this handler does.
    pub fn describe(mut self, description: Description) -> Self {
        self.last.description = Some(Box::new(description));
        self
    }

    /// Asks this guard after the policy; see [`Policy::guard`].
    pub fn guard(self, guard: impl Guard) -> Self {
        self.edit(|policy| policy.guard(guard))
    }

    fn edit(mut self, change: impl FnOnce(Policy) -> Policy) -> Self {
        self.last.policy = change(self.last.policy);
        self
    }

    pub(crate) fn doors(self) -> impl Iterator<Item = Door<S>> {
        self.earlier.into_iter().chain([self.last])
    }
}

impl<S> fmt::Debug for WithoutPolicy<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WithoutPolicy").field("verb", &self.verb).finish_non_exhaustive()
    }
}

impl<S> fmt::Debug for Endpoint<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let doors = self.earlier.iter().chain([&self.last]);
        f.debug_map().entries(doors.map(|door| (door.verb, &door.policy))).finish()
    }
}
