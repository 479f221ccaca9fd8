//! How much may be asked.

use super::{Parts, kept::Figures};
use crate::{Stack, config::schema::LimitSettings};
use palisade_core::{RequestId, Secret};
use palisade_limit::{LimitError, MemoryStore, Overload, Plans, Quotas, RateStore};
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
        if let Some(plans) = self.plans(limits) {
            stack = stack.principal_limit(plans);
        }
        let figures = limits.in_flight.map(|most| Figures {
            most,
            reserve: limits.in_flight_reserve.unwrap_or(0),
            retry: limits
                .in_flight_retry
                .map_or(1, |retry| u32::try_from(retry.0.as_secs()).unwrap_or(u32::MAX)),
            unread: limits.in_flight_unread.map_or(Overload::UNREAD, |unread| unread.0),
        });
        if let Some(figures) = figures
            && let Some(overload) = self.overload(figures)
        {
            stack = stack.in_flight_limit(overload);
        }
        match self.counters(limits) {
            Some((store, secret)) => stack.limit_store(store, &secret),
            None => stack,
        }
    }

    fn plans(&mut self, limits: &LimitSettings) -> Option<Plans> {
        let default = limits.plans.get("default")?;
        let mut plans = self.made("limits.plans.default", Plans::new(default.as_str()))?;
        for (name, words) in limits.plans.iter().filter(|(name, _)| *name != "default") {
            plans = self.made(&format!("limits.plans.{name}"), plans.plan(name, words.as_str()))?;
        }
        Some(plans)
    }

    /// What came before a change of settings is in flight after it too, so it is counted under the new figures.
    fn overload(&mut self, figures: Figures) -> Option<Overload> {
        let kept = self.kept.things().overload.clone();
        let overload = match kept {
            Some((before, overload)) if before == figures => return Some(overload),
            Some((_, overload)) => resized(&overload, figures),
            None => made(figures),
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
            "memory" => Arc::new(self.memory(limits)?.events(self.sink.clone())),
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

    fn memory(&mut self, limits: &LimitSettings) -> Option<MemoryStore> {
        let memory = self.made("limits.capacity", MemoryStore::with_capacity(limits.capacity))?;
        if !limits.preallocate || self.rehearses {
            return Some(memory);
        }
        // What is no quota is told where it is used.
        let quotas = limits.quotas().filter_map(|words| words.parse::<Quotas>().ok());
        Some(quotas.fold(memory, |memory, quotas| quotas.iter().fold(memory, MemoryStore::preallocate)))
    }

    #[cfg(feature = "redis")]
    fn shared(&mut self, limits: &LimitSettings) -> Option<Arc<dyn RateStore>> {
        use crate::config::schema::WhileDown;
        use palisade_limit::Fallback;
        use std::fs;
        let builder = palisade_redis::RedisStore::builder(limits.store.expose())
            .operation_timeout(limits.timeout.0)
            .connect_timeout(limits.connect_timeout.0)
            .events(self.sink.clone());
        let builder = match &limits.prefix {
            Some(prefix) => builder.prefix(prefix.as_str()),
            None => builder,
        };
        let builder = match &limits.certificate_authority {
            Some(path) => {
                let pem = fs::read(path);
                let pem = pem.map_err(|fault| format!("{} cannot be read: {}", path.display(), fault.kind()));
                builder.root_certificates(self.made("limits.certificate_authority", pem)?)
            }
            None => builder,
        };
        let builder = if limits.dangerous_plaintext { builder.dangerous_plaintext() } else { builder };
        let store = self.made("limits.store", builder.build())?;
        Some(match (limits.dangerous_open_while_down, limits.while_down) {
            (true, _) => Arc::new(Fallback::dangerous_open(store)),
            (false, WhileDown::Closed) => Arc::new(Fallback::closed(store)),
            (false, WhileDown::Local) => {
                let memory = self.memory(limits)?;
                let fallback = Fallback::local(store).nodes(limits.nodes);
                Arc::new(self.made("limits.nodes", fallback)?.memory(memory))
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

fn made(figures: Figures) -> Result<Overload, LimitError> {
    told(Overload::new(figures.most)?.reserve(figures.reserve)?, figures)
}

fn resized(overload: &Overload, figures: Figures) -> Result<Overload, LimitError> {
    told(overload.resized(figures.most, figures.reserve)?, figures)
}

fn told(overload: Overload, figures: Figures) -> Result<Overload, LimitError> {
    overload.retry_after(figures.retry).unread(figures.unread)
}
