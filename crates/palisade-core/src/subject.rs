//! Somebody who is counted, without a request of theirs.

use crate::{
    client_ip::prefix,
    clock::{Clock, Moment},
    facts::Facts,
    identity::Identity,
    principal::Principal,
    route::Route,
};
use http::{HeaderName, HeaderValue, request};
use std::net::IpAddr;

/// Somebody whose counters are looked at or changed: an address, a caller, a route, alone or together.
///
/// Handlers take the caller of the request that they serve ([`Subject::of`]); an operator names one.
///
/// ```
/// use palisade_core::{Principal, Subject};
///
/// let guesser = Subject::client("192.0.2.7".parse()?);
/// let customer = Subject::principal(Principal::new("api_key", "k_7").with_tenant("acme")).with_route("/models/{name}");
/// # let _ = (guesser, customer);
/// # Ok::<(), std::net::AddrParseError>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Subject {
    client: Option<IpAddr>,
    principal: Option<Principal>,
    tenant: Option<Box<str>>,
    route: Option<Box<str>>,
    headers: Vec<(HeaderName, HeaderValue)>,
    clock: Option<Clock>,
}

impl Subject {
    /// Whoever sent this request: its client, its verified caller, and its route, as far as they are known.
    ///
    /// Headers are not among the facts; [`with_header`](Self::with_header) adds the one that a limit counts by.
    #[must_use]
    pub fn of(facts: &Facts) -> Self {
        Self {
            client: facts.client().map(|client| client.ip),
            principal: facts.identity().and_then(Identity::principal).cloned(),
            route: facts.route().map(|route| route.template().into()),
            clock: Some(facts.clock().clone()),
            ..Self::default()
        }
    }

    /// A client by its address.
    #[must_use]
    pub fn client(ip: IpAddr) -> Self {
        Self { client: Some(ip), ..Self::default() }
    }

    /// A caller; its tenant, plan and lineage count as they stand in this value.
    #[must_use]
    pub fn principal(principal: Principal) -> Self {
        Self { principal: Some(principal), ..Self::default() }
    }

    /// A tenant, whoever of it calls.
    #[must_use]
    pub fn tenant(tenant: &str) -> Self {
        Self { tenant: Some(tenant.into()), ..Self::default() }
    }

    /// And this address.
    #[must_use]
    pub fn with_client(mut self, ip: IpAddr) -> Self {
        self.client = Some(ip);
        self
    }

    /// And this route, by its template.
    #[must_use]
    pub fn with_route(mut self, template: &str) -> Self {
        self.route = Some(template.into());
        self
    }

    /// And this header.
    #[must_use]
    pub fn with_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.push((name, value));
        self
    }

    /// The address, in the form in which requests have it.
    #[must_use]
    pub fn ip(&self) -> Option<IpAddr> {
        self.client.map(|ip| prefix(ip, 128))
    }

    /// The clock by which its request is judged, where it has one.
    #[must_use]
    pub const fn clock(&self) -> Option<&Clock> {
        self.clock.as_ref()
    }

    /// The caller.
    #[must_use]
    pub const fn caller(&self) -> Option<&Principal> {
        self.principal.as_ref()
    }
}

/// Where the parts of a key come from.
pub(crate) trait Source {
    fn client(&self) -> Option<IpAddr>;
    fn principal(&self) -> Option<&Principal>;
    fn tenant(&self) -> Option<&str>;
    fn route(&self) -> Option<&str>;
    fn header(&self, name: &HeaderName) -> Option<&[u8]>;
    /// Whether there is more than one line of it.
    fn has_several(&self, name: &HeaderName) -> bool;
    /// When a request came; `None` where there is none, and nothing is to be remembered of it.
    fn arrived(&self) -> Option<Moment>;
}

/// A request that is to be counted.
pub(crate) struct Requested<'r> {
    pub(crate) head: &'r request::Parts,
    pub(crate) facts: &'r Facts,
}

impl Source for Requested<'_> {
    #[inline]
    fn client(&self) -> Option<IpAddr> {
        self.facts.client().map(|client| client.ip)
    }

    #[inline]
    fn principal(&self) -> Option<&Principal> {
        self.facts.identity().and_then(Identity::principal)
    }

    fn tenant(&self) -> Option<&str> {
        self.principal().and_then(Principal::tenant)
    }

    fn route(&self) -> Option<&str> {
        self.facts.route().map(Route::template)
    }

    fn header(&self, name: &HeaderName) -> Option<&[u8]> {
        self.head.headers.get(name).map(HeaderValue::as_bytes)
    }

    fn has_several(&self, name: &HeaderName) -> bool {
        self.head.headers.get_all(name).iter().nth(1).is_some()
    }

    fn arrived(&self) -> Option<Moment> {
        Some(self.facts.now())
    }
}

impl Source for Subject {
    fn client(&self) -> Option<IpAddr> {
        self.ip()
    }

    fn principal(&self) -> Option<&Principal> {
        self.caller()
    }

    fn tenant(&self) -> Option<&str> {
        self.tenant.as_deref().or_else(|| self.caller().and_then(Principal::tenant))
    }

    fn route(&self) -> Option<&str> {
        self.route.as_deref()
    }

    fn header(&self, name: &HeaderName) -> Option<&[u8]> {
        self.headers.iter().find(|(of, _)| of == name).map(|(_, value)| value.as_bytes())
    }

    fn has_several(&self, name: &HeaderName) -> bool {
        self.headers.iter().filter(|(of, _)| of == name).nth(1).is_some()
    }

    fn arrived(&self) -> Option<Moment> {
        None
    }
}
