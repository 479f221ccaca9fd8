//! The one mechanism: a layer that asks a chain of guards, and the only hand-written `Service` and `Future` of the crate.

use crate::{
    chain::{Asked, Chain},
    clock::Clock,
    denial::Denial,
    facts::Facts,
    fence::Fence,
    finish::{Bare, Finish, Outlet},
    mode::Mode,
    unwind::{or_abandon, or_drop},
    way::{Trip, Way},
};
use http::{Request, Response, request};
use pin_project_lite::pin_project;
use std::{
    fmt,
    future::Future,
    mem,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};
use tower_layer::Layer;
use tower_service::Service;

/// Makes a layer of a guard, or of a chain of guards.
///
/// ```
/// use palisade_core::{Denial, DenialKind, gate, guard_fn};
/// use tower::{Layer, ServiceExt, service_fn};
/// use http::{Request, Response};
///
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// let closed = gate(guard_fn(|_, _| Err(Denial::new(DenialKind::Forbidden))));
/// let service = closed.layer(service_fn(|_: Request<()>| async {
///     Ok::<_, std::convert::Infallible>(Response::new(String::from("treasure")))
/// }));
/// let response = service.oneshot(Request::new(())).await.unwrap();
/// assert_eq!((response.status().as_u16(), response.body().as_str()), (403, ""));
/// # });
/// ```
pub fn gate<C: Chain>(chain: C) -> GateLayer<C> {
    let chain = Arc::new(chain);
    let idle = chain.is_absent();
    let (mode, clock) = (Mode::Enforce, Clock::system());
    GateLayer(Arc::new(Fence { chain, finish: Bare, mode, throughout: false, clock, expose: false, idle }))
}

/// A tower layer that lets through what its guards admit.
///
/// Alone it refuses with the right status and headers and an empty body; an [`EnvelopeLayer`](crate::EnvelopeLayer) outside
/// of it, or [`with_envelope`](Self::with_envelope), gives refusals words.
pub struct GateLayer<C, F = Bare>(Arc<Fence<C, F>>);

impl<C: Chain, F: Outlet + Clone> GateLayer<C, F> {
    /// Decides everything and refuses nothing: denials go into the facts and to tracing as what would have been.
    #[must_use]
    pub fn report_only(self) -> Self {
        self.edit(|fence| fence.mode = Mode::Report)
    }

    /// As [`report_only`](Self::report_only), and so does everything inside this gate: other gates, and the policies of routes.
    #[must_use]
    pub fn report_everything(self) -> Self {
        self.edit(|fence| (fence.mode, fence.throughout) = (Mode::Report, true))
    }

    /// Reads time from `clock`, for requests that bring no facts yet.
    #[must_use]
    pub fn clock(self, clock: Clock) -> Self {
        self.edit(|fence| fence.clock = clock)
    }

    /// Puts the [`Facts`] into the response's extensions too, for layers outside that see only responses.
    #[must_use]
    pub fn expose_facts(self) -> Self {
        self.edit(|fence| fence.expose = true)
    }

    pub(crate) fn finished_by<G: Outlet>(self, finish: G) -> GateLayer<C, G> {
        let Fence { chain, mode, throughout, clock, expose, .. } = Arc::unwrap_or_clone(self.0);
        let mut fence = Fence { chain, finish, mode, throughout, clock, expose, idle: false };
        fence.idle = fence.is_idle();
        GateLayer(Arc::new(fence))
    }

    pub(crate) fn map_finish(self, change: impl FnOnce(F) -> F) -> Self
    where
        F: Copy,
    {
        self.edit(|fence| fence.finish = change(fence.finish))
    }

    fn edit(mut self, change: impl FnOnce(&mut Fence<C, F>)) -> Self {
        let fence = Arc::make_mut(&mut self.0);
        change(fence);
        fence.idle = fence.is_idle();
        self
    }
}

impl<C, F> Clone for GateLayer<C, F> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<C, F> fmt::Debug for GateLayer<C, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GateLayer").field("mode", &self.0.mode).finish_non_exhaustive()
    }
}

impl<S, C, F> Layer<S> for GateLayer<C, F> {
    type Service = Gate<S, C, F>;

    // An axum router that was not served by axum may call this for every request.
    #[inline]
    fn layer(&self, inner: S) -> Self::Service {
        Gate { inner, fence: self.0.clone() }
    }
}

/// A service behind guards.
pub struct Gate<S, C, F = Bare> {
    inner: S,
    fence: Arc<Fence<C, F>>,
}

impl<S: Clone, C, F> Clone for Gate<S, C, F> {
    #[inline]
    fn clone(&self) -> Self {
        Self { inner: self.inner.clone(), fence: self.fence.clone() }
    }
}

impl<S: fmt::Debug, C, F> fmt::Debug for Gate<S, C, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gate")
            .field("inner", &self.inner)
            .field("mode", &self.fence.mode)
            .finish_non_exhaustive()
    }
}

impl<S, C, F, ReqBody, ResBody> Service<Request<ReqBody>> for Gate<S, C, F>
where
    S: Service<Request<ReqBody>, Response = Response<ResBody>> + Clone,
    C: Chain,
    F: Finish<ResBody>,
    ResBody: Default,
{
    type Response = Response<F::Body>;
    type Error = S::Error;
    type Future = GateFuture<S, C, F, ReqBody>;

    #[inline]
    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    // Not inlined: whoever calls it then has the future written to where it is wanted.
    #[inline(never)]
    fn call(&mut self, request: Request<ReqBody>) -> Self::Future {
        let fence = &*self.fence;
        if fence.idle {
            return GateFuture { state: State::Calling { future: self.inner.call(request) }, way: Way(None) };
        }
        let (mut head, body) = request.into_parts();
        let facts = Facts::open(&mut head, &fence.clock);
        if fence.throughout {
            facts.note_mode(fence.mode);
        }
        let memo = fence.finish.remember(&head);
        let mode = fence.mode.or(facts.mode());
        let mut pass = C::Pass::default();
        // Futures are large: each is returned where it is made, with nothing left to do, so that it need not be moved.
        let asked =
            or_abandon(&fence.finish, &facts, || fence.chain.admit(&mut head, &facts, mode, &mut pass));
        match asked {
            Ok(None) if fence.lets_go(&facts) => {
                drop((pass, memo, facts));
                let request = Request::from_parts(head, body);
                GateFuture { state: State::Calling { future: self.inner.call(request) }, way: Way(None) }
            }
            Ok(None) => {
                let mut way = Way(Some(Trip { fence: self.fence.clone(), facts, memo, pass: Some(pass) }));
                GateFuture::with(&mut way, &mut self.inner, Request::from_parts(head, body))
            }
            Ok(Some(denial)) => {
                let trip = Trip { fence: self.fence.clone(), facts, memo, pass: Some(pass) };
                GateFuture { state: State::refused(&trip, denial), way: Way(Some(trip)) }
            }
            Err(wait) => {
                // The service that was polled ready goes into the future; the clone stays behind and is polled again.
                let clone = self.inner.clone();
                let inner = mem::replace(&mut self.inner, clone);
                let stop = Some(Box::new(Stop { wait, head, body, inner }));
                let trip = Trip { fence: self.fence.clone(), facts, memo, pass: Some(pass) };
                GateFuture { state: State::Waiting { stop }, way: Way(Some(trip)) }
            }
        }
    }
}

pin_project! {
    /// The response of a [`Gate`].
    ///
    /// # Cancel safety
    ///
    /// Dropping it drops the inner future and the passes: a permit in a pass counts as cancelled.
    pub struct GateFuture<S, C, F, B>
    where
        S: Service<Request<B>>,
        C: Chain,
        F: Outlet,
    {
        #[pin]
        state: State<S, C, B>,
        // Dropped after the state: what handles the request ends before its permits do.
        way: Way<C, F>,
    }
}

pin_project! {
    #[project = StateProject]
    enum State<S, C, B>
    where
        S: Service<Request<B>>,
        C: Chain,
    {
        Calling { #[pin] future: S::Future },
        Waiting { stop: Option<Box<Stop<C::Wait, B, S>>> },
        Refused { denial: Option<Denial> },
        Done,
    }
}

/// A request that waits for a guard's answer.
struct Stop<W, B, S> {
    wait: W,
    head: request::Parts,
    body: B,
    inner: S,
}

impl<S, C, B> State<S, C, B>
where
    S: Service<Request<B>>,
    C: Chain,
{
    fn refused<F: Outlet>(trip: &Trip<C, F>, denial: Denial) -> Self {
        trip.facts.note_denial(&denial);
        Self::Refused { denial: Some(denial) }
    }
}

impl<S, C, F, ReqBody, ResBody> Future for GateFuture<S, C, F, ReqBody>
where
    S: Service<Request<ReqBody>, Response = Response<ResBody>>,
    C: Chain,
    F: Finish<ResBody>,
    ResBody: Default,
{
    type Output = Result<Response<F::Body>, S::Error>;

    #[inline]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.as_mut().project();
        if this.way.0.is_none()
            && let StateProject::Calling { future } = this.state.project()
        {
            return F::plain(future.poll(cx));
        }
        self.poll_way(cx)
    }
}

impl<S, C, F, B> GateFuture<S, C, F, B>
where
    S: Service<Request<B>>,
    C: Chain,
    F: Outlet,
{
    // The trip stays the caller's until the inner future is there: here nothing must be dropped where the call panics, and so the
    // future is written to where it stays.
    #[inline(never)]
    fn with(way: &mut Way<C, F>, inner: &mut S, request: Request<B>) -> Self {
        Self { state: State::Calling { future: inner.call(request) }, way: Way(way.0.take()) }
    }

    // Not inlined, so that whoever only hands a response on saves nothing for it.
    #[inline(never)]
    fn poll_way<R>(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<Response<F::Body>, S::Error>>
    where
        S: Service<Request<B>, Response = Response<R>>,
        F: Finish<R>,
        R: Default,
    {
        let mut this = self.project();
        loop {
            let Some(trip) = this.way.0.as_mut() else { return Poll::Pending };
            match this.state.as_mut().project() {
                StateProject::Calling { future } => {
                    let Trip { fence, facts, pass, .. } = trip;
                    let answer = or_drop(pass, || or_abandon(&fence.finish, facts, || future.poll(cx)));
                    if answer.is_pending() {
                        return Poll::Pending;
                    }
                    this.state.set(State::Done);
                    return this.way.out(answer);
                }
                StateProject::Waiting { stop } => {
                    let (Some(there), Some(pass)) = (stop.as_mut(), trip.pass.as_mut()) else {
                        return Poll::Pending;
                    };
                    let (chain, facts) = (&trip.fence.chain, &trip.facts);
                    let mode = trip.fence.mode.or(facts.mode());
                    let asked = Asked { head: &mut there.head, facts, mode };
                    let finish = &trip.fence.finish;
                    let resume = || chain.resume(&mut there.wait, asked, pass, cx);
                    let denial = ready!(or_abandon(finish, facts, resume));
                    if let Some(stop) = stop.take() {
                        let Stop { head, body, mut inner, .. } = *stop;
                        let next = match denial {
                            None => {
                                let call = || inner.call(Request::from_parts(head, body));
                                State::Calling { future: or_abandon(finish, facts, call) }
                            }
                            Some(denial) => State::refused(trip, denial),
                        };
                        this.state.set(next);
                    }
                }
                StateProject::Refused { denial } => {
                    let Some(denial) = denial.take() else { return Poll::Pending };
                    return this.way.out(Poll::Ready(Ok(denial.into_bare_response())));
                }
                StateProject::Done => return Poll::Pending,
            }
        }
    }
}

impl<S, C, F, B> fmt::Debug for GateFuture<S, C, F, B>
where
    S: Service<Request<B>>,
    C: Chain,
    F: Outlet,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GateFuture")
            .field("facts", &self.way.0.as_ref().map(|trip| &trip.facts))
            .finish_non_exhaustive()
    }
}
