//! A router behind its fence.

#[cfg(feature = "serve")]
use crate::served::Served;
use crate::{
    catch_panic::{CatchPanic, CatchPanicFuture},
    fence::Fenced,
    panic::text,
    rest::watch,
};
#[cfg(feature = "config")]
use arc_swap::ArcSwap;
use axum::{
    Router,
    body::Body,
    extract::{ConnectInfo, Request},
    response::Response,
};
use bytes::Bytes;
use http::{Extensions, HeaderValue, StatusCode, header};
use http_body::Body as _;
use palisade_core::{TailBody, Tls};
use pin_project_lite::pin_project;
#[cfg(feature = "config")]
use std::sync::Arc;
use std::{
    any::Any,
    convert::Infallible,
    fmt,
    future::{Future, Ready, ready},
    net::SocketAddr,
    pin::Pin,
    task::{Context, Poll, ready},
};
use tower_service::Service;

/// What [`Stack::protect`](crate::Stack::protect) makes: routes that nobody reaches but through their fence.
///
/// `axum::serve(listener, protected)` serves it as it is and finds peers by itself. It is a tower service of axum's requests, and
/// becomes a `Router` for nesting; that router needs `into_make_service_with_connect_info::<SocketAddr>()`, and refuses with
/// 503 and a log line where it is served without.
///
/// What nobody reads of a body over HTTP/1.1 is read and thrown away while the answer goes out: at most [`DISCARD`](crate::DISCARD)
/// bytes, for at most 30 seconds, and as long as 16 KiB a second come. So a client that is still sending gets to read why it was
/// refused.
#[derive(Clone)]
pub struct Protected {
    front: Front,
    #[cfg(feature = "serve")]
    served: Served,
}

type Outermost = CatchPanic<Fenced>;

#[allow(
    clippy::large_enum_variant,
    reason = "the large one is the ordinary one, and no request shall pay for a box"
)]
#[derive(Clone)]
enum Front {
    Fixed(Outermost),
    /// Each request meets the one that is there when it comes.
    #[cfg(feature = "config")]
    Live(Arc<ArcSwap<Outermost>>),
}

impl Protected {
    pub(crate) fn new(fenced: Fenced) -> Self {
        Front::Fixed(CatchPanic::new(fenced, fault)).into()
    }

    /// The same, and how settings say that it is served.
    #[cfg(feature = "serve")]
    pub(crate) fn served_so(self, served: Served) -> Self {
        Self { served, ..self }
    }

    #[cfg(feature = "serve")]
    pub(crate) const fn served(&self) -> &Served {
        &self.served
    }

    /// The same, until another takes its place, and what puts it there.
    #[cfg(feature = "config")]
    pub(crate) fn replaceable(self) -> (Self, Replace) {
        let current = match self.front {
            Front::Fixed(first) => Arc::new(ArcSwap::from_pointee(first)),
            Front::Live(current) => current,
        };
        (Self { front: Front::Live(current.clone()), ..self }, Replace(current))
    }
}

impl From<Front> for Protected {
    fn from(front: Front) -> Self {
        Self {
            front,
            #[cfg(feature = "serve")]
            served: Served::default(),
        }
    }
}

/// Puts another front in the place of the one there is.
#[cfg(feature = "config")]
pub(crate) struct Replace(Arc<ArcSwap<Outermost>>);

#[cfg(feature = "config")]
impl Replace {
    pub(crate) fn by(&self, other: Protected) {
        match other.front {
            Front::Fixed(other) => self.0.store(Arc::new(other)),
            Front::Live(other) => self.0.store(other.load_full()),
        }
    }
}

impl fmt::Debug for Protected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Protected")
    }
}

impl Service<Request> for Protected {
    type Response = Response;
    type Error = Infallible;
    type Future = ProtectedFuture;

    #[inline]
    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.front.poll_ready(cx)
    }

    #[inline]
    fn call(&mut self, request: Request) -> ProtectedFuture {
        self.front.call(request)
    }
}

impl Front {
    #[inline]
    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        match self {
            Self::Fixed(front) => Service::<Request>::poll_ready(front, cx),
            // Gates and routers are always ready.
            #[cfg(feature = "config")]
            Self::Live(_) => Poll::Ready(Ok(())),
        }
    }

    #[inline]
    fn call(&mut self, request: Request) -> ProtectedFuture {
        let request = watch(request);
        let inner = match self {
            Self::Fixed(front) => front.call(request),
            #[cfg(feature = "config")]
            Self::Live(current) => {
                let mut front = Outermost::clone(&current.load());
                front.call(request)
            }
        };
        ProtectedFuture { inner }
    }
}

pin_project! {
    /// The response of a [`Protected`].
    pub struct ProtectedFuture {
        #[pin]
        inner: CatchPanicFuture<<Fenced as Service<Request>>::Future>,
    }
}

impl Future for ProtectedFuture {
    type Output = Result<Response, Infallible>;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let response = ready!(self.project().inner.poll(cx))?;
        Poll::Ready(Ok(response.map(plain)))
    }
}

impl fmt::Debug for ProtectedFuture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ProtectedFuture")
    }
}

/// One connection to a [`Protected`], whose requests know their peer.
#[derive(Clone)]
pub struct Connection {
    service: Front,
    peer: SocketAddr,
    tls: Option<Tls>,
}

impl Connection {
    pub(crate) fn new(service: Protected, peer: SocketAddr, tls: Option<Tls>) -> Self {
        Self { service: service.front, peer, tls }
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection").field("peer", &self.peer).finish_non_exhaustive()
    }
}

impl Service<Request> for Connection {
    type Response = Response;
    type Error = Infallible;
    type Future = ProtectedFuture;

    #[inline]
    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.service.poll_ready(cx)
    }

    #[inline]
    fn call(&mut self, mut request: Request) -> ProtectedFuture {
        // axum's own name for it too, so that handlers may ask for `ConnectInfo` as they are used to.
        request.extensions_mut().insert(ConnectInfo(self.peer));
        crate::host::mark(&mut request);
        if let Some(tls) = self.tls {
            request.extensions_mut().insert(tls);
        }
        self.service.call(request)
    }
}

impl<L> Service<axum::serve::IncomingStream<'_, L>> for Protected
where
    L: axum::serve::Listener<Addr = SocketAddr>,
{
    type Response = Connection;
    type Error = Infallible;
    type Future = Ready<Result<Connection, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, stream: axum::serve::IncomingStream<'_, L>) -> Self::Future {
        let tls = over_tls(stream.io());
        #[cfg(feature = "serve")]
        self.served.judge(tls);
        ready(Ok(Connection::new(self.clone(), *stream.remote_addr(), tls)))
    }
}

impl From<Protected> for Router {
    fn from(protected: Protected) -> Self {
        Self::new().fallback_service(protected)
    }
}

/// How a connection is protected that another server than this crate's accepted: by a [`TlsListener`](crate::TlsListener) over TCP, or
/// nobody knows.
#[cfg(feature = "tls")]
fn over_tls(io: &dyn Any) -> Option<Tls> {
    type OverTcp = tokio_rustls::server::TlsStream<crate::BoundedIo<tokio::net::TcpStream>>;
    crate::tls::agreed(io.downcast_ref::<OverTcp>()?.get_ref().1.protocol_version())
}

#[cfg(not(feature = "tls"))]
const fn over_tls(_: &dyn Any) -> Option<Tls> {
    None
}

/// The peer as axum keeps it.
pub(crate) fn connect_info(extensions: &Extensions) -> Option<SocketAddr> {
    extensions.get::<ConnectInfo<SocketAddr>>().map(|info| info.0)
}

/// A body without a box of its own where nothing of ours has to live as long as it.
#[inline]
fn plain(body: TailBody<Body>) -> Body {
    match body.into_inner() {
        Ok(body) => body,
        Err(tail) if tail.is_end_stream() => Body::empty(),
        Err(tail) => Body::new(tail),
    }
}

/// The answer where our own code panicked: constant bytes, because nothing else can be relied on.
fn fault(cause: &(dyn Any + Send)) -> Response {
    tracing::error!(target: "palisade::panic", cause = text(cause), "seeing a response out panicked; please report it");
    const WORDS: &[u8] = br#"{"error":{"code":"INTERNAL_ERROR","message":"Internal error","details":null}}"#;
    let mut response = Response::new(Body::from(Bytes::from_static(WORDS)));
    *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}
