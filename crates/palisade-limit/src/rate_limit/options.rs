//! What few limits have.

use crate::{
    error::{LimitError, LimitErrorKind},
    exempt::Exempt,
    plan::{Plans, Table},
    policies::Policies,
    settlement::Settler,
};
use arc_swap::ArcSwap;
use http::{StatusCode, request};
use palisade_core::{Facts, Identity, Key, Policy, Principal};
use std::sync::{Arc, Mutex, PoisonError};

#[derive(Clone)]
pub(crate) struct Options {
    pub(crate) own: Arc<Policies>,
    pub(crate) plans: Option<Arc<Planned>>,
    pub(crate) exempt: Option<Exempt>,
    pub(crate) after: After,
    pub(crate) settler: Settler,
    /// The part of the keys, in percent, for which a refusal refuses.
    pub(crate) enforced: u8,
}

/// What becomes of a charge when the response is there.
#[derive(Clone, Default)]
pub(crate) enum After {
    #[default]
    Stands,
    Refund(Refunds),
    Reserve {
        max_debt: u32,
    },
}

/// Whether a response with this status costs nothing.
pub(crate) type Refunds = Arc<dyn Fn(StatusCode) -> bool + Send + Sync>;

impl Options {
    pub(crate) fn new(own: Policies) -> Self {
        Self {
            own: Arc::new(own),
            plans: None,
            exempt: None,
            after: After::Stands,
            settler: Settler::default(),
            enforced: 100,
        }
    }

    pub(crate) fn is_exempt(&self, head: &request::Parts, facts: &Facts) -> bool {
        self.exempt.as_ref().is_some_and(|exempt| {
            let principal = facts.identity().and_then(Identity::principal);
            exempt.covers(facts.client().map(|client| client.ip), principal, Some(&head.method))
        })
    }

    pub(crate) fn policies(&self, principal: Option<&Principal>) -> Arc<Policies> {
        match &self.plans {
            None => self.own.clone(),
            Some(plans) => plans.table.load().choose(principal),
        }
    }

    /// Whether a refusal refuses this one; always the same for one key.
    pub(crate) fn is_enforced(&self, key: &Key) -> bool {
        let [a, b, c, d, ..] = *key.as_bytes();
        u32::from_le_bytes([a, b, c, d]) % 100 < u32::from(self.enforced)
    }

    /// What is charged for an estimate. A reservation of nothing would have no counter to settle with.
    pub(crate) const fn estimate(&self, cost: u32) -> u32 {
        match self.after {
            After::Reserve { .. } if cost == 0 => 1,
            _ => cost,
        }
    }
}

/// Plans that can be replaced.
pub(crate) struct Planned {
    name: Box<str>,
    table: ArcSwap<Table>,
    /// Held while a table is replaced, so that none is lost.
    turn: Mutex<()>,
}

impl Planned {
    pub(crate) fn new(name: &str, plans: &Plans) -> Result<Self, LimitError> {
        let table = Table::new(name, plans, None)?;
        Ok(Self { name: name.into(), table: ArcSwap::from_pointee(table), turn: Mutex::default() })
    }

    pub(crate) fn replace(&self, plans: &Plans, cost: u32) -> Result<(), LimitError> {
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        let table = Table::new(&self.name, plans, Some(&self.table.load()))?;
        if cost > table.max_cost() {
            return Err(LimitErrorKind::Cost.into());
        }
        self.table.store(Arc::new(table));
        Ok(())
    }

    pub(crate) fn is_mine(&self, policy: &Policy, principal: Option<&Principal>) -> bool {
        self.table.load().is_mine(policy, principal)
    }

    pub(crate) fn max_cost(&self) -> u32 {
        self.table.load().max_cost()
    }
}
