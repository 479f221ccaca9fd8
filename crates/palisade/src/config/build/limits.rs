//! How much may be asked.

use super::Parts;
use crate::{Stack, config::schema::LimitSettings};
use palisade_core::{RequestId, Secret};
use palisade_limit::{MemoryStore, Overload, RateStore};
use std::sync::Arc;

impl Parts<'_> {
    pub(super) fn limited(&mut self, mut stack: Stack) -> Stack {
        let limits = &self.config.limits;
        if let Some(words) = &limits.address {
            stack = stack.address_limit(words.as_str());
        }
        if let Some(words) = &limits.principal {
            stack = stack.principal_limit(words.as_str());
        }
        if let Some(most) = limits.in_flight
            && let Some(overload) = self.overload((most, limits.in_flight_reserve))
        {
            stack = stack.in_flight_limit(overload);
        }
        match self.counters(limits) {
            Some((store, secret)) => stack.limit_store(store, &secret),
            None => stack,
        }
    }

    /// What came before a change of settings is in flight after it too, so the same figures go on counting it.
    fn overload(&mut self, figures: (u32, Option<u32>)) -> Option<Overload> {
        if let Some((before, overload)) = &self.kept.things().overload
            && *before == figures
        {
            return Some(overload.clone());
        }
        let (most, reserve) = figures;
        let overload = Overload::new(most);
        let overload = match reserve {
            Some(reserve) => overload.and_then(|overload| overload.reserve(reserve)),
            None => overload,
        };
        let overload = self.made("limits.in_flight", overload)?;
        self.kept.things().overload = Some((figures, overload.clone()));
        Some(overload)
    }

    /// Where is counted, and what names are made of there.
    fn counters(&mut self, limits: &LimitSettings) -> Option<(Arc<dyn RateStore>, Secret)> {
        if let Some(kept) = &self.kept.things().counters {
            return Some(kept.clone());
        }
        let store = match limits.store.expose() {
            "memory" => {
                let memory = self.made("limits.capacity", MemoryStore::with_capacity(limits.capacity))?;
                Arc::new(memory.events(self.sink.clone()))
            }
            _ => self.shared(limits)?,
        };
        let secret = match &limits.secret {
            Some(secret) => secret.secret().clone(),
            None if limits.store.expose() == "memory" => {
                // Nobody else needs to know them.
                Secret::new(format!("{}{}", RequestId::random(), RequestId::random()))
            }
            // All processes that spell the URL alike count together, and nothing else has to be set.
            None => Secret::new(format!("palisade limits at {}", limits.store.expose())),
        };
        self.kept.things().counters = Some((store.clone(), secret.clone()));
        Some((store, secret))
    }

    #[cfg(feature = "redis")]
    fn shared(&mut self, limits: &LimitSettings) -> Option<Arc<dyn RateStore>> {
        use crate::config::schema::WhileDown;
        use palisade_limit::Fallback;
        let builder = palisade_redis::RedisStore::builder(limits.store.expose())
            .operation_timeout(limits.timeout.0)
            .connect_timeout(limits.connect_timeout.0)
            .events(self.sink.clone());
        let builder = match &limits.prefix {
            Some(prefix) => builder.prefix(prefix.as_str()),
            None => builder,
        };
        let builder = if limits.dangerous_plaintext { builder.dangerous_plaintext() } else { builder };
        let store = self.made("limits.store", builder.build())?;
        Some(match (limits.dangerous_open_while_down, limits.while_down) {
            (true, _) => Arc::new(Fallback::dangerous_open(store)),
            (false, WhileDown::Closed) => Arc::new(Fallback::closed(store)),
            (false, WhileDown::Local) => {
                let memory = self.made("limits.capacity", MemoryStore::with_capacity(limits.capacity))?;
                Arc::new(Fallback::local(store).nodes(limits.nodes).memory(memory))
            }
        })
    }

    #[cfg(not(feature = "redis"))]
    fn shared(&mut self, _: &LimitSettings) -> Option<Arc<dyn RateStore>> {
        self.made::<Arc<dyn RateStore>, _>(
            "limits.store",
            Err("is not compiled in: build with the feature `redis` of palisade"),
        )
    }
}
