//! Quotas that depend on the caller's plan.

use crate::{
    error::{LimitError, LimitErrorKind},
    policies::Policies,
    quota::Quotas,
};
use palisade_core::{Policy, Principal};
use std::{
    collections::{HashMap, HashSet},
    fmt,
    sync::{Arc, Mutex, PoisonError},
};

/// Quotas for each plan, for single callers, and for everybody else.
///
/// A caller's own quotas come first, then those of its [plan](Principal::plan), then the default, which also holds for
/// callers without a plan, for those whose plan is not declared (told to `tracing` once a plan), and for nobody.
///
/// ```
/// use palisade_core::By;
/// use palisade_limit::{Plans, RateLimit};
///
/// let plans = Plans::new("10/minute")?
///     .plan("free", "60/minute")?
///     .plan("pro", "600/minute; 100000/day")?
///     .caller("api_key", "k_7", "10000/minute")?;
/// let limit = RateLimit::plans("plan", plans, By::principal().or(By::client()))?;
/// # let _ = limit;
/// # Ok::<(), palisade_limit::LimitError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Plans {
    default: Quotas,
    plans: Vec<(Box<str>, Quotas)>,
    callers: Vec<(Box<str>, Box<str>, Quotas)>,
}

impl Plans {
    /// Quotas for whoever has no others.
    ///
    /// # Errors
    ///
    /// When they are no quotas.
    pub fn new<Q>(default: Q) -> Result<Self, LimitError>
    where
        Q: TryInto<Quotas>,
        LimitError: From<Q::Error>,
    {
        Ok(Self { default: default.try_into()?, plans: Vec::new(), callers: Vec::new() })
    }

    /// Quotas for the callers on a plan.
    ///
    /// Clients see the plan's name: the policy of plan `pro` in limit `plan` is `plan:pro`.
    ///
    /// # Errors
    ///
    /// When they are no quotas, or the plan has some already.
    pub fn plan<Q>(mut self, plan: &str, quotas: Q) -> Result<Self, LimitError>
    where
        Q: TryInto<Quotas>,
        LimitError: From<Q::Error>,
    {
        if self.plans.iter().any(|(there, _)| **there == *plan) {
            let twice = format!("the plan {plan:?} stands there twice");
            return Err(LimitError::because(LimitErrorKind::Declaration, twice));
        }
        self.plans.push((plan.into(), quotas.try_into()?));
        Ok(self)
    }

    /// Quotas for one caller, by the kind and the [lineage](Principal::lineage) of its credential, which is its id where it
    /// descends from no other: they outlive the rotation of a key.
    ///
    /// Their policy is `plan:own` in a limit named `plan`; it tells no ids.
    ///
    /// # Errors
    ///
    /// When they are no quotas, or the caller has some already.
    pub fn caller<Q>(mut self, kind: &str, lineage: &str, quotas: Q) -> Result<Self, LimitError>
    where
        Q: TryInto<Quotas>,
        LimitError: From<Q::Error>,
    {
        if self.callers.iter().any(|(of, there, _)| **of == *kind && **there == *lineage) {
            let twice = format!("the caller {lineage:?} of kind {kind:?} stands there twice");
            return Err(LimitError::because(LimitErrorKind::Declaration, twice));
        }
        self.callers.push((kind.into(), lineage.into(), quotas.try_into()?));
        Ok(self)
    }

    pub(crate) fn into_default(self) -> Quotas {
        self.default
    }
}

/// Plans, ready for requests.
pub(crate) struct Table {
    default: Arc<Policies>,
    plans: HashMap<Box<str>, Arc<Policies>>,
    callers: HashMap<Box<str>, HashMap<Box<str>, Arc<Policies>>>,
    /// The table that this one replaced, so that a request under way is not charged by both.
    previous: Option<Arc<Self>>,
    unknown: Mutex<HashSet<Box<str>>>,
}

/// How many unknown plans are told before it becomes silent.
const TOLD: usize = 64;

impl Table {
    pub(crate) fn new(name: &str, plans: &Plans, previous: Option<&Self>) -> Result<Self, LimitError> {
        let make = |suffix: &str, quotas| Policies::new(&format!("{name}{suffix}"), quotas).map(Arc::new);
        let mut callers: HashMap<Box<str>, HashMap<_, _>> = HashMap::new();
        for (kind, lineage, quotas) in &plans.callers {
            callers.entry(kind.clone()).or_default().insert(lineage.clone(), make(":own", quotas)?);
        }
        let plans_made =
            plans.plans.iter().map(|(plan, quotas)| Ok((plan.clone(), make(&format!(":{plan}"), quotas)?)));
        Ok(Self {
            default: make("", &plans.default)?,
            plans: plans_made.collect::<Result<_, LimitError>>()?,
            callers,
            previous: previous.map(|table| Arc::new(table.without_previous())),
            unknown: Mutex::default(),
        })
    }

    fn without_previous(&self) -> Self {
        Self {
            default: self.default.clone(),
            plans: self.plans.clone(),
            callers: self.callers.clone(),
            previous: None,
            unknown: Mutex::default(),
        }
    }

    pub(crate) fn choose(&self, principal: Option<&Principal>) -> Arc<Policies> {
        let Some(principal) = principal else { return self.default.clone() };
        if let Some(own) = self.own(principal) {
            return own.clone();
        }
        let Some(plan) = principal.plan() else { return self.default.clone() };
        match self.plans.get(plan) {
            Some(policies) => policies.clone(),
            None => {
                self.tell_unknown(plan);
                self.default.clone()
            }
        }
    }

    fn own(&self, principal: &Principal) -> Option<&Arc<Policies>> {
        self.callers.get(principal.kind())?.get(principal.lineage())
    }

    /// Whether this policy, noted for a request of this caller, came from here.
    pub(crate) fn is_mine(&self, policy: &Policy, principal: Option<&Principal>) -> bool {
        let own = principal.and_then(|principal| self.own(principal));
        own.into_iter().chain([&self.default]).chain(self.plans.values()).any(|mine| mine.is_mine(policy))
            || self.previous.as_ref().is_some_and(|previous| previous.is_mine(policy, principal))
    }

    /// The most that a request of anybody can cost and still pass.
    pub(crate) fn max_cost(&self) -> u32 {
        let own = self.callers.values().flat_map(HashMap::values);
        let all = own.chain([&self.default]).chain(self.plans.values());
        all.map(|policies| policies.max_cost()).min().unwrap_or(0)
    }

    #[cold]
    fn tell_unknown(&self, plan: &str) {
        let mut told = self.unknown.lock().unwrap_or_else(PoisonError::into_inner);
        if told.len() < TOLD && told.insert(plan.into()) {
            tracing::warn!(target: "palisade::limit", plan, "a caller's plan has no quotas; those of the default hold");
        }
    }
}

impl fmt::Debug for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Table")
            .field("default", &self.default)
            .field("plans", &self.plans)
            .finish_non_exhaustive()
    }
}
