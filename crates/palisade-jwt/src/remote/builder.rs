//! How a provider's keys are set up.

use super::{
    address::Allowed,
    fetch::Fetch,
    https::{self, Https},
    keys::RemoteKeys,
    location::Location,
    notices::Notices,
    round::Provider,
    schedule::{Pace, SECOND, Schedule},
    shared::Shared,
};
use crate::jwks_policy::JwksPolicy;
use palisade_core::{Clock, EventSink, Tracing};
use rustls::RootCertStore;
use std::{fmt, sync::Arc, time::Duration};

/// Sets up [`RemoteKeys`]; begins with [`RemoteKeys::issuer`], ends with [`build`](Self::build).
#[must_use = "a builder does nothing until it is built"]
pub struct RemoteKeysBuilder {
    issuer: Box<str>,
    jwks_uri: Option<Box<str>>,
    loopback_http: bool,
    policy: JwksPolicy,
    fetch: Option<Arc<dyn Fetch>>,
    allowed: Allowed,
    authorities: RootCertStore,
    pace: Pace,
    clock: Clock,
    events: Arc<dyn EventSink>,
    mistakes: Vec<String>,
}

/// Everything that is wrong with the set-up of [`RemoteKeys`], each with what would be right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RemoteSetupErrors(Vec<String>);

impl RemoteKeys {
    /// Keys of this issuer, byte for byte as it stands in `iss` of its tokens.
    pub fn issuer(issuer: impl AsRef<str>) -> RemoteKeysBuilder {
        RemoteKeysBuilder::new(issuer.as_ref().into())
    }
}

impl RemoteKeysBuilder {
    fn new(issuer: Box<str>) -> Self {
        Self {
            issuer,
            jwks_uri: None,
            loopback_http: false,
            policy: JwksPolicy::default(),
            fetch: None,
            allowed: Allowed::default(),
            authorities: RootCertStore::empty(),
            pace: Pace::default(),
            clock: Clock::system(),
            events: Arc::new(Tracing),
            mistakes: Vec::new(),
        }
    }

    /// Takes the keys from this URL, for issuers that do not describe themselves; nothing is discovered then, and the issuer need
    /// not be a URL.
    pub fn jwks_uri(mut self, url: impl AsRef<str>) -> Self {
        self.jwks_uri = Some(url.as_ref().into());
        self
    }

    /// Which published keys are taken; [`JwksPolicy::default`] otherwise.
    pub fn policy(mut self, policy: JwksPolicy) -> Self {
        self.policy = policy;
        self
    }

    /// Lets the provider have an address in this network, such as `10.20.0.0/16`. Without it, only public addresses are connected
    /// to: a name that suddenly leads inside leads nowhere.
    pub fn allow_network(mut self, network: &str) -> Self {
        match network.parse() {
            Ok(network) => self.allowed.add(network),
            Err(_) => self.mistake(format!("`{network}` is no network such as 10.20.0.0/16")),
        }
        self
    }

    /// Trusts the certificate authorities in this PEM too, beside Mozilla's.
    pub fn certificate_authority(mut self, pem: &[u8]) -> Self {
        if let Err(mistake) = https::add_authorities(&mut self.authorities, pem) {
            self.mistake(format!("the certificate authority: {mistake}"));
        }
        self
    }

    /// How long keys are fresh where the provider does not say: 10 minutes unless moved, 60 seconds to 24 hours.
    pub fn age(mut self, age: Duration) -> Self {
        self.pace.age = self.within("the age of keys", age, (60, 86_400));
        self
    }

    /// How far apart fetches are that unknown keys cause: 30 seconds unless moved, 5 seconds to an hour.
    pub fn cooldown(mut self, cooldown: Duration) -> Self {
        self.pace.cooldown = self.within("the cooldown", cooldown, (5, 3_600));
        self
    }

    /// How long keys are used after they should have been fetched again: 24 hours unless moved, which is the most; then every
    /// token is answered with 503 until the provider is back.
    pub fn stale_for(mut self, stale: Duration) -> Self {
        self.pace.stale = self.within("the time for which stale keys are used", stale, (0, 86_400));
        self
    }

    /// Where time comes from.
    pub fn clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    /// Who is told what happens; [`Tracing`] otherwise.
    pub fn events(mut self, events: impl EventSink) -> Self {
        self.events = Arc::new(events);
        self
    }

    /// Fetches with this instead of the built-in HTTPS client; networks and authorities are then its own business.
    pub fn fetch(mut self, fetch: impl Fetch) -> Self {
        self.fetch = Some(Arc::new(fetch));
        self
    }

    /// Permits `http` to a provider on this machine (`localhost`, `127.0.0.0/8`, `[::1]`): whoever can listen there chooses the
    /// keys. For development.
    pub fn dangerous_loopback_http(mut self) -> Self {
        self.loopback_http = true;
        self
    }

    /// Builds it; asks nobody.
    ///
    /// # Errors
    ///
    /// All mistakes at once: URLs that are not `https`, carry a user name or a fragment, networks and certificates that cannot be
    /// read, durations out of bounds.
    pub fn build(mut self) -> Result<RemoteKeys, RemoteSetupErrors> {
        let (mut root, mut keys) = (None, None);
        match self.jwks_uri.take() {
            Some(url) => match Location::parse(&url, self.loopback_http) {
                Ok(location) => keys = Some(location),
                Err(fault) => self.mistake(format!("jwks_uri `{}`: {fault}", shown(&url))),
            },
            None => match Location::issuer(&self.issuer, self.loopback_http) {
                Ok(location) => root = Some(location),
                Err(fault) => self.mistake(format!("issuer `{}`: {fault}", shown(&self.issuer))),
            },
        }
        let fetch = match self.fetch.take() {
            Some(fetch) => Some(fetch),
            None => match Https::new(self.allowed.clone(), self.authorities.clone()) {
                Ok(https) => Some(Arc::new(https) as Arc<dyn Fetch>),
                Err(error) => {
                    self.mistake(format!("TLS cannot be set up: {error}"));
                    None
                }
            },
        };
        let (true, Some(fetch)) = (self.mistakes.is_empty(), fetch) else {
            return Err(RemoteSetupErrors(self.mistakes));
        };
        if self.loopback_http {
            tracing::warn!(target: "palisade::setup", issuer = &*self.issuer, "keys may be fetched without TLS from this machine");
        }
        let schedule = Schedule::new(self.pace, self.clock.now().mono);
        let notices = Notices::new(self.issuer.clone(), self.events);
        let Self { issuer, loopback_http, policy, clock, .. } = self;
        let provider = Provider { issuer, root, keys, loopback_http, policy, fetch };
        Ok(RemoteKeys::new(Shared::new(schedule, clock, notices), provider))
    }

    /// The duration in nanoseconds, noted as a mistake where it is out of bounds.
    fn within(&mut self, what: &str, duration: Duration, (least, most): (u64, u64)) -> u64 {
        if !(Duration::from_secs(least)..=Duration::from_secs(most)).contains(&duration) {
            self.mistake(format!("{what} must lie between {least} and {most} seconds"));
        }
        duration.as_secs().saturating_mul(SECOND).saturating_add(duration.subsec_nanos().into())
    }

    fn mistake(&mut self, mistake: String) {
        self.mistakes.push(mistake);
    }
}

impl fmt::Debug for RemoteKeysBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RemoteKeysBuilder").field("issuer", &shown(&self.issuer)).finish_non_exhaustive()
    }
}

/// A URL without what may be a password in it.
fn shown(url: &str) -> String {
    let url = url.split('?').next().unwrap_or_default();
    let shown = url.rsplit_once('@').map_or_else(|| url.to_owned(), |(_, rest)| format!("…@{rest}"));
    shown.chars().filter(|c| !c.is_control()).take(200).collect()
}

impl RemoteSetupErrors {
    /// The mistakes one by one.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }
}

impl fmt::Display for RemoteSetupErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join("; "))
    }
}

impl std::error::Error for RemoteSetupErrors {}
