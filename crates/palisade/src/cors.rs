//! Cross-origin requests: which pages of other sites may call.

use crate::{
    allowed_origins::{AllowedOrigins, Parent, origin_value},
    cors_outside::CorsOutside,
};
use http::{
    HeaderName, Method,
    header::{AUTHORIZATION, CONTENT_TYPE, COOKIE, RETRY_AFTER, WWW_AUTHENTICATE},
    request,
};
use std::time::Duration;
use tower_http::cors::CorsLayer;

/// Which origins, methods and headers browsers may use; the work itself is tower-http's.
///
/// Off unless given to a stack. Preflights are answered before authentication and are limited by address. The headers a client
/// needs to understand a refusal (`Retry-After`, `X-RateLimit-*`, `WWW-Authenticate` …) are exposed.
///
/// ```
/// use palisade::Cors;
///
/// let cors = Cors::origins(["https://your-frontend.com"]).methods(["GET", "POST", "DELETE"]).credentials();
/// # let _ = cors;
/// ```
#[derive(Clone, Debug)]
pub struct Cors {
    origins: Option<Vec<String>>,
    parents: Vec<String>,
    methods: Vec<String>,
    headers: Vec<String>,
    credentials: bool,
    max_age: Duration,
}

/// Chromium keeps a preflight no longer than this.
const MAX_AGE: Duration = Duration::from_secs(7_200);

impl Cors {
    /// Pages of exactly these origins (`https://host[:port]`, no path, no wildcard).
    #[must_use]
    pub fn origins<T: Into<String>>(origins: impl IntoIterator<Item = T>) -> Self {
        Self { origins: Some(origins.into_iter().map(Into::into).collect()), ..Self::any_origin() }
    }

    /// Pages of every origin; cannot be joined with [`credentials`](Self::credentials).
    #[must_use]
    pub fn any_origin() -> Self {
        Self {
            origins: None,
            parents: Vec::new(),
            methods: ["GET", "POST", "PUT", "PATCH", "DELETE"].map(str::to_owned).to_vec(),
            headers: Vec::new(),
            credentials: false,
            max_age: MAX_AGE,
        }
    }

    /// Pages of the sub-domains of these origins too: `https://example.com` stands for `https://app.example.com`, of the same scheme and
    /// port. Exactly one label is added, as in a certificate's wildcard (RFC 9525 §6.3); neither deeper ones nor the origin itself.
    ///
    /// Whoever can put a page on any of them can call; a parent needs two labels at least, so that it is no top-level domain.
    ///
    /// ```
    /// use palisade::Cors;
    ///
    /// let cors = Cors::origins(["https://example.com"]).subdomains_of(["https://example.com"]);
    /// # let _ = cors;
    /// ```
    #[must_use]
    pub fn subdomains_of<T: Into<String>>(mut self, parents: impl IntoIterator<Item = T>) -> Self {
        self.parents.extend(parents.into_iter().map(Into::into));
        self
    }

    /// Methods beyond the simple ones; GET, POST, PUT, PATCH and DELETE where not said.
    #[must_use]
    pub fn methods<T: Into<String>>(mut self, methods: impl IntoIterator<Item = T>) -> Self {
        self.methods = methods.into_iter().map(Into::into).collect();
        self
    }

    /// Request headers; `Authorization`, `Content-Type` and the headers in which credentials of the stack stand, such as `X-API-Key`,
    /// are always among them, because `*` would not cover the first.
    #[must_use]
    pub fn headers<T: Into<String>>(mut self, headers: impl IntoIterator<Item = T>) -> Self {
        self.headers = headers.into_iter().map(Into::into).collect();
        self
    }

    /// Lets browsers send cookies and client certificates along.
    #[must_use]
    pub const fn credentials(mut self) -> Self {
        self.credentials = true;
        self
    }

    /// How long browsers may keep a preflight's answer; they cap it themselves, Chromium at two hours.
    #[must_use]
    pub const fn max_age(mut self, age: Duration) -> Self {
        self.max_age = age;
        self
    }

    /// What answers, and what lets pages read refusals that are made outside of it. `places` are the headers beside `Authorization` in
    /// which credentials may stand.
    pub(crate) fn layer(&self, places: &[HeaderName]) -> Result<(CorsLayer, CorsOutside), Vec<CorsError>> {
        let mut errors = Vec::new();
        let mut origins = Vec::new();
        for (index, origin) in self.origins.iter().flatten().enumerate() {
            match origin_value(origin) {
                Some(value) => origins.push(value),
                None => errors.push(CorsError::Origin(index)),
            }
        }
        let mut parents = Vec::new();
        for (index, parent) in self.parents.iter().enumerate() {
            match Parent::read(parent) {
                Some(parent) => parents.push(parent),
                None => errors.push(CorsError::Parent(index)),
            }
        }
        if self.origins.as_ref().is_some_and(Vec::is_empty) && self.parents.is_empty() {
            errors.push(CorsError::NoOrigin);
        }
        if self.origins.is_none() && self.credentials {
            errors.push(CorsError::AnyOriginWithCredentials);
        }
        let mut methods = Vec::new();
        for (index, method) in self.methods.iter().enumerate() {
            match Method::from_bytes(method.as_bytes()) {
                Ok(method) => methods.push(method),
                Err(_) => errors.push(CorsError::Method(index)),
            }
        }
        let mut headers = vec![AUTHORIZATION, CONTENT_TYPE];
        // Browsers send cookies by themselves, and no page may name them.
        headers.extend(places.iter().filter(|place| **place != COOKIE).cloned());
        for (index, header) in self.headers.iter().enumerate() {
            match HeaderName::from_bytes(header.as_bytes()) {
                Ok(header) if headers.contains(&header) => {}
                Ok(header) => headers.push(header),
                Err(_) => errors.push(CorsError::Header(index)),
            }
        }
        if !errors.is_empty() {
            return Err(errors);
        }
        let allowed = match self.origins {
            Some(_) => AllowedOrigins::these(origins, parents),
            None => AllowedOrigins::any(),
        };
        let outside = CorsOutside::new(allowed.clone(), self.credentials, &exposed());
        let layer = CorsLayer::new()
            .allow_origin(allowed.layer())
            .allow_methods(methods)
            .allow_headers(headers)
            .allow_credentials(self.credentials)
            .expose_headers(exposed())
            .max_age(self.max_age);
        Ok((layer, outside))
    }
}

/// What is wrong with CORS settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CorsError {
    /// `*` with credentials is forbidden by the Fetch standard, because it would open every site's session.
    #[error("cors: any origin cannot be joined with credentials; list the origins")]
    AnyOriginWithCredentials,
    /// An empty list opens nothing.
    #[error("cors.origins: the list is empty; leave cors out, or name an origin")]
    NoOrigin,
    /// Not `scheme://host[:port]` in lower case.
    #[error(
        "cors.origins[{0}]: not an origin; write scheme://host[:port] in lower case, without path, `*` or `null`"
    )]
    Origin(usize),
    /// Not an origin, or one of a single label.
    #[error(
        "cors.subdomains_of[{0}]: not an origin with at least two labels; write scheme://host[:port] in lower case"
    )]
    Parent(usize),
    /// Not a method.
    #[error("cors.methods[{0}]: not a method")]
    Method(usize),
    /// Not a header's name.
    #[error("cors.headers[{0}]: not a header's name")]
    Header(usize),
}

fn exposed() -> Vec<HeaderName> {
    let ours = [
        "x-ratelimit-limit",
        "x-ratelimit-remaining",
        "x-ratelimit-reset",
        "ratelimit",
        "ratelimit-policy",
        "x-request-id",
        "deprecation",
        "sunset",
        "dpop-nonce",
    ];
    let mut names: Vec<HeaderName> = ours.map(HeaderName::from_static).to_vec();
    names.extend([RETRY_AFTER, WWW_AUTHENTICATE]);
    names
}

/// A true preflight: `OPTIONS` with `Origin` and `Access-Control-Request-Method` (Fetch standard).
pub(crate) fn is_preflight(head: &request::Parts) -> bool {
    head.method == Method::OPTIONS && is_preflight_of(&head.headers)
}

pub(crate) fn is_preflight_of(headers: &http::HeaderMap) -> bool {
    headers.contains_key(http::header::ORIGIN)
        && headers.contains_key(http::header::ACCESS_CONTROL_REQUEST_METHOD)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a333_any_origin_with_credentials_is_refused() {
        assert_eq!(
            Cors::any_origin().credentials().layer(&[]).unwrap_err(),
            [CorsError::AnyOriginWithCredentials]
        );
    }

    #[test]
    fn a332_only_what_a_browser_sends_is_an_origin() {
        for origin in ["https://a.example", "http://localhost:3000", "https://[::1]:8443"] {
            assert!(Cors::origins([origin]).layer(&[]).is_ok(), "{origin}");
        }
        for origin in
            ["*", "null", "https://a.example/", "https://A.example", "a.example", "https://*.a.example", ""]
        {
            assert_eq!(Cors::origins([origin]).layer(&[]).unwrap_err(), [CorsError::Origin(0)], "{origin}");
        }
        assert_eq!(Cors::origins::<&str>([]).layer(&[]).unwrap_err(), [CorsError::NoOrigin]);
    }

    #[test]
    fn a332_sub_domains_have_exactly_one_label_more() {
        let check = |parent: &str, origin: &str, expected: bool| {
            let parent = Parent::read(parent).unwrap();
            assert_eq!(parent.has(origin.as_bytes()), expected, "{origin}");
        };
        let parent = "https://example.org";
        check(parent, "https://app.example.org", true);
        check(parent, "https://xn--bcher-kva.example.org", true);
        for other in [
            "https://example.org",
            "https://.example.org",
            "https://a.b.example.org",
            "https://evilexample.org",
            "https://app.example.org.evil.com",
            "https://example.org.evil.com",
            "https://app.example.org:8443",
            "http://app.example.org",
            "https://APP.example.org",
            "https://evil.com/.example.org",
            "https://evil.com?.example.org",
            "https://evil.com#.example.org",
            "https://user@x.example.org",
            "https://a%2eb.example.org",
            "https://-a.example.org",
            "https://app.example.org.",
            "null",
            "",
        ] {
            check(parent, other, false);
        }
        check("https://example.org:8443", "https://app.example.org:8443", true);
        check("https://example.org:8443", "https://app.example.org", false);
        for bad in [
            "https://org",
            "https://*.org",
            "https://127.0.0.1",
            "https://[::1]",
            "example.org",
            "https://.org",
        ] {
            assert_eq!(
                Cors::origins::<&str>([]).subdomains_of([bad]).layer(&[]).unwrap_err(),
                [CorsError::Parent(0)],
                "{bad}"
            );
        }
    }

    #[test]
    fn all_mistakes_are_told_at_once() {
        let cors = Cors::origins(["x"]).methods(["GET", "G T"]).headers(["a b"]);
        let errors = cors.layer(&[]).unwrap_err();
        assert_eq!(errors, [CorsError::Origin(0), CorsError::Method(1), CorsError::Header(0)]);
    }
}
