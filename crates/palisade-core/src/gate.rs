//! The one mechanism: a layer that asks a chain of guards, and the only hand-written `Service` and `Future` of the crate.

use crate::{
    chain::{Chain, Entry},
    clock::Clock,
    denial::Denial,
    facts::Facts,
    finish::{Bare, Finish, Outlet},
    mode::Mode,
    unwind::or_drop,
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

struct Fence<C, F> {
    chain: Arc<C>,
    finish: F,
    mode: Mode,
    /// Whether the mode also holds for gates and routes inside.
    throughout: bool,
    clock: Clock,
    expose: bool,
    /// Nobody is asked and nothing is noted: requests go straight through, without facts.
    idle: bool,
}

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

impl<C: Chain, F: Outlet> Fence<C, F> {
    fn is_idle(&self) -> bool {
        F::PLAIN && !self.throughout && !self.expose && self.chain.is_absent()
    }
}

impl<C, F> Clone for GateLayer<C, F> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<C, F: Clone> Clone for Fence<C, F> {
    fn clone(&self) -> Self {
        Self {
            chain: self.chain.clone(),
            finish: self.finish.clone(),
            mode: self.mode,
            throughout: self.throughout,
            clock: self.clock.clone(),
            expose: self.expose,
            idle: self.idle,
        }
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
            return GateFuture { state: State::Calling { future: self.inner.call(request) }, way: None };
        }
        let (mut head, body) = request.into_parts();
        let facts = Facts::open(&mut head, &fence.clock);
        if fence.throughout {
            facts.note_mode(fence.mode);
        }
        let memo = fence.finish.remember(&head);
        let mode = fence.mode.or(facts.mode());
        // Futures are large: each is returned where it is made, with nothing left to do, so that it need not be moved.
        match fence.chain.admit(&mut head, &facts, mode) {
            Ok(Entry { pass, denial: None }) if fence.lets_go(&facts) => {
                drop((pass, memo, facts));
                let request = Request::from_parts(head, body);
                GateFuture { state: State::Calling { future: self.inner.call(request) }, way: None }
            }
            Ok(Entry { pass, denial: None }) => {
                let way = Way { fence: self.fence.clone(), facts, memo, pass: Some(pass) };
                let request = Request::from_parts(head, body);
                GateFuture { state: State::Calling { future: self.inner.call(request) }, way: Some(way) }
            }
            Ok(Entry { pass, denial: Some(denial) }) => {
                let way = Way { fence: self.fence.clone(), facts, memo, pass: Some(pass) };
                GateFuture { state: way.refuse(denial), way: Some(way) }
            }
            Err(wait) => {
                // The service that was polled ready goes into the future; the clone stays behind and is polled again.
                let clone = self.inner.clone();
                let inner = mem::replace(&mut self.inner, clone);
                let stop = Some(Box::new(Stop { wait, head, body, inner }));
                let way = Way { fence: self.fence.clone(), facts, memo, pass: None };
                GateFuture { state: State::Waiting { stop }, way: Some(way) }
            }
        }
    }
}

impl<C: Chain, F: Outlet> Fence<C, F> {
    /// Whether nobody wants to see the response of a request that was admitted, and nothing has to be kept until it is there.
    #[inline]
    fn lets_go(&self, facts: &Facts) -> bool {
        F::PLAIN && C::SILENT && !mem::needs_drop::<C::Pass>() && !self.expose && !facts.keeps()
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
        // `None` where the response goes out as it is.
        way: Option<Way<C, F>>,
    }

    impl<S, C, F, B> PinnedDrop for GateFuture<S, C, F, B>
    where
        S: Service<Request<B>>,
        C: Chain,
        F: Outlet,
    {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            if let Some(way) = this.way.take() {
                // What handles the request ends before its permits do.
                this.state.set(State::Done);
                way.fence.finish.abandon(&way.facts);
            }
        }
    }
}

/// What is needed on the way out.
struct Way<C: Chain, F: Outlet> {
    fence: Arc<Fence<C, F>>,
    facts: Facts,
    memo: F::Memo,
    pass: Option<C::Pass>,
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

impl<C: Chain, F: Outlet> Way<C, F> {
    fn refuse<S, B>(&self, denial: Denial) -> State<S, C, B>
    where
        S: Service<Request<B>>,
    {
        self.facts.note_denial(&denial);
        State::Refused { denial: Some(denial) }
    }

    #[inline]
    fn out<B>(self, response: Response<B>) -> Response<F::Body>
    where
        F: Finish<B>,
    {
        let Self { fence, facts, memo, pass } = self;
        let (mut head, body) = response.into_parts();
        if let Some(pass) = pass {
            C::leave(pass, &mut head, &facts);
        }
        if fence.expose {
            head.extensions.insert(facts.clone());
        }
        fence.finish.finish(memo, Response::from_parts(head, body), &facts)
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
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        loop {
            match this.state.as_mut().project() {
                StateProject::Calling { future } => {
                    let Some(way) = this.way.as_mut() else { return future.poll(cx).map_ok(F::plain) };
                    let answer = ready!(or_drop(&mut way.pass, || future.poll(cx)));
                    this.state.set(State::Done);
                    if answer.is_err() {
                        // No response: what is left is done as where the request is cancelled.
                        way.pass = None;
                    }
                    let response = answer?;
                    let Some(way) = this.way.take() else { return Poll::Pending };
                    return Poll::Ready(Ok(way.out(response)));
                }
                StateProject::Waiting { stop } => {
                    let (Some(there), Some(way)) = (stop.as_mut(), this.way.as_mut()) else {
                        return Poll::Pending;
                    };
                    let (chain, facts) = (&way.fence.chain, &way.facts);
                    let mode = way.fence.mode.or(facts.mode());
                    let entry = ready!(chain.resume(&mut there.wait, &mut there.head, facts, mode, cx));
                    way.pass = Some(entry.pass);
                    if let Some(stop) = stop.take() {
                        let Stop { head, body, mut inner, .. } = *stop;
                        let next = match entry.denial {
                            None => State::Calling { future: inner.call(Request::from_parts(head, body)) },
                            Some(denial) => way.refuse(denial),
                        };
                        this.state.set(next);
                    }
                }
                StateProject::Refused { denial } => {
                    let (Some(denial), Some(way)) = (denial.take(), this.way.take()) else {
                        return Poll::Pending;
                    };
                    return Poll::Ready(Ok(way.out(denial.into_bare_response())));
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
            .field("facts", &self.way.as_ref().map(|way| &way.facts))
            .finish_non_exhaustive()
    }
}
