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
    GateLayer(Fence {
        chain: Arc::new(chain),
        finish: Bare,
        mode: Mode::Enforce,
        throughout: false,
        clock: Clock::system(),
        expose: false,
    })
}

/// A tower layer that lets through what its guards admit.
///
/// Alone it refuses with the right status and headers and an empty body; an [`EnvelopeLayer`](crate::EnvelopeLayer) outside
/// of it, or [`with_envelope`](Self::with_envelope), gives refusals words.
pub struct GateLayer<C, F = Bare>(Fence<C, F>);

struct Fence<C, F> {
    chain: Arc<C>,
    finish: F,
    mode: Mode,
    /// Whether the mode also holds for gates and routes inside.
    throughout: bool,
    clock: Clock,
    expose: bool,
}

impl<C, F> GateLayer<C, F> {
    /// Decides everything and refuses nothing: denials go into the facts and to tracing as what would have been.
    #[must_use]
    pub fn report_only(mut self) -> Self {
        self.0.mode = Mode::Report;
        self
    }

    /// As [`report_only`](Self::report_only), and so does everything inside this gate: other gates, and the policies of routes.
    #[must_use]
    pub fn report_everything(mut self) -> Self {
        self.0.throughout = true;
        self.report_only()
    }

    /// Reads time from `clock`, for requests that bring no facts yet.
    #[must_use]
    pub fn clock(mut self, clock: Clock) -> Self {
        self.0.clock = clock;
        self
    }

    /// Puts the [`Facts`] into the response's extensions too, for layers outside that see only responses.
    #[must_use]
    pub fn expose_facts(mut self) -> Self {
        self.0.expose = true;
        self
    }

    pub(crate) fn finished_by<G>(self, finish: G) -> GateLayer<C, G> {
        let Fence { chain, mode, throughout, clock, expose, finish: _ } = self.0;
        GateLayer(Fence { chain, finish, mode, throughout, clock, expose })
    }

    pub(crate) fn map_finish(mut self, change: impl FnOnce(F) -> F) -> Self
    where
        F: Copy,
    {
        self.0.finish = change(self.0.finish);
        self
    }
}

impl<C, F: Clone> Clone for GateLayer<C, F> {
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
        }
    }
}

impl<C, F> fmt::Debug for GateLayer<C, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GateLayer").field("mode", &self.0.mode).finish_non_exhaustive()
    }
}

impl<S, C: Chain, F: Outlet + Clone> Layer<S> for GateLayer<C, F> {
    type Service = Gate<S, C, F>;

    fn layer(&self, inner: S) -> Self::Service {
        let fence = self.0.clone();
        let idle = fence.chain.is_absent() && F::nothing().is_some() && !fence.throughout && !fence.expose;
        Gate { inner, fence: Arc::new(fence), idle }
    }
}

/// A service behind guards.
pub struct Gate<S, C, F = Bare> {
    inner: S,
    fence: Arc<Fence<C, F>>,
    /// Nobody is asked and nothing is noted: the request goes straight through, without facts.
    idle: bool,
}

impl<S: Clone, C, F> Clone for Gate<S, C, F> {
    #[inline]
    fn clone(&self) -> Self {
        Self { inner: self.inner.clone(), fence: self.fence.clone(), idle: self.idle }
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

    #[inline]
    fn call(&mut self, request: Request<ReqBody>) -> Self::Future {
        if self.idle {
            let state = State::Calling { future: self.inner.call(request), pass: None };
            return GateFuture { state, fence: self.fence.clone(), facts: None, memo: F::nothing() };
        }
        let (mut head, body) = request.into_parts();
        let facts = Facts::open(&mut head, &self.fence.clock);
        if self.fence.throughout {
            facts.note_mode(self.fence.mode);
        }
        let memo = self.fence.finish.remember(&head);
        let mode = self.fence.mode.or(facts.mode());
        let state = match self.fence.chain.admit(&mut head, &facts, mode) {
            Ok(entry) => State::enter(entry, &mut self.inner, head, body, &facts),
            Err(wait) => {
                // The service that was polled ready goes into the future; the clone stays behind and is polled again.
                let clone = self.inner.clone();
                let inner = mem::replace(&mut self.inner, clone);
                State::Waiting { stop: Some(Box::new(Stop { wait, head, body, inner })) }
            }
        };
        GateFuture { state, fence: self.fence.clone(), facts: Some(facts), memo: Some(memo) }
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
        fence: Arc<Fence<C, F>>,
        facts: Option<Facts>,
        memo: Option<F::Memo>,
    }

    impl<S, C, F, B> PinnedDrop for GateFuture<S, C, F, B>
    where
        S: Service<Request<B>>,
        C: Chain,
        F: Outlet,
    {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            if let (Some(_), Some(facts)) = (&this.memo, &this.facts) {
                // What handles the request ends before its permits do.
                this.state.set(State::Done);
                this.fence.finish.abandon(facts);
            }
        }
    }
}

pin_project! {
    #[project = StateProject]
    enum State<S, C, B>
    where
        S: Service<Request<B>>,
        C: Chain,
    {
        Waiting { stop: Option<Box<Stop<C::Wait, B, S>>> },
        Calling { #[pin] future: S::Future, pass: Option<C::Pass> },
        Refused { pass: Option<C::Pass>, denial: Option<Denial> },
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
    #[inline]
    fn enter(entry: Entry<C::Pass>, inner: &mut S, head: request::Parts, body: B, facts: &Facts) -> Self {
        let pass = Some(entry.pass);
        match entry.denial {
            None => Self::Calling { future: inner.call(Request::from_parts(head, body)), pass },
            Some(denial) => {
                facts.note_denial(&denial);
                Self::Refused { pass, denial: Some(denial) }
            }
        }
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

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        let (response, pass) = loop {
            match this.state.as_mut().project() {
                StateProject::Waiting { stop } => {
                    let (Some(there), Some(facts)) = (stop.as_mut(), this.facts.as_ref()) else {
                        return Poll::Pending;
                    };
                    let (chain, mode) = (&this.fence.chain, this.fence.mode.or(facts.mode()));
                    let entry = ready!(chain.resume(&mut there.wait, &mut there.head, facts, mode, cx));
                    if let Some(stop) = stop.take() {
                        let Stop { head, body, mut inner, .. } = *stop;
                        this.state.set(State::enter(entry, &mut inner, head, body, facts));
                    }
                }
                StateProject::Calling { future, pass } => {
                    let answer = ready!(or_drop(pass, || future.poll(cx)));
                    let pass = pass.take();
                    this.state.set(State::Done);
                    break (answer?, pass);
                }
                StateProject::Refused { pass, denial } => {
                    let Some(denial) = denial.take() else { return Poll::Pending };
                    break (denial.into_bare_response(), pass.take());
                }
                StateProject::Done => return Poll::Pending,
            }
        };
        let facts = this.facts.as_ref();
        let response = match facts {
            None => response,
            Some(facts) => {
                let (mut head, body) = response.into_parts();
                if let Some(pass) = pass {
                    C::leave(pass, &mut head, facts);
                }
                if this.fence.expose {
                    head.extensions.insert(facts.clone());
                }
                Response::from_parts(head, body)
            }
        };
        match this.memo.take() {
            Some(memo) => Poll::Ready(Ok(this.fence.finish.finish(memo, response, facts))),
            None => Poll::Pending,
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
        f.debug_struct("GateFuture").field("facts", &self.facts).finish_non_exhaustive()
    }
}
