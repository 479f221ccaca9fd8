//! The guard: what a request costs, whom, and what follows.

use super::{
    RateLimit,
    options::{After, Options},
    pass::{Open, RateLimitPass},
};
use crate::{
    outcome::Outcome,
    policies::Policies,
    refusal::{refusal, unavailable},
    store::Op,
    store_error::StoreError,
    ticket::Ticket,
};
use http::request;
use palisade_core::{Decision, Denial, DenialKind, Facts, Guard, Identity, Key, Reply};
use std::sync::Arc;

/// A charge on its way to the store.
struct Asked {
    /// The policies that were chosen; `None` where there is no choice.
    chosen: Option<Arc<Policies>>,
    key: Key,
    cost: u32,
    outermost: bool,
}

impl Guard for RateLimit {
    type Pass = RateLimitPass;

    #[inline]
    fn check(&self, head: &request::Parts, facts: &Facts) -> Reply<Result<RateLimitPass, Denial>> {
        let inner = &self.0;
        // Limits outside of this one that refused and were overruled (report only) have no pass to write headers with.
        let mut outermost = true;
        for (policy, decision) in facts.decisions() {
            if inner.is_mine(policy, facts) {
                return Reply::now(Ok(RateLimitPass::UNCOUNTED));
            }
            outermost &= !decision.admitted;
        }
        let mut chosen = None;
        if let Some(options) = &inner.options {
            if options.is_exempt(head, facts) {
                self.note_exempt(facts);
                return Reply::now(Ok(RateLimitPass::UNCOUNTED));
            }
            chosen = Some(options.policies(facts.identity().and_then(Identity::principal)));
        }
        let key = match inner.by.key(head, facts, &inner.hasher) {
            Ok(Some(key)) => key,
            Ok(None) => {
                self.note_exempt(facts);
                return Reply::now(Ok(RateLimitPass::UNCOUNTED));
            }
            Err(denial) => {
                self.note_failed(chosen.as_deref(), facts);
                return Reply::now(Err(denial));
            }
        };
        let policies = chosen.as_deref().unwrap_or(&inner.policies);
        let cost = inner.cost_for(head);
        let cost = inner.options.as_ref().map_or(cost, |options| options.estimate(cost));
        let answer = policies.apply(&*inner.store, Op::Take, key, cost, facts.now());
        let asked = Asked { chosen, key, cost, outermost };
        match answer.try_now() {
            Ok(answer) => Reply::now(self.conclude(answer, asked, facts)),
            Err(later) => {
                let (this, facts) = (self.clone(), facts.clone());
                Reply::later(async move { this.conclude(later.await, asked, &facts) })
            }
        }
    }
}

impl RateLimit {
    #[inline]
    fn conclude(
        &self,
        answer: Result<Outcome, StoreError>,
        asked: Asked,
        facts: &Facts,
    ) -> Result<RateLimitPass, Denial> {
        let inner = &self.0;
        let outcome = match answer {
            Ok(outcome) => outcome,
            Err(error) => {
                self.note_failed(asked.chosen.as_deref(), facts);
                return Err(unavailable(error));
            }
        };
        let policies = asked.chosen.as_deref().unwrap_or(&inner.policies);
        let admitted = outcome.admitted();
        for (policy, decision) in policies.list().iter().zip(outcome.decisions()) {
            facts.note_decision(policy, Decision { admitted, ..*decision });
        }
        #[cfg(feature = "metrics")]
        crate::metrics::decided(policies.series(), &outcome, facts.mode());
        if !admitted {
            return Err(self.refused(policies, &outcome, asked.outermost, facts));
        }
        let writer = asked.outermost.then(|| inner.clone());
        let open = match (&inner.options, asked.chosen) {
            (Some(options), Some(policies)) => {
                self.open(options, policies, asked.key, asked.cost, outcome, facts)
            }
            _ => None,
        };
        Ok(RateLimitPass { writer, open })
    }

    /// What is left open of a charge until the response is there.
    fn open(
        &self,
        options: &Options,
        policies: Arc<Policies>,
        key: Key,
        charged: u32,
        outcome: Outcome,
        facts: &Facts,
    ) -> Option<Box<Open>> {
        let max_debt = match options.after {
            After::Stands => return None,
            After::Refund(_) => 0,
            After::Reserve { max_debt } => max_debt,
        };
        let ticket = Ticket {
            store: self.0.store.clone(),
            policies,
            key,
            charged,
            max_debt,
            receipt: outcome.into_receipt()?,
            clock: facts.clock().clone(),
            settler: options.settler.clone(),
        };
        Some(Box::new(match &options.after {
            After::Refund(refunds) => Open::Refundable(ticket, refunds.clone()),
            After::Reserve { .. } | After::Stands => Open::Reserved(ticket),
        }))
    }

    #[cold]
    fn refused(&self, policies: &Policies, outcome: &Outcome, outermost: bool, facts: &Facts) -> Denial {
        let now = facts.now();
        let Some(mut denial) = refusal(policies, outcome.decisions(), now) else {
            return Denial::new(DenialKind::Internal);
        };
        if outermost {
            let headers = self.0.headers;
            let mut lines = Vec::with_capacity(headers.lines());
            let decisions = policies.list().iter().zip(outcome.decisions());
            headers.write(decisions, policies.line(), now, |name, value| lines.push((name, value)));
            for (name, value) in lines {
                denial = denial.with_header(name.clone(), value);
            }
        }
        denial
    }

    #[inline]
    fn note_exempt(&self, facts: &Facts) {
        #[cfg(feature = "metrics")]
        crate::metrics::exempt(self.0.policies.series(), facts.mode());
        let _ = facts;
    }

    #[inline]
    fn note_failed(&self, chosen: Option<&Policies>, facts: &Facts) {
        #[cfg(feature = "metrics")]
        crate::metrics::failed(chosen.unwrap_or(&self.0.policies).series(), facts.mode());
        let _ = (chosen, facts);
    }
}
