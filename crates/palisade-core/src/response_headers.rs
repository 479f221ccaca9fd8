//! What every response of a service says beside its content.

use crate::{
    denial::Denial,
    facts::Facts,
    grpc::is_grpc,
    guard::{Guard, Pass},
    left::Left,
    reply::Reply,
    security_headers::{SecurityHeaders, Seen},
    shapes::{Added, REQUEST_ID, Shapes},
};
use http::{HeaderMap, HeaderName, HeaderValue, header::CONTENT_TYPE, request, response};
use std::sync::Arc;

/// Names the request in its response (`X-Request-Id`), says what [`SecurityHeaders`] say, and writes the [`Lines`](crate::Lines) that
/// were left by whoever stands inside. It refuses nobody.
///
/// All of it at once: where it adds the same names as to an earlier response, it copies a map in which they have their places.
#[derive(Clone, Debug)]
pub struct ResponseHeaders(Arc<Settings>);

#[derive(Debug)]
struct Settings {
    security: Option<SecurityHeaders>,
    shapes: Shapes,
}

impl ResponseHeaders {
    /// With these security headers, or without.
    #[must_use]
    pub fn new(security: Option<SecurityHeaders>) -> Self {
        Self(Arc::new(Settings { security, shapes: Shapes::default() }))
    }
}

impl Guard for ResponseHeaders {
    type Pass = ResponseHeadersPass;

    #[inline]
    fn check(&self, head: &request::Parts, facts: &Facts) -> Reply<Result<ResponseHeadersPass, Denial>> {
        let seen = self.0.security.as_ref().map(|security| security.see(head)).unwrap_or_default();
        Reply::now(Ok(ResponseHeadersPass { settings: self.0.clone(), seen, takes: facts.take_lines() }))
    }
}

/// The headers on their way out.
#[derive(Debug)]
pub struct ResponseHeadersPass {
    settings: Arc<Settings>,
    seen: Seen,
    /// Lines are left to this one, and to nobody outside of it.
    takes: bool,
}

impl Pass for ResponseHeadersPass {
    #[inline(never)]
    fn outbound(self, head: &mut response::Parts, facts: &Facts) {
        let lines = if self.takes { facts.lines() } else { None };
        // Digits and hyphens always are a value.
        let Ok(mut id) = HeaderValue::from_bytes(&facts.request_id().text()) else { return };
        let security = match &self.settings.security {
            Some(security) => security.due(self.seen, facts),
            None => Some(0),
        };
        // Refusals are more various, and rarer; they must not take the place of what is not.
        let Some(security) = security.filter(|_| head.status.is_success()) else {
            return self.write(lines, id, head, facts);
        };
        let added = Added { security, lines: lines.map_or(&[], Left::names) };
        let shapes = &self.settings.shapes;
        if let Some(shape) = shapes.find(added, &head.headers)
            && !shape.kind(&head.headers).is_some_and(is_grpc)
            && let Some(headers) = shape.fill(&mut head.headers, lines, &mut id, facts)
        {
            head.headers = headers;
            return;
        }
        if shapes.is_full() || head.headers.get(CONTENT_TYPE).is_some_and(is_grpc) {
            return self.write(lines, id, head, facts);
        }
        let own: Vec<HeaderName> = head.headers.keys().cloned().collect();
        self.write(lines, id, head, facts);
        shapes.keep(added, &own, SecurityHeaders::varies(security), &head.headers);
    }
}

impl ResponseHeadersPass {
    /// One after another, wherever they belong.
    #[inline(never)]
    fn write(&self, lines: Option<&dyn Left>, id: HeaderValue, head: &mut response::Parts, facts: &Facts) {
        if let Some(lines) = lines {
            put(&mut head.headers, lines, facts);
        }
        head.headers.insert(REQUEST_ID, id);
        if let Some(security) = &self.settings.security {
            security.write(self.seen, head, facts);
        }
    }
}

/// A response with so many headers that the lines do not fit goes out without them.
fn put(headers: &mut HeaderMap, lines: &dyn Left, facts: &Facts) {
    let names = lines.names();
    if headers.try_reserve(names.len()).is_ok() {
        let mut names = names.iter();
        lines.write(facts, &mut |value| match (names.next(), value) {
            (Some(name), Some(value)) => drop(headers.try_insert(name, value)),
            (Some(name), None) => drop(headers.remove(name)),
            (None, _) => {}
        });
    }
}

#[cfg(test)]
mod tests;
