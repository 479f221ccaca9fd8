//! Who is not counted.

use crate::error::{LimitError, LimitErrorKind};
use http::Method;
use ipnet::IpNet;
use palisade_core::{Principal, Requirement, Subject};
use std::net::IpAddr;

/// Who is not counted by a limit; nobody, unless it is written here.
///
/// Any one that fits is enough. An exempt request is counted nowhere, and its response has no headers of the limit.
///
/// ```
/// use http::Method;
/// use palisade_core::Scope;
/// use palisade_limit::Exempt;
///
/// const UNLIMITED: Scope = Scope::from_static("unlimited");
///
/// let exempt = Exempt::nobody().principal("static", "monitor").network("10.0.0.0/8")?.method(Method::OPTIONS).scope(UNLIMITED);
/// assert!(Exempt::nobody().network("10.0.0.0/33").is_err());
/// # let _ = exempt;
/// # Ok::<(), palisade_limit::LimitError>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Exempt {
    principals: Vec<(Box<str>, Box<str>)>,
    networks: Vec<IpNet>,
    methods: Vec<Method>,
    scopes: Vec<Requirement>,
}

impl Exempt {
    /// Everybody is counted.
    #[must_use]
    pub fn nobody() -> Self {
        Self::default()
    }

    /// Whether it spares any verified caller.
    pub(crate) fn uses_caller(&self) -> bool {
        !(self.principals.is_empty() && self.scopes.is_empty())
    }

    /// Not this verified caller, by its kind of credential and its id.
    #[must_use]
    pub fn principal(mut self, kind: &str, id: &str) -> Self {
        self.principals.push((kind.into(), id.into()));
        self
    }

    /// Not clients with an address in this network, such as `10.0.0.0/8`, `2001:db8::/32` or a single `192.0.2.1`.
    ///
    /// The address is that of [`Facts::client`](palisade_core::Facts::client): what trusted proxies say, and nobody else. A network of
    /// IPv4-mapped or NAT64 addresses is the IPv4 network in it, as addresses are.
    ///
    /// # Errors
    ///
    /// When it is no network, or an address with bits beyond its prefix (`10.0.0.1/8`), which may mean one host or all.
    pub fn network(mut self, network: &str) -> Result<Self, LimitError> {
        let parsed = parse(network).ok_or_else(|| {
            LimitError::because(
                LimitErrorKind::Declaration,
                format!(
                    "{network:?} is no network of addresses; expected its first address and a prefix, such as 10.0.0.0/8, or one \
                     address"
                ),
            )
        })?;
        self.networks.push(parsed);
        Ok(self)
    }

    /// Not requests with this method, such as `OPTIONS`.
    #[must_use]
    pub fn method(mut self, method: Method) -> Self {
        self.methods.push(method);
        self
    }

    /// Not verified callers who hold this.
    #[must_use]
    pub fn scope(mut self, scope: impl Into<Requirement>) -> Self {
        self.scopes.push(scope.into());
        self
    }

    /// Whether this one is exempt; without a request there is no method.
    pub(crate) fn covers(
        &self,
        client: Option<IpAddr>,
        principal: Option<&Principal>,
        method: Option<&Method>,
    ) -> bool {
        let by_method = method.is_some_and(|method| self.methods.contains(method));
        let by_network =
            || client.is_some_and(|ip| self.networks.iter().any(|network| network.contains(&ip)));
        let by_name = |caller: &Principal| {
            self.principals.iter().any(|(kind, id)| **kind == *caller.kind() && **id == *caller.id())
                || self.scopes.iter().any(|scope| scope.is_met_by(caller.scopes()))
        };
        by_method || by_network() || principal.is_some_and(by_name)
    }
}

/// A network in strict notation; ipnet's own parser takes `010.0.0.0/8` for `10.0.0.0/8`.
fn parse(text: &str) -> Option<IpNet> {
    let (address, length) = match text.split_once('/') {
        Some((address, length)) => (address, Some(length)),
        None => (text, None),
    };
    let written: IpAddr = address.parse().ok()?;
    // The form in which clients are known.
    let known = Subject::client(written).ip()?;
    let width = |ip: &IpAddr| if ip.is_ipv4() { 32_u8 } else { 128 };
    let length = match length {
        None => width(&written),
        Some(length) if length.bytes().all(|byte| byte.is_ascii_digit()) => length.parse().ok()?,
        Some(_) => return None,
    };
    let network = IpNet::new(known, length.checked_sub(width(&written) - width(&known))?).ok()?;
    (network.addr() == network.network()).then_some(network)
}
