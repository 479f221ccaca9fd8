use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;

/// The server under test: where it listens, which routes play which part, and what it can do.
///
/// Only the address and one protected path are required. A case that needs more than the target states is reported
/// as not applicable, with the reason.
#[derive(Clone)]
pub struct Target {
    pub(crate) addr: SocketAddr,
    pub(crate) host: String,
    pub(crate) protected: String,
    pub(crate) protected_post: Option<String>,
    pub(crate) public: Option<String>,
    pub(crate) public_wildcard: Option<String>,
    pub(crate) stream: Option<String>,
    pub(crate) panic: Option<(String, String)>,
    pub(crate) token: Option<String>,
    pub(crate) weak_token: Option<String>,
    pub(crate) retired_token: Option<String>,
    pub(crate) wrong_method: String,
    pub(crate) api_key_header: Option<String>,
    pub(crate) address_burst: Option<u32>,
    pub(crate) trusted_proxy: bool,
    pub(crate) header_limit: Option<usize>,
    pub(crate) body_limit: Option<usize>,
    pub(crate) handler_count: Option<Arc<dyn Fn() -> u64 + Send + Sync>>,
}

impl Target {
    /// A server at `addr` where `GET protected` (a path such as `/v1/models`) needs a credential.
    #[must_use]
    pub fn new(addr: SocketAddr, protected: impl Into<String>) -> Self {
        Self {
            addr,
            host: addr.to_string(),
            protected: protected.into(),
            protected_post: None,
            public: None,
            public_wildcard: None,
            stream: None,
            panic: None,
            token: None,
            weak_token: None,
            retired_token: None,
            wrong_method: "PATCH".into(),
            api_key_header: None,
            address_burst: None,
            trusted_proxy: false,
            header_limit: None,
            body_limit: None,
            handler_count: None,
        }
    }

    /// The value of the `Host` line; the socket address unless set.
    #[must_use]
    pub fn host(mut self, host: impl Into<String>) -> Self {
        self.host = host.into();
        self
    }

    /// A path whose `POST` needs a credential.
    #[must_use]
    pub fn protected_post(mut self, path: impl Into<String>) -> Self {
        self.protected_post = Some(path.into());
        self
    }

    /// A path whose `GET` needs no credential and whose `POST` does not exist, such as `/healthz`.
    #[must_use]
    pub fn public(mut self, path: impl Into<String>) -> Self {
        self.public = Some(path.into());
        self
    }

    /// The prefix of a public wildcard route, with its last slash, such as `/public/`.
    #[must_use]
    pub fn public_wildcard(mut self, prefix: impl Into<String>) -> Self {
        self.public_wildcard = Some(prefix.into());
        self
    }

    /// A protected path that streams; the protected path stands in unless set.
    #[must_use]
    pub fn stream(mut self, path: impl Into<String>) -> Self {
        self.stream = Some(path.into());
        self
    }

    /// A path whose `GET` handler panics for the holder of the token, with a panic text that contains `canary`.
    #[must_use]
    pub fn panic(mut self, path: impl Into<String>, canary: impl Into<String>) -> Self {
        self.panic = Some((path.into(), canary.into()));
        self
    }

    /// A bearer token that may use every protected route named here.
    #[must_use]
    pub fn token(mut self, token: impl Into<String>) -> Self {
        self.token = Some(token.into());
        self
    }

    /// A valid bearer token that lacks the scope of the protected path: `GET` answers 403.
    #[must_use]
    pub fn weak_token(mut self, token: impl Into<String>) -> Self {
        self.weak_token = Some(token.into());
        self
    }

    /// A bearer token that was valid until it was removed in a reload.
    #[must_use]
    pub fn retired_token(mut self, token: impl Into<String>) -> Self {
        self.retired_token = Some(token.into());
        self
    }

    /// A method the protected path does not offer; `PATCH` unless set.
    #[must_use]
    pub fn wrong_method(mut self, method: impl Into<String>) -> Self {
        self.wrong_method = method.into();
        self
    }

    /// The header field in which API keys travel, such as `X-API-Key`.
    #[must_use]
    pub fn api_key_header(mut self, name: impl Into<String>) -> Self {
        self.api_key_header = Some(name.into());
        self
    }

    /// How many requests a fresh address may send at once before it is limited.
    ///
    /// Keep it near ten and let it refill no faster than once a second, so that a slow machine cannot blur the count.
    #[must_use]
    pub fn address_burst(mut self, requests: u32) -> Self {
        self.address_burst = Some(requests);
        self
    }

    /// States that the server trusts `127.0.0.1/32`, and nobody else, to set `X-Forwarded-For`.
    #[must_use]
    pub fn trusted_proxy(mut self) -> Self {
        self.trusted_proxy = true;
        self
    }

    /// The largest request head the server accepts, in bytes, if it set one (hyper's own bound is about 400 KiB).
    #[must_use]
    pub fn header_limit(mut self, bytes: usize) -> Self {
        self.header_limit = Some(bytes);
        self
    }

    /// The largest body the protected `POST` accepts, in bytes.
    #[must_use]
    pub fn body_limit(mut self, bytes: usize) -> Self {
        self.body_limit = Some(bytes);
        self
    }

    /// How often handlers of protected routes have run so far: tells a refusal from a handler that ran and was hidden.
    #[must_use]
    pub fn handler_count(mut self, count: impl Fn() -> u64 + Send + Sync + 'static) -> Self {
        self.handler_count = Some(Arc::new(count));
        self
    }
}

impl fmt::Debug for Target {
    /// Leaves the tokens out.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Target")
            .field("addr", &self.addr)
            .field("protected", &self.protected)
            .field("address_burst", &self.address_burst)
            .field("trusted_proxy", &self.trusted_proxy)
            .finish_non_exhaustive()
    }
}
