//! Refusals that are made outside of CORS, for pages to read.

use crate::allowed_origins::AllowedOrigins;
use http::{
    HeaderName, HeaderValue,
    header::{
        ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, ORIGIN,
        VARY,
    },
    request, response,
};
use palisade_core::{Denial, Facts, Guard, Pass, Reply};
use std::sync::Arc;

/// Decides nothing: it only sees to it that a page of an allowed origin can read what is refused before CORS has its turn, such as a
/// path, a network or a head that is too large. Everybody else is told what they were told without it.
#[derive(Clone, Debug)]
pub(crate) struct CorsOutside {
    allowed: AllowedOrigins,
    words: Arc<Words>,
}

#[derive(Debug)]
struct Words {
    credentials: bool,
    exposed: Option<HeaderValue>,
}

impl CorsOutside {
    pub(crate) fn new(allowed: AllowedOrigins, credentials: bool, exposed: &[HeaderName]) -> Self {
        let exposed: Vec<_> = exposed.iter().map(HeaderName::as_str).collect();
        let exposed = HeaderValue::from_str(&exposed.join(",")).ok();
        Self { allowed, words: Arc::new(Words { credentials, exposed }) }
    }
}

impl Guard for CorsOutside {
    type Pass = OfPage;

    #[inline]
    fn check(&self, head: &request::Parts, _: &Facts) -> Reply<Result<OfPage, Denial>> {
        let origin = head.headers.get(ORIGIN).filter(|origin| self.allowed.has(origin));
        Reply::now(Ok(OfPage(origin.map(|origin| {
            let origin = if self.allowed.is_any() { HeaderValue::from_static("*") } else { origin.clone() };
            Box::new((origin, self.words.clone()))
        }))))
    }
}

/// A request of a page that may read its answer. Few requests are, so the others do not carry it about.
pub(crate) struct OfPage(Option<Box<(HeaderValue, Arc<Words>)>>);

impl Pass for OfPage {
    #[inline]
    fn outbound(self, head: &mut response::Parts, facts: &Facts) {
        // What CORS has seen has its headers; what is no refusal came by it.
        if let Some(page) = self.0
            && facts.denial().is_some()
            && !head.headers.contains_key(ACCESS_CONTROL_ALLOW_ORIGIN)
        {
            page.1.write(page.0, head);
        }
    }
}

impl Words {
    fn write(&self, origin: HeaderValue, head: &mut response::Parts) {
        let headers = &mut head.headers;
        if headers.try_reserve(4).is_err() {
            return;
        }
        headers.append(VARY, HeaderValue::from_static("origin"));
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        if let Some(exposed) = &self.exposed {
            headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, exposed.clone());
        }
        if self.credentials {
            headers.insert(ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
        }
    }
}

impl std::fmt::Debug for OfPage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("OfPage")
    }
}
