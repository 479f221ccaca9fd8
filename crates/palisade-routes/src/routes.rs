//! Routes that state their policy.

use crate::{
    check::{prefix, template},
    endpoint::{Build, IntoEndpoint},
    error::{RouteError, RouteErrorKind},
    exemptions::Exemptions,
    limit::RouteLimit,
    mount::{self, BuildMount},
    pace::Pace,
    policy::Policy,
    route_guard::RouteGuard,
    table::{Row, RowKind, write_table},
    verb::Verb,
};
use axum::{extract::Request, response::IntoResponse};
use palisade_core::Guard;
use std::{convert::Infallible, fmt, sync::Arc, time::Duration};
use tower_service::Service;

/// A set of routes, each with a policy; becomes an `axum::Router` by [`into_router`](Routes::into_router).
///
/// Like `axum::Router`, `Routes<S>` is missing a state of type `S`. Mistakes in paths are collected and told all at once when
/// the router is made.
///
/// ```
/// use palisade_core::Scope;
/// use palisade_routes::{Routes, get};
///
/// const READ_MODELS: Scope = Scope::from_static("read_models");
/// const WRITE_MODELS: Scope = Scope::from_static("write_models");
///
/// let api: Routes = Routes::new()
///     .route("/health", get(async || "ok").public())
///     .route("/models", get(async || "[]").requires(READ_MODELS).post(async || ()).requires(WRITE_MODELS));
/// assert_eq!(api.to_string(), "\
/// GET      /health  public
/// GET      /models  requires read_models
/// POST     /models  requires write_models
/// ");
/// let router: axum::Router = api.into_router()?;
/// # Ok::<(), palisade_routes::RouteErrors>(())
/// ```
#[must_use = "routes do nothing until they are made a router"]
pub struct Routes<S = ()> {
    rows: Vec<Row>,
    /// What stands behind the row of the same index.
    doors: Vec<Built<S>>,
    faults: Vec<RouteError>,
    /// What stands behind them and only this process knows.
    kept_here: Vec<&'static str>,
}

pub(crate) enum Built<S> {
    Handler(Build<S>),
    Mount(BuildMount),
}

impl<S> Default for Routes<S> {
    fn default() -> Self {
        Self { rows: Vec::new(), doors: Vec::new(), faults: Vec::new(), kept_here: Vec::new() }
    }
}

impl<S> Routes<S> {
    /// No routes at all: every path is 404.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds an endpoint at a path in axum's syntax (`/models/{name}`, `/files/{*path}`).
    ///
    /// A path may be declared several times with different methods.
    pub fn route(mut self, path: &str, endpoint: impl IntoEndpoint<S>) -> Self {
        if let Err(kind) = template(path) {
            self.faults.push(RouteError::new(path, kind));
            return self;
        }
        self.add(path, RowKind::Route, endpoint)
    }

    /// Answers paths that nobody declared; without it they are 404, whatever was presented.
    ///
    /// Methods that the endpoint does not answer are 404 too.
    pub fn fallback(self, endpoint: impl IntoEndpoint<S>) -> Self {
        self.add("", RowKind::Fallback, endpoint)
    }

    fn add(mut self, path: &str, kind: RowKind, endpoint: impl IntoEndpoint<S>) -> Self {
        for door in endpoint.into_endpoint().doors() {
            self.rows.push(Row {
                verb: door.verb,
                path: path.to_owned(),
                policy: door.policy,
                description: door.description,
                kind,
            });
            self.doors.push(Built::Handler(door.build));
        }
        self
    }

    /// Puts an existing `Router` or tower service below a path, under one policy: for the path itself, for every method, and for
    /// names below it that do not exist.
    ///
    /// The service sees paths without the prefix. A mount at `/` takes every path that no route was declared for, as a whole
    /// application does that moves behind the fence at once.
    pub fn mount<M>(mut self, path: &str, policy: Policy, service: M) -> Self
    where
        M: Service<Request, Error = Infallible> + Clone + Send + Sync + 'static,
        M::Response: IntoResponse,
        M::Future: Send + 'static,
    {
        match prefix(path) {
            Err(kind) => self.faults.push(RouteError::new(path, kind)),
            Ok(()) => {
                let path = path.trim_end_matches('/').to_owned();
                self.rows.push(Row {
                    verb: Verb::Any,
                    path,
                    policy,
                    description: None,
                    kind: RowKind::Mount,
                });
                self.doors.push(Built::Mount(mount::build(service)));
            }
        }
        self
    }

    /// Adds these routes below a prefix, as if each had been declared with it.
    ///
    /// It is only a way of writing: handlers see the whole path, and `MatchedPath` and [`Facts::route`](palisade_core::Facts::route)
    /// tell the whole template.
    pub fn nest(mut self, path: &str, routes: Self) -> Self {
        let mut verdict = prefix(path);
        if verdict.is_ok() && path == "/" {
            verdict = Err(RouteErrorKind::InvalidPrefix("use `merge` for routes at the root"));
        }
        if let Err(kind) = verdict {
            self.faults.push(RouteError::new(path, kind));
            return self;
        }
        self.kept_here.extend(routes.kept_here);
        let faults = routes.faults.into_iter();
        self.faults
            .extend(faults.map(|fault| RouteError::new(join(path, fault.path()), fault.kind().clone())));
        for (mut row, door) in routes.rows.into_iter().zip(routes.doors) {
            if row.kind == RowKind::Fallback {
                self.faults.push(RouteError::new(path, RouteErrorKind::NestedFallback));
                continue;
            }
            row.path = join(path, &row.path);
            self.rows.push(row);
            self.doors.push(door);
        }
        self
    }

    /// Adds these routes.
    pub fn merge(mut self, routes: Self) -> Self {
        self.rows.extend(routes.rows);
        self.doors.extend(routes.doors);
        self.faults.extend(routes.faults);
        self.kept_here.extend(routes.kept_here);
        self
    }

    /// These routes keep something in the memory of this process that has to be the same on every node, named in a few words (`users`): a
    /// stack that runs on several nodes refuses them.
    pub fn keeps_here(mut self, what: impl IntoIterator<Item = &'static str>) -> Self {
        self.kept_here.extend(what);
        self
    }

    /// What these routes [keep here](Self::keeps_here); names may stand there twice.
    #[must_use]
    pub fn kept_here(&self) -> &[&'static str] {
        &self.kept_here
    }

    /// Asks this guard at every route and mount so far that is not [critical](Policy::critical), after its policy and before limits
    /// and guards of its own.
    ///
    /// For what refuses others so that critical routes go on, such as what remains of a service's capacity.
    ///
    /// ```
    /// use palisade_core::{Denial, DenialKind, guard_fn};
    /// use palisade_routes::{Routes, get};
    ///
    /// let routes: Routes = Routes::new()
    ///     .route("/health", get(async || "ok").public().critical())
    ///     .route("/models", get(async || "llama-7b").public())
    ///     .guard_ordinary(guard_fn(|_, _| Err(Denial::new(DenialKind::Overloaded))));
    /// assert_eq!(routes.to_string(), "\
    /// GET      /health  public
    /// GET      /models  public  1 guard
    /// ");
    /// ```
    pub fn guard_ordinary(mut self, guard: impl Guard) -> Self {
        let guard: Arc<dyn RouteGuard> = Arc::new(guard);
        for row in self.rows.iter_mut().filter(|row| !row.policy.critical) {
            row.policy.first.insert(0, guard.clone());
        }
        self
    }

    /// Asks a guard of its own at every route and mount so far, last of all before the handler: for what counts who got in.
    ///
    /// ```
    /// use palisade_core::guard_fn;
    /// use palisade_routes::{Routes, get};
    ///
    /// let routes: Routes = Routes::new()
    ///     .route("/health", get(async || "ok").public())
    ///     .guard_each(|row| {
    ///         let template = row.template();
    ///         guard_fn(move |_, _| Ok::<(), _>(println!("{template} is called")))
    ///     });
    /// # let _ = routes;
    /// ```
    pub fn guard_each<G: Guard>(mut self, mut make: impl FnMut(&Row) -> G) -> Self {
        for row in &mut self.rows {
            let guard: Arc<dyn RouteGuard> = Arc::new(make(row));
            row.policy.guards.push(guard);
        }
        self
    }

    /// The declarations so far, in order.
    #[must_use]
    pub fn table(&self) -> &[Row] {
        &self.rows
    }

    /// The largest request body that any route reads, in bytes: what a bound outside of all routes must let through.
    #[must_use]
    pub fn largest_body_limit(&self) -> usize {
        self.rows.iter().map(|row| row.policy.largest_body()).max().unwrap_or_default()
    }

    /// The body limit of routes that do not say one, instead of [`DEFAULT_BODY_LIMIT`](crate::DEFAULT_BODY_LIMIT).
    ///
    /// ```
    /// use palisade_routes::{Routes, post};
    ///
    /// let routes: Routes = Routes::new()
    ///     .route("/notes", post(async || "ok").public())
    ///     .route("/files", post(async || "ok").public().body_limit(10 << 20))
    ///     .default_body_limit(64 << 10);
    /// let limits: Vec<_> = routes.table().iter().map(|row| row.policy().largest_body()).collect();
    /// assert_eq!(limits, [64 << 10, 10 << 20]);
    /// ```
    pub fn default_body_limit(mut self, bytes: usize) -> Self {
        for row in &mut self.rows {
            row.policy.body_limit.get_or_insert(bytes);
        }
        self
    }

    /// How long a client may take for a request body, at most a day, and how many bytes it must send in a second, 0 for any, where a route
    /// does not say so itself; [`DEFAULT_BODY_DEADLINE`](crate::DEFAULT_BODY_DEADLINE) and
    /// [`DEFAULT_BODY_RATE`](crate::DEFAULT_BODY_RATE) for what is `None`.
    ///
    /// ```
    /// use palisade_routes::{Routes, post};
    /// use std::time::Duration;
    ///
    /// let second = Duration::from_secs(1);
    /// let routes: Routes = Routes::new()
    ///     .route("/notes", post(async || "ok").public())
    ///     .route("/files", post(async || "ok").public().body_deadline(300 * second))
    ///     .default_body_pace(Some(10 * second), None);
    /// let text = routes.to_string();
    /// assert!(text.contains("body within 10s") && text.contains("body within 300s"), "{text}");
    /// ```
    pub fn default_body_pace(mut self, deadline: Option<Duration>, bytes_per_second: Option<u32>) -> Self {
        for row in &mut self.rows {
            let pace = &mut row.policy.pace;
            if let Some(deadline) = deadline {
                pace.deadline.get_or_insert(Some(deadline.min(Pace::LONGEST)));
            }
            if let Some(rate) = bytes_per_second {
                pace.rate.get_or_insert(rate);
            }
        }
        self
    }

    /// Makes a guard of every limit that a route declares; mistakes are told with all others when the router is made.
    ///
    /// A stack calls it. It matters only where routes go behind gates that were put together by hand.
    pub fn limits_with<G, E>(mut self, mut make: impl FnMut(&Row, &RouteLimit) -> Result<G, E>) -> Self
    where
        G: Guard,
        E: fmt::Display,
    {
        for row in &mut self.rows {
            let mut made: Vec<Arc<dyn RouteGuard>> = Vec::new();
            for limit in &row.policy.limits {
                let guard = if row.policy.admits_strangers() && limit.by().needs_caller() {
                    Err(ONLY_CALLERS.to_owned())
                } else {
                    make(row, limit).map_err(|error| error.to_string())
                };
                match guard {
                    Ok(guard) => made.push(Arc::new(guard)),
                    Err(reason) => {
                        let kind = RouteErrorKind::Limit { quotas: limit.quotas().to_owned(), reason };
                        self.faults.push(RouteError::new(row.template(), kind));
                    }
                }
            }
            row.policy.made = Some(made);
        }
        self
    }

    /// Which requests are spared limits outside of the routes; `None` where no route says so.
    #[must_use]
    pub fn exemptions(&self) -> Option<Exemptions> {
        Exemptions::of(&self.rows)
    }

    pub(crate) fn into_parts(self) -> (Vec<Row>, Vec<Built<S>>, Vec<RouteError>) {
        (self.rows, self.doors, self.faults)
    }
}

impl<S: Clone + Send + Sync + 'static> Routes<S> {
    /// Provides the state that handlers extract; what follows may need another.
    pub fn with_state<S2: 'static>(self, state: S) -> Routes<S2> {
        let provide = |door| match door {
            Built::Mount(build) => Built::Mount(build),
            Built::Handler(build) => {
                let state = state.clone();
                Built::Handler(Box::new(move |terms| build(terms).with_state(state)) as Build<S2>)
            }
        };
        let doors = self.doors.into_iter().map(provide).collect();
        Routes { rows: self.rows, doors, faults: self.faults, kept_here: self.kept_here }
    }
}

/// A prefix before a path; the root of nested routes is the prefix itself.
fn join(prefix: &str, path: &str) -> String {
    match prefix.strip_suffix('/') {
        Some(prefix) => format!("{prefix}{path}"),
        None if path == "/" => prefix.to_owned(),
        None => format!("{prefix}{path}"),
    }
}

/// The table, in aligned columns, by path.
impl<S> fmt::Display for Routes<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_table(&self.rows, f)
    }
}

impl<S> fmt::Debug for Routes<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Routes").field("rows", &self.rows).field("faults", &self.faults).finish()
    }
}

/// Whoever presents no credential would be answered 503.
const ONLY_CALLERS: &str = "counts callers alone where anybody may call: say what counts the others, as `.or(By::client())`, or \
    spare them, as `.or_exempt()`";
