//! Where the request belongs, in it and in its response.

use http::{HeaderName, HeaderValue, request, response};
use palisade_core::{ClientIp, Denial, Facts, Guard, Pass, Reply, TraceContext};

/// Follows traces, where that is wanted.
#[derive(Clone, Debug, Default)]
pub(crate) struct FollowTrace {
    /// Whose trace and request id are taken, where traces are followed.
    pub(crate) trace: Option<ClientIp>,
}

const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");
const TRACESTATE: HeaderName = HeaderName::from_static("tracestate");
const TRACERESPONSE: HeaderName = HeaderName::from_static("traceresponse");

impl Guard for FollowTrace {
    type Pass = Named;

    #[inline]
    fn check(&self, head: &request::Parts, facts: &Facts) -> Reply<Result<Named, Denial>> {
        Reply::now(Ok(Named(self.trace.as_ref().and_then(|trusted| follow(trusted, head, facts)))))
    }
}

/// Notes where the request belongs, and tells whoever made the span that it is in.
fn follow(trusted: &ClientIp, head: &request::Parts, facts: &Facts) -> Option<Followed> {
    let goes_on = facts.correlate(&head.headers, trusted);
    let context = facts.trace()?;
    let span = tracing::Span::current();
    if !span.is_disabled() {
        span.record("request_id", tracing::field::display(facts.request_id()));
        span.record("trace_id", std::str::from_utf8(&context.trace_id()).unwrap_or_default());
    }
    Some(Followed { context, goes_on })
}

#[derive(Clone, Copy, Debug)]
struct Followed {
    context: TraceContext,
    goes_on: bool,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Named(Option<Followed>);

impl Pass for Named {
    #[inline]
    fn inbound(&mut self, head: &mut request::Parts) {
        let Some(Followed { context, goes_on }) = self.0 else { return };
        // Handlers and what they call go on from here; what a stranger said is gone.
        if let Ok(value) = HeaderValue::from_bytes(&context.text()) {
            head.headers.insert(TRACEPARENT, value);
        }
        if !goes_on {
            head.headers.remove(TRACESTATE);
        }
    }

    #[inline]
    fn outbound(self, head: &mut response::Parts, _: &Facts) {
        if let Some(Followed { context, .. }) = self.0
            && let Ok(value) = HeaderValue::from_bytes(&context.text())
        {
            head.headers.insert(TRACERESPONSE, value);
        }
    }
}
