//! How refusals read: one place puts every denial into words.

mod accept;
mod dress;
mod format;
mod render;

use crate::{
    chain::Chain,
    facts::Facts,
    finish::{Finish, Outlet},
    gate::{Gate, GateLayer, gate},
    guard::Guard,
    hold::TailBody,
    in_flight::Tail,
    reply::Reply,
    witness::Watch,
};
use accept::Wanted;
use bytes::Bytes;
pub use format::Format;
use http::{Method, Response, Version, request, response};
use http_body::Body;
use std::{fmt, task::Poll};
use tower_layer::Layer;

/// The settings of an envelope.
///
/// Whatever the format, gRPC requests (`POST` of `application/grpc` over HTTP/2) are answered trailers-only with `grpc-status`, every answer carries
/// `Cache-Control: no-store` and (gRPC apart) `X-Content-Type-Options: nosniff`, and answers to `HEAD` have no body.
#[derive(Clone, Copy, Debug)]
pub struct Envelope {
    format: Format,
    rejections: bool,
}

impl Envelope {
    /// An envelope of this format.
    #[must_use]
    pub const fn new(format: Format) -> Self {
        Self { format, rejections: false }
    }

    /// Its format.
    #[must_use]
    pub const fn format(self) -> Format {
        self.format
    }

    /// Also rewrites plain-text errors, such as axum's own rejections: the status stays, except that 422 becomes 400, and the
    /// text is replaced by the constant message of the status.
    ///
    /// Without it only errors with an empty body are dressed, and plain-text 413s.
    #[must_use]
    pub const fn dress_rejections(mut self) -> Self {
        self.rejections = true;
        self
    }
}

/// What the envelope keeps of a request until its response comes.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
pub struct EnvelopeMemo {
    wanted: Wanted,
    head: bool,
    http1: bool,
}

impl Outlet for Envelope {
    type Memo = EnvelopeMemo;

    #[inline]
    fn remember(&self, head: &request::Parts) -> EnvelopeMemo {
        EnvelopeMemo {
            wanted: accept::wanted(self.format, head),
            head: head.method == Method::HEAD,
            http1: head.version <= Version::HTTP_11,
        }
    }

    /// Somebody may keep the facts for longer than the request; the permits end with it.
    #[inline]
    fn abandon(&self, facts: &Facts) {
        let Tail { permits, watch } = facts.take_held();
        drop(permits);
        if let Some(mut watch) = Watch::of(watch) {
            watch.unanswered(facts);
        }
    }
}

impl<B> Finish<B> for Envelope
where
    B: Body,
    B::Data: From<Bytes>,
{
    type Body = TailBody<B>;

    #[inline]
    fn finish(
        &self,
        memo: EnvelopeMemo,
        mut head: response::Parts,
        body: B,
        facts: &Facts,
    ) -> Response<TailBody<B>> {
        let held = facts.take_held();
        let refused = head.status.is_client_error() || head.status.is_server_error();
        let dressed =
            if refused { dress::denial(&head, &body, memo.head, facts, self.rejections) } else { None };
        let mut body = match dressed {
            None => TailBody::inner(body, held),
            Some(denial) => {
                let words = render::dress(&mut head, &denial, memo.wanted, memo.head, memo.http1, facts);
                TailBody::words(words, held)
            }
        };
        body.answered(&head, facts, memo.head);
        Response::from_parts(head, body)
    }

    fn plain<E>(answer: Poll<Result<Response<B>, E>>) -> Poll<Result<Response<TailBody<B>>, E>> {
        answer.map_ok(|response| response.map(|body| TailBody::inner(body, Tail::default())))
    }
}

/// The guard of an envelope that stands alone: lets everything pass.
#[derive(Clone, Copy, Debug)]
pub struct Open;

impl Guard for Open {
    type Pass = ();

    #[inline]
    fn check(&self, _: &request::Parts, _: &Facts) -> Reply<Result<(), crate::Denial>> {
        Reply::now(Ok(()))
    }
}

/// A layer that puts refusals into words: those of gates inside it, and bare errors of anybody else.
///
/// ```
/// use palisade_core::{Denial, DenialKind, EnvelopeLayer, gate, guard_fn};
/// use bytes::Bytes;
/// use http::{Request, Response};
/// use http_body_util::{BodyExt, Full};
/// use tower::{Layer, ServiceExt, service_fn};
///
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// let inner = service_fn(|_: Request<()>| async {
///     Ok::<_, std::convert::Infallible>(Response::new(Full::<Bytes>::default()))
/// });
/// let closed = gate(guard_fn(|_, _| Err(Denial::new(DenialKind::Forbidden)))).layer(inner);
/// let response = EnvelopeLayer::json().layer(closed).oneshot(Request::new(())).await.unwrap();
/// let body = response.into_body().collect().await.unwrap().to_bytes();
/// assert_eq!(body, r#"{"error":{"code":"PERMISSION_DENIED","message":"Permission denied","details":null}}"#);
/// # });
/// ```
#[derive(Clone)]
pub struct EnvelopeLayer(GateLayer<Open, Envelope>);

impl EnvelopeLayer {
    /// A layer with these settings.
    #[must_use]
    pub fn new(envelope: Envelope) -> Self {
        Self(gate(Open).with_envelope(envelope))
    }

    /// Problem documents for clients that prefer them, JSON for all others.
    #[must_use]
    pub fn negotiated() -> Self {
        Self::new(Envelope::new(Format::Negotiated))
    }

    /// Always `{"error":{…}}`.
    #[must_use]
    pub fn json() -> Self {
        Self::new(Envelope::new(Format::Json))
    }

    /// Always RFC 9457.
    #[must_use]
    pub fn problem() -> Self {
        Self::new(Envelope::new(Format::Problem))
    }

    /// RFC 9457 with an `error` member.
    #[must_use]
    pub fn dual() -> Self {
        Self::new(Envelope::new(Format::Dual))
    }

    /// See [`Envelope::dress_rejections`].
    #[must_use]
    pub fn dress_rejections(self) -> Self {
        let Self(layer) = self;
        Self(layer.map_finish(Envelope::dress_rejections))
    }
}

impl<S> Layer<S> for EnvelopeLayer {
    type Service = Gate<S, Open, Envelope>;

    fn layer(&self, inner: S) -> Self::Service {
        self.0.layer(inner)
    }
}

impl<C: Chain, F: Outlet + Clone> GateLayer<C, F> {
    /// Gives the gate's own refusals words, and those of everything inside it, without a second layer.
    #[must_use]
    pub fn with_envelope(self, envelope: Envelope) -> GateLayer<C, Envelope> {
        self.finished_by(envelope)
    }
}

impl fmt::Debug for EnvelopeLayer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("EnvelopeLayer").finish()
    }
}
