//! Where limits that are declared in words keep their counters.

use palisade_core::{By, Clock, KeyHasher, Secret};
use palisade_limit::{LimitError, RateLimit, RateStore};
use palisade_routes::{RouteLimit, Row};
use sha2::{Digest as _, Sha256};
use std::{fmt, sync::Arc};

/// Where the limits that are declared in words keep their counters.
pub(crate) struct Counters {
    pub(crate) shared: Option<Shared>,
    pub(crate) clock: Clock,
}

/// A store that several processes use.
#[derive(Clone)]
pub(crate) struct Shared {
    store: Arc<dyn RateStore>,
    seed: [u8; 16],
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared").field("store", &self.store).finish_non_exhaustive()
    }
}

impl Shared {
    /// `None` where the secret is shorter than 16 bytes.
    pub(crate) fn new(store: Arc<dyn RateStore>, secret: &Secret) -> Option<Self> {
        if secret.expose().len() < 16 {
            return None;
        }
        let digest =
            Sha256::new().chain_update(b"palisade limit keys\0").chain_update(secret.expose()).finalize();
        let mut seed = [0; 16];
        seed.iter_mut().zip(digest).for_each(|(byte, drawn)| *byte = drawn);
        Some(Self { store, seed })
    }
}

impl Counters {
    pub(crate) fn limit(&self, name: &str, quotas: &str, by: By) -> Result<RateLimit, LimitError> {
        Ok(self.kept(name, RateLimit::new(name, quotas, by)?))
    }

    /// The limit, with its counters where those of this stack are.
    pub(crate) fn kept(&self, name: &str, limit: RateLimit) -> RateLimit {
        let limit = limit.clock(self.clock.clone());
        match &self.shared {
            None => limit,
            Some(Shared { store, seed }) => {
                limit.store(store.clone()).keyed_by(KeyHasher::seeded(seed, name))
            }
        }
    }

    /// What the limiter of a route is called.
    pub(crate) fn route_name(row: &Row, limit: &RouteLimit) -> String {
        let limits = row.policy().limits();
        let earlier = limits.iter().take_while(|other| !std::ptr::eq(*other, limit));
        // The same words twice, counted by something else: two limits, which must not share counters.
        let quotas = match earlier.filter(|other| other.quotas() == limit.quotas()).count() {
            0 => limit.quotas().to_owned(),
            alike => format!("{} ({})", limit.quotas(), alike + 1),
        };
        let quotas = Some(quotas.as_str()).filter(|_| limits.len() > 1);
        route_name(row.verb().as_str(), &row.template(), quotas)
    }

    /// The limiter of one route; its name is method and template, or what fits of it.
    pub(crate) fn route(&self, row: &Row, limit: &RouteLimit) -> Result<RateLimit, LimitError> {
        let made = self.limit(&Self::route_name(row, limit), limit.quotas(), limit.by())?;
        Ok(if row.policy().is_never_open() { made.never_open() } else { made })
    }
}

/// A name that no other route's limit has, within the 64 bytes that a policy's name may have.
fn route_name(verb: &str, template: &str, quotas: Option<&str>) -> String {
    const LONGEST: usize = 64;
    let name = match quotas {
        None => format!("{verb} {template}"),
        Some(quotas) => format!("{verb} {template} {quotas}"),
    };
    if name.len() <= LONGEST && !name.contains(['"', '\\']) {
        return name;
    }
    let digest = Sha256::digest(&name);
    let digest: String = digest.iter().take(12).map(|byte| format!("{byte:02x}")).collect();
    format!("{verb} {digest}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_fit_and_differ() {
        assert_eq!(route_name("GET", "/health", None), "GET /health");
        assert_eq!(route_name("GET", "/health", Some("5/minute")), "GET /health 5/minute");
        let long = |last: char| route_name("GET", &format!("/{}{last}", "a".repeat(70)), None);
        assert_eq!(long('a').len(), 28);
        assert_ne!(long('a'), long('b'));
    }

    #[test]
    fn a_short_secret_is_none() {
        let store = || Arc::new(palisade_limit::MemoryStore::new());
        assert!(Shared::new(store(), &Secret::new("fifteen bytes!!")).is_none());
        assert!(Shared::new(store(), &Secret::new("sixteen bytes!!!")).is_some());
    }
}
