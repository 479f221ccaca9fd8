//! What an API tells browsers and caches beside its answer.

use crate::{
    denial::Denial,
    facts::Facts,
    grpc::is_grpc,
    guard::{Guard, Pass},
    identity::Identity,
    reply::Reply,
    tls::Tls,
};
use http::{
    HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Version,
    header::{
        CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, SERVER,
        STRICT_TRANSPORT_SECURITY, VARY, X_CONTENT_TYPE_OPTIONS,
    },
    request, response,
    uri::Scheme,
};
use std::sync::Arc;

/// Security headers for an API, on every answer but gRPC's and upgrades; what a handler said itself stays.
///
/// | header | value |
/// | --- | --- |
/// | `X-Content-Type-Options` | `nosniff` |
/// | `Content-Security-Policy` | `default-src 'none'; frame-ancestors 'none'` |
/// | `Referrer-Policy` | `no-referrer` |
/// | `Strict-Transport-Security` | `max-age=31536000`, over HTTPS only (RFC 6797 §7.2) |
/// | `Cache-Control` | `no-store`, on answers to known callers |
/// | `Vary` | the headers named by [`varying_on`](Self::varying_on), unless the route is public |
/// | `Server` | removed |
///
/// It refuses nobody. Put it outside, so that refusals have them too.
#[derive(Clone, Debug)]
pub struct SecurityHeaders(Arc<Settings>);

#[derive(Clone, Debug)]
struct Settings {
    policy: HeaderValue,
    transport: Option<HeaderValue>,
    always_https: bool,
    no_store: bool,
    keep_server: bool,
    vary: Vec<HeaderName>,
}

impl SecurityHeaders {
    /// The headers above.
    #[must_use]
    pub fn api() -> Self {
        Self(Arc::new(Settings {
            policy: HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'"),
            transport: Some(HeaderValue::from_static("max-age=31536000")),
            always_https: false,
            no_store: true,
            keep_server: false,
            vary: Vec::new(),
        }))
    }

    /// Another `Content-Security-Policy`; a handler that answers with pages may also set its own.
    #[must_use]
    pub fn content_security_policy(self, policy: HeaderValue) -> Self {
        self.edit(|settings| settings.policy = policy)
    }

    /// Another `Strict-Transport-Security`, or none.
    #[must_use]
    pub fn strict_transport_security(self, value: Option<HeaderValue>) -> Self {
        self.edit(|settings| settings.transport = value)
    }

    /// Every request came over HTTPS, because a proxy in front accepts nothing else. Without it the scheme of the request
    /// itself is believed, and [`Tls`] that this process ended.
    #[must_use]
    pub fn always_https(self) -> Self {
        self.edit(|settings| settings.always_https = true)
    }

    /// Leaves `Cache-Control` to handlers, also in answers to known callers. Caches that are shared keep out what came of
    /// `Authorization` by themselves (RFC 9111 §3.5); what came of another header that is named by
    /// [`varying_on`](Self::varying_on) is marked `private`, and the rest is kept where a handler does not mark it.
    #[must_use]
    pub fn dangerous_cacheable(self) -> Self {
        self.edit(|settings| settings.no_store = false)
    }

    /// Says in `Vary` that answers of routes that are not public depend on these headers, besides what is said already. A stack
    /// says so itself of the headers in which its kinds of credentials look; this is for others, such as a tenant's.
    #[must_use]
    pub fn varying_on(self, headers: impl IntoIterator<Item = HeaderName>) -> Self {
        self.edit(|settings| settings.vary.extend(headers))
    }

    /// Leaves `Server` as a handler set it.
    #[must_use]
    pub fn keep_server(self) -> Self {
        self.edit(|settings| settings.keep_server = true)
    }

    fn edit(mut self, change: impl FnOnce(&mut Settings)) -> Self {
        change(Arc::make_mut(&mut self.0));
        self
    }
}

impl Default for SecurityHeaders {
    fn default() -> Self {
        Self::api()
    }
}

/// What of a request decides about the headers of its response.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Seen {
    https: bool,
    grpc: bool,
    /// A header beside `Authorization` on which answers depend is there, and nothing else keeps them out of caches.
    elsewhere: bool,
}

/// Which headers are due besides those that always are.
const TRANSPORT: u8 = 1;
const CACHE: u8 = 2;
const VARIES: u8 = 4;

impl SecurityHeaders {
    #[inline]
    pub(crate) fn see(&self, head: &request::Parts) -> Seen {
        // Caches keep answers apart by `Authorization` alone (RFC 9111 §3.5).
        let elsewhere = !self.0.no_store && self.0.vary.iter().any(|name| head.headers.contains_key(name));
        let https = self.0.always_https
            || head.uri.scheme() == Some(&Scheme::HTTPS)
            || head.extensions.get::<Tls>().is_some();
        let grpc =
            head.version == Version::HTTP_2 && head.method == Method::POST && speaks_grpc(&head.headers);
        Seen { https, grpc, elsewhere }
    }

    /// What a response is to be told, whatever it says itself; nothing over gRPC.
    #[inline]
    pub(crate) fn due(&self, seen: Seen, facts: &Facts) -> Option<u8> {
        let settings = &*self.0;
        if seen.grpc {
            return None;
        }
        let mut due = 0;
        if seen.https && settings.transport.is_some() {
            due |= TRANSPORT;
        }
        if (settings.no_store || seen.elsewhere) && matches!(facts.identity(), Some(Identity::Known(_))) {
            due |= CACHE;
        }
        if !settings.vary.is_empty() && facts.route().is_none_or(|route| !route.is_public()) {
            due |= VARIES;
        }
        Some(due)
    }

    /// Whether `Vary` is among what is due.
    pub(crate) const fn varies(due: u8) -> bool {
        due & VARIES != 0
    }

    pub(crate) fn write(&self, seen: Seen, head: &mut response::Parts, facts: &Facts) {
        // A refusal gets its words, and with them its type, further outside.
        if head.status == StatusCode::SWITCHING_PROTOCOLS || speaks_grpc(&head.headers) {
            return;
        }
        let Some(due) = self.due(seen, facts) else { return };
        let settings = &*self.0;
        let headers = &mut head.headers;
        let mut offer = |name, value: &HeaderValue| {
            headers.entry(name).or_insert_with(|| value.clone());
        };
        offer(X_CONTENT_TYPE_OPTIONS, &NOSNIFF);
        offer(CONTENT_SECURITY_POLICY, &settings.policy);
        offer(REFERRER_POLICY, &NO_REFERRER);
        if let Some(value) = settings.transport.as_ref().filter(|_| due & TRANSPORT != 0) {
            offer(STRICT_TRANSPORT_SECURITY, value);
        }
        if due & CACHE != 0 {
            offer(CACHE_CONTROL, if settings.no_store { &NO_STORE } else { &PRIVATE });
        }
        if !settings.keep_server {
            headers.remove(SERVER);
        }
        if Self::varies(due) {
            vary(head, &settings.vary);
        }
    }
}

impl Guard for SecurityHeaders {
    type Pass = SecurityHeadersPass;

    #[inline]
    fn check(&self, head: &request::Parts, _: &Facts) -> Reply<Result<SecurityHeadersPass, Denial>> {
        Reply::now(Ok(SecurityHeadersPass { headers: self.clone(), seen: self.see(head) }))
    }
}

/// The headers on their way out.
#[derive(Debug)]
pub struct SecurityHeadersPass {
    headers: SecurityHeaders,
    seen: Seen,
}

impl Pass for SecurityHeadersPass {
    fn outbound(self, head: &mut response::Parts, facts: &Facts) {
        self.headers.write(self.seen, head, facts);
    }
}

fn speaks_grpc(headers: &HeaderMap) -> bool {
    headers.get(CONTENT_TYPE).is_some_and(is_grpc)
}

static NOSNIFF: HeaderValue = HeaderValue::from_static("nosniff");
static NO_REFERRER: HeaderValue = HeaderValue::from_static("no-referrer");
static PRIVATE: HeaderValue = HeaderValue::from_static("private");
static NO_STORE: HeaderValue = HeaderValue::from_static("no-store");

/// Adds to `Vary` what it does not say, in one line with what it does.
fn vary(head: &mut response::Parts, names: &[HeaderName]) {
    let said = |name: &str, lines: &[HeaderValue]| {
        lines.iter().flat_map(|line| line.as_bytes().split(|byte| *byte == b',')).any(|word| {
            let word = word.trim_ascii();
            word == b"*" || word.eq_ignore_ascii_case(name.as_bytes())
        })
    };
    let lines: Vec<_> = head.headers.get_all(VARY).iter().cloned().collect();
    let missing: Vec<_> = names.iter().map(HeaderName::as_str).filter(|name| !said(name, &lines)).collect();
    if missing.is_empty() {
        return;
    }
    let line = lines.iter().map(HeaderValue::as_bytes).chain(missing.iter().map(|name| name.as_bytes()));
    let line: Vec<_> = line.collect();
    if let Ok(line) = HeaderValue::from_bytes(&line.join(&b", "[..])) {
        head.headers.insert(VARY, line);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{clock::Clock, principal::Principal, route::Route};
    use http::{Request, Response, response::Builder};

    fn sent(headers: &SecurityHeaders, uri: &str, said: Builder, facts: &Facts) -> response::Parts {
        let (request, ()) = Request::builder().uri(uri).body(()).unwrap().into_parts();
        let pass = headers.check(&request, facts).try_now().unwrap().unwrap();
        let (mut head, ()) = said.body(()).unwrap().into_parts();
        pass.outbound(&mut head, facts);
        head
    }

    fn told<'h>(head: &'h response::Parts, name: &str) -> Vec<&'h str> {
        head.headers.get_all(name).iter().map(|value| value.to_str().unwrap()).collect()
    }

    #[test]
    fn an_answer_has_them_and_what_a_handler_said_stays() {
        let facts = Facts::new(Clock::system());
        let head = sent(&SecurityHeaders::api(), "/", Response::builder().header("server", "x"), &facts);
        assert_eq!(told(&head, "x-content-type-options"), ["nosniff"]);
        assert_eq!(told(&head, "content-security-policy"), ["default-src 'none'; frame-ancestors 'none'"]);
        assert_eq!(told(&head, "referrer-policy"), ["no-referrer"]);
        for absent in ["server", "strict-transport-security", "cache-control", "vary"] {
            assert!(!head.headers.contains_key(absent), "{absent}");
        }
        let own = Response::builder().header("content-security-policy", "default-src 'self'");
        let head = sent(&SecurityHeaders::api(), "/", own, &facts);
        assert_eq!(told(&head, "content-security-policy"), ["default-src 'self'"]);
    }

    #[test]
    fn transport_security_is_told_over_https_only() {
        let facts = Facts::new(Clock::system());
        for (headers, uri, expected) in [
            (SecurityHeaders::api(), "https://x/", Some("max-age=31536000")),
            (SecurityHeaders::api(), "http://x/", None),
            (SecurityHeaders::api(), "/", None),
            (SecurityHeaders::api().always_https(), "/", Some("max-age=31536000")),
            (SecurityHeaders::api().always_https().strict_transport_security(None), "/", None),
        ] {
            let head = sent(&headers, uri, Response::builder(), &facts);
            assert_eq!(told(&head, "strict-transport-security").first().copied(), expected, "{uri}");
        }
    }

    #[test]
    fn known_callers_are_answered_with_no_store_unless_the_handler_says_otherwise() {
        let facts = Facts::new(Clock::system());
        assert!(facts.note_identity(Identity::Known(Principal::new("static", "a"))));
        let check = |headers: SecurityHeaders, said: Option<&str>, expected: &[&str]| {
            let mut answer = Response::builder();
            if let Some(said) = said {
                answer = answer.header("cache-control", said);
            }
            assert_eq!(told(&sent(&headers, "/", answer, &facts), "cache-control"), expected);
        };
        check(SecurityHeaders::api(), None, &["no-store"]);
        check(SecurityHeaders::api(), Some("max-age=60"), &["max-age=60"]);
        check(SecurityHeaders::api().dangerous_cacheable(), None, &[]);
        let cacheable =
            SecurityHeaders::api().dangerous_cacheable().varying_on([HeaderName::from_static("x-key")]);
        for (name, expected) in [("x-key", Some("private")), ("x-other", None)] {
            let (request, ()) = Request::builder().header(name, "a").body(()).unwrap().into_parts();
            let pass = cacheable.check(&request, &facts).try_now().unwrap().unwrap();
            let (mut head, ()) = Response::new(()).into_parts();
            pass.outbound(&mut head, &facts);
            assert_eq!(told(&head, "cache-control").first().copied(), expected, "{name}");
        }
    }

    #[test]
    fn vary_is_merged_and_never_doubled() {
        let key = HeaderName::from_static("x-api-key");
        let headers = SecurityHeaders::api().varying_on([key]);
        for (said, expected) in [
            (vec![], vec!["x-api-key"]),
            (vec!["origin", "accept"], vec!["origin, accept, x-api-key"]),
            (vec!["Origin, X-API-Key"], vec!["Origin, X-API-Key"]),
            (vec!["*"], vec!["*"]),
        ] {
            let facts = Facts::new(Clock::system());
            let answer = said.iter().fold(Response::builder(), |answer, line| answer.header("vary", *line));
            assert_eq!(told(&sent(&headers, "/", answer, &facts), "vary"), expected);
        }
        let facts = Facts::new(Clock::system());
        facts.note_route(&Route::new("/health", "public", true));
        assert!(told(&sent(&headers, "/", Response::builder(), &facts), "vary").is_empty());
    }

    #[test]
    fn what_merely_begins_like_grpc_is_not_left_alone() {
        let facts = Facts::new(Clock::system());
        for (kind, expected) in
            [("application/grpc", false), ("application/grpc+proto", false), ("application/grpc;a=b", false)]
                .into_iter()
                .chain([("application/grpc-web", true), ("application/grpcx", true), ("text/plain", true)])
        {
            let request = Request::post("/").version(Version::HTTP_2).header("content-type", kind);
            let (request, ()) = request.body(()).unwrap().into_parts();
            let pass = SecurityHeaders::api().check(&request, &facts).try_now().unwrap().unwrap();
            let (mut head, ()) = Response::new(()).into_parts();
            pass.outbound(&mut head, &facts);
            assert_eq!(head.headers.contains_key("x-content-type-options"), expected, "{kind}");
        }
    }

    #[test]
    fn grpc_and_upgrades_are_left_alone() {
        let facts = Facts::new(Clock::system());
        for answer in [
            Response::builder().header("content-type", "application/grpc+proto"),
            Response::builder().status(101),
        ] {
            let head = sent(&SecurityHeaders::api(), "/", answer, &facts);
            assert!(!head.headers.contains_key("x-content-type-options"));
        }
    }
}
