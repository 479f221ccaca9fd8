//! Setting up a store.

use crate::{
    call::Time,
    connection::Target,
    error::{BuildError, BuildErrorKind},
    keys::Keys,
    link::Link,
    notices::{About, Notices},
    rates::Rates,
    store::RedisStore,
    trust::Trust,
    work::Work,
};
use palisade_core::{Clock, EventSink, Tracing};
use std::{fmt, ops::RangeInclusive, sync::Arc, time::Duration};

/// Settings of a store in Redis or Valkey; nothing connects before the store is used.
///
/// ```
/// use palisade_redis::RedisStore;
/// use std::time::Duration;
///
/// # fn main() -> Result<(), palisade_redis::BuildError> {
/// let store = RedisStore::builder("redis+cluster://cache-1:6379")
///     .node("redis://cache-2:6379")
///     .dangerous_plaintext() // in a network that encrypts by itself
///     .prefix("shop:")
///     .operation_timeout(Duration::from_millis(20))
///     .build()?;
/// # let _ = store;
/// # Ok(())
/// # }
/// ```
#[must_use = "a builder does nothing until `build`"]
pub struct RedisStoreBuilder {
    urls: Vec<String>,
    prefix: Option<String>,
    one_slot: bool,
    trust: Trust,
    connect: Duration,
    operation: Duration,
    name: String,
    events: Arc<dyn EventSink>,
    time: Time,
}

impl RedisStore {
    /// A store at this URL: `redis://[user][:password@]host[:port][/database]`, `redis+cluster://…` for a cluster, `unix://…` for
    /// a socket. `valkey` may stand for `redis`. With the feature `tls`, `rediss://…` and `rediss+cluster://…` speak TLS, which a server on
    /// another machine needs.
    pub fn builder(url: impl Into<String>) -> RedisStoreBuilder {
        RedisStoreBuilder::new(url.into())
    }
}

const CONNECT: Duration = Duration::from_millis(500);
const CONNECT_BOUNDS: RangeInclusive<Duration> = Duration::from_millis(10)..=Duration::from_secs(5);
const OPERATION: Duration = Duration::from_millis(50);
const OPERATION_BOUNDS: RangeInclusive<Duration> = Duration::from_millis(1)..=Duration::from_millis(250);
const COUNTERS: &str = "rl:";
#[cfg(feature = "jwt")]
const REVOCATIONS: &str = "rv:";

impl RedisStoreBuilder {
    pub(crate) fn new(url: String) -> Self {
        Self {
            urls: vec![url],
            prefix: None,
            one_slot: false,
            trust: Trust::default(),
            connect: CONNECT,
            operation: OPERATION,
            name: "redis".to_owned(),
            events: Arc::new(Tracing),
            time: Time::Server,
        }
    }

    /// Another node of the cluster to begin with; one is enough to find the others.
    pub fn node(mut self, url: impl Into<String>) -> Self {
        self.urls.push(url.into());
        self
    }

    /// What all keys begin with, instead of `rl:` for counters and `rv:` for revocations; up to 32 letters, digits and `:`, `-`, `_`, `.`.
    pub fn prefix(mut self, prefix: impl Into<String>) -> Self {
        self.prefix = Some(prefix.into());
        self
    }

    /// Keeps all counters on one node of a cluster, so that charges of different keys can be decided together.
    ///
    /// Without it each key lives where its hash says, and all quotas of one key together.
    pub fn one_slot(mut self) -> Self {
        self.one_slot = true;
        self
    }

    /// Trusts servers whose certificates these authorities, in PEM, have signed, and not the roots of the web.
    pub fn root_certificates(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.trust.roots = Some(pem.into());
        self
    }

    /// Speaks with servers on other machines without TLS: for networks that encrypt by themselves.
    pub fn dangerous_plaintext(mut self) -> Self {
        self.trust.plaintext = true;
        self
    }

    /// How long connecting may take; 500 milliseconds unless set, 10 milliseconds to 5 seconds. Requests never wait so long.
    pub fn connect_timeout(mut self, within: Duration) -> Self {
        self.connect = within;
        self
    }

    /// How long a call may take, waiting for a connection included; 50 milliseconds unless set, 1 to 250 milliseconds.
    pub fn operation_timeout(mut self, within: Duration) -> Self {
        self.operation = within;
        self
    }

    /// The store's name in events and metrics, instead of `redis`.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    /// Tells events to `sink` instead of `tracing`.
    pub fn events(mut self, sink: impl EventSink) -> Self {
        self.events = Arc::new(sink);
        self
    }

    /// Counts by the moment of each call instead of the server's clock, so that a test can move time.
    ///
    /// Dangerous outside of tests: monotonic clocks of different processes have nothing in common.
    pub fn dangerous_callers_clock(mut self) -> Self {
        self.time = Time::Callers;
        self
    }

    /// The store.
    ///
    /// # Errors
    ///
    /// See [`BuildErrorKind`]: a URL that is none, and settings out of their bounds. No error repeats the URL.
    pub fn build(self) -> Result<RedisStore, BuildError> {
        let keys = Keys::new(self.prefix.as_deref().unwrap_or(COUNTERS), self.one_slot)?;
        let time = self.time;
        Ok(RedisStore::over(self.link(Rates::new(keys), About::Counters)?, time))
    }

    /// A store of revocations of tokens, over a connection of its own.
    ///
    /// # Errors
    ///
    /// As [`build`](Self::build).
    #[cfg(feature = "jwt")]
    pub fn build_revocations(self) -> Result<crate::RedisRevocations, BuildError> {
        let prefix = crate::keys::Prefix::new(self.prefix.as_deref().unwrap_or(REVOCATIONS))?;
        let link = self.link(crate::revocations::Voids::new(prefix), About::Revocations)?;
        Ok(crate::RedisRevocations::over(link))
    }

    fn link<W: Work>(self, work: W, about: About) -> Result<Link<W>, BuildError> {
        if !CONNECT_BOUNDS.contains(&self.connect) {
            return Err(BuildErrorKind::ConnectTimeout.into());
        }
        if !OPERATION_BOUNDS.contains(&self.operation) {
            return Err(BuildErrorKind::OperationTimeout.into());
        }
        let is_cluster = self.urls.first().is_some_and(|url| plain(url).is_some());
        let urls: Vec<_> = self.urls.iter().map(|url| plain(url).unwrap_or_else(|| url.clone())).collect();
        let target = match &*urls {
            urls if is_cluster => Target::cluster(urls, &self.trust, self.connect, self.operation)?,
            [url] => Target::server(url, &self.trust)?,
            _ => return Err(BuildErrorKind::NotACluster.into()),
        };
        let notices = Notices::new(self.name, self.events, about);
        Ok(Link::new(target, work, Clock::system(), self.connect, self.operation, notices))
    }
}

/// The URL of one node, where this is a cluster's.
fn plain(url: &str) -> Option<String> {
    let (scheme, rest) = url.split_once("://")?;
    Some(format!("{}://{rest}", scheme.strip_suffix("+cluster")?))
}

impl fmt::Debug for RedisStoreBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisStoreBuilder")
            .field("urls", &"[REDACTED]")
            .field("prefix", &self.prefix)
            .field("name", &self.name)
            .field("connect", &self.connect)
            .field("operation", &self.operation)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(change: impl FnOnce(RedisStoreBuilder) -> RedisStoreBuilder, expected: Option<BuildErrorKind>) {
        let found = change(RedisStore::builder("redis://:secret@127.0.0.1")).build();
        assert_eq!(found.err().map(|error| error.kind()), expected);
    }

    #[test]
    fn settings_have_bounds() {
        let millis = Duration::from_millis;
        check(|b| b, None);
        check(|b| b.operation_timeout(millis(250)).connect_timeout(millis(10)), None);
        check(|b| b.operation_timeout(millis(251)), Some(BuildErrorKind::OperationTimeout));
        check(|b| b.operation_timeout(Duration::ZERO), Some(BuildErrorKind::OperationTimeout));
        check(|b| b.connect_timeout(millis(9)), Some(BuildErrorKind::ConnectTimeout));
        check(|b| b.connect_timeout(millis(5_001)), Some(BuildErrorKind::ConnectTimeout));
        check(|b| b.prefix("{x}"), Some(BuildErrorKind::Prefix));
        check(|b| b.node("redis://127.0.0.2"), Some(BuildErrorKind::NotACluster));
    }

    #[test]
    fn urls_are_understood_or_refused_without_being_repeated() {
        let check = |url: &str, expected| {
            let found = RedisStore::builder(url).build();
            if let Err(error) = &found {
                assert!(!format!("{error} {error:?}").contains("secret"));
            }
            assert_eq!(found.err().map(|error| error.kind()), expected, "{url}");
        };
        for url in
            ["redis://127.0.0.1", "redis://u:secret@[::1]:7000/3", "valkey://localhost", "unix:///tmp/socket"]
        {
            check(url, None);
        }
        check("redis+cluster://:secret@127.0.0.2:7000", None);
        // a348: a password in the clear stays on this machine.
        for url in [
            "redis://:secret@h",
            "valkey://10.0.0.5",
            "redis+cluster://:secret@h:7000",
            "redis://localhost.example.com",
        ] {
            check(url, Some(BuildErrorKind::Plaintext));
            assert!(RedisStore::builder(url).dangerous_plaintext().build().is_ok(), "{url}");
        }
        let tls = (!cfg!(feature = "tls")).then_some(BuildErrorKind::Tls);
        for url in
            ["rediss://:secret@h", "rediss://127.0.0.1", "rediss+cluster://:secret@h:7000", "valkeys://h"]
        {
            check(url, tls);
        }
        for url in [
            "",
            "secret",
            "http://:secret@h",
            "redis://:secret@",
            "redis+cluster://:secret@",
            // Whoever wants no certificate checked does not want TLS.
            "rediss://:secret@h/#insecure",
        ] {
            check(url, Some(BuildErrorKind::Url));
        }
    }

    #[tokio::test]
    async fn secrets_are_never_printed() {
        let builder = RedisStore::builder("redis://user:secret@127.0.0.1:1");
        assert!(!format!("{builder:?}").contains("secret"));
        let store = builder.build().unwrap();
        assert!(!format!("{store:?}").contains("secret"));
    }
}
