//! The guard that looks at how requests are answered.

use super::{
    shared::{Shared, index},
    table::Table,
    threshold::Threshold,
    witness::Looking,
};
use http::request;
use palisade_core::{Denial, EventSink, Facts, Guard, KeyHasher, Reply, Sign, TrustedProxies};
use std::{fmt, net::IpAddr, sync::Arc, time::Duration};

/// Tells of those who try doors; lets everything pass.
///
/// | sign | of whom | otherwise |
/// | --- | --- | --- |
/// | [`Unauthenticated`](Sign::Unauthenticated) | address, IPv6 by /64 | 50 in a minute |
/// | [`Junk`](Sign::Junk) | address, IPv6 by /64 | 20 in a minute |
/// | [`Forbidden`](Sign::Forbidden) | caller, or the address of a stranger | 30 in a minute |
/// | [`Networks`](Sign::Networks) | caller; networks are /24 and /48 | 20 in an hour |
///
/// Each is told once as an [`Event::Suspicion`](palisade_core::Event::Suspicion), and again only after the pressure had fallen to half. What is kept fills less than
/// 1 MiB whatever strangers send. It bans nobody unless a [`Threshold`] says so and [`banning`](Self::banning) says how; an address can
/// be many people's, so exempt the networks of offices and monitors.
///
/// It belongs into the outermost gate, inside an envelope; `Stack::suspicions` puts it there.
///
/// ```
/// use palisade_core::{Sign, Tracing};
/// use palisade_observe::{Suspicions, Threshold};
/// use std::time::Duration;
///
/// let suspicions = Suspicions::new(Tracing)?
///     .threshold(Sign::Junk, Threshold::new(10, Duration::from_secs(60)).ban(Duration::from_secs(900)));
/// # let _ = suspicions;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Suspicions(Arc<Shared>);

/// No randomness for the keys of a table.
#[derive(Debug, thiserror::Error)]
#[error("no randomness for the table of suspicions")]
pub struct NoRandomness;

impl Suspicions {
    /// Tells `events`, by the thresholds of the table above.
    ///
    /// # Errors
    ///
    /// Where the operating system gives no randomness.
    pub fn new(events: impl EventSink) -> Result<Self, NoRandomness> {
        let minute = |count| Threshold::new(count, Duration::from_secs(60));
        Ok(Self(Arc::new(Shared {
            events: Arc::new(events),
            hasher: KeyHasher::random("suspicions").map_err(|_| NoRandomness)?,
            thresholds: [minute(50), minute(20), minute(30), Threshold::new(20, Duration::from_secs(3_600))],
            exempt: None,
            ban: None,
            pressures: Arc::new(Table::new()),
            networks: Arc::new(Table::new()),
        })))
    }

    /// What of this sign is too often. Of networks at most 40 are told apart.
    #[must_use]
    pub fn threshold(mut self, sign: Sign, threshold: Threshold) -> Self {
        if let Some(place) = Arc::make_mut(&mut self.0).thresholds.get_mut(index(sign)) {
            *place = threshold;
        }
        self
    }

    /// Never looks at requests from these networks.
    #[must_use]
    pub fn exempt(mut self, networks: TrustedProxies) -> Self {
        Arc::make_mut(&mut self.0).exempt = Some(networks);
        self
    }

    /// How an address is banned; must not block. `StackLimits::ban` of the facade is one.
    #[must_use]
    pub fn banning(mut self, ban: impl Fn(IpAddr, Duration) + Send + Sync + 'static) -> Self {
        Arc::make_mut(&mut self.0).ban = Some(Arc::new(ban));
        self
    }
}

impl Guard for Suspicions {
    type Pass = ();

    #[inline]
    fn check(&self, _: &request::Parts, facts: &Facts) -> Reply<Result<(), Denial>> {
        facts.witness(Box::new(Looking(self.0.clone())));
        Reply::now(Ok(()))
    }
}

impl fmt::Debug for Suspicions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Suspicions").field("thresholds", &self.0.thresholds).finish_non_exhaustive()
    }
}
