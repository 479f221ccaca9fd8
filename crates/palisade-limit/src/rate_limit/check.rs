//! The guard: what a request costs, whom, and what follows.

use super::{
    RateLimit,
    options::{After, Options},
    pass::{Carried, Charge, Open, RateLimitPass},
};
use crate::{
    outcome::Outcome,
    policies::Policies,
    refusal::{refusal, unavailable},
    store::Op,
    store_error::{StoreError, StoreErrorKind},
    ticket::Ticket,
};
use http::request;
use palisade_core::{Decision, Denial, DenialKind, Facts, Guard, Identity, Key, Mode, Policy, Reply};
use std::sync::Arc;

impl Guard for RateLimit {
    type Pass = RateLimitPass;

    #[inline]
    fn check(&self, head: &request::Parts, facts: &Facts) -> Reply<Result<RateLimitPass, Denial>> {
        let inner = &self.0;
        // Limits outside of this one that refused and were overruled (report only) have no pass to write headers with.
        let mut outermost = true;
        for (policy, decision) in facts.decisions() {
            if inner.is_mine(policy, facts) {
                return Reply::now(Ok(UNCOUNTED));
            }
            outermost &= !decision.admitted;
        }
        if let Some(options) = &inner.options {
            return self.check_with(options, head, facts, outermost);
        }
        let key = match inner.by.key(head, facts, &inner.hasher) {
            Ok(Some(key)) => key,
            answer => return Reply::now(not_counted(answer, &inner.policies, facts)),
        };
        let cost = inner.cost_for(head);
        note_cost(&inner.policies, cost, facts);
        if let Some((policy, charge)) = inner.policies.only(key, cost)
            && let Some(decision) = inner.store.take_at_once(&charge, &|| facts.now())
        {
            return Reply::now(self.conclude_one(policy, decision, outermost, facts));
        }
        let answer = inner.policies.apply(&*inner.store, Op::Take, key, cost, facts.now());
        match answer.try_now() {
            Ok(answer) => Reply::now(self.conclude(answer, outermost, facts)),
            Err(later) => {
                let (this, facts) = (self.clone(), facts.clone());
                Reply::later(async move { this.conclude(later.await, outermost, &facts) })
            }
        }
    }
}

const UNCOUNTED: RateLimitPass = RateLimitPass(Carried::Nothing);

/// A charge on its way to the store, of a limit with options.
struct Asked {
    policies: Arc<Policies>,
    key: Key,
    cost: u32,
    outermost: bool,
}

impl RateLimit {
    /// As [`conclude`](Self::conclude), where there is one policy and its decision came at once.
    #[inline]
    fn conclude_one(
        &self,
        policy: &Policy,
        decision: Decision,
        outermost: bool,
        facts: &Facts,
    ) -> Result<RateLimitPass, Denial> {
        facts.note_decision(policy, decision);
        let policies = &self.0.policies;
        #[cfg(feature = "metrics")]
        crate::metrics::decided(policies.series(), &[decision], facts.mode());
        if !decision.admitted {
            return Err(self.refused(policies, &[decision], outermost, facts));
        }
        Ok(self.pass(outermost, facts))
    }

    #[inline]
    fn pass(&self, outermost: bool, facts: &Facts) -> RateLimitPass {
        RateLimitPass(if !outermost {
            Carried::Nothing
        } else if facts.are_lines_taken() {
            Carried::Lines(self.0.clone())
        } else {
            Carried::Headers(self.0.clone())
        })
    }

    #[inline(never)]
    fn conclude(
        &self,
        answer: Result<Outcome, StoreError>,
        outermost: bool,
        facts: &Facts,
    ) -> Result<RateLimitPass, Denial> {
        let policies = &self.0.policies;
        let Some(outcome) = self.note(policies, answer, facts, || facts.mode())? else {
            return Ok(UNCOUNTED);
        };
        if !outcome.admitted() {
            return Err(self.refused(policies, outcome.decisions(), outermost, facts));
        }
        Ok(self.pass(outermost, facts))
    }

    /// As [`check`](Guard::check), for a limit with options.
    #[inline(never)]
    fn check_with(
        &self,
        options: &Options,
        head: &request::Parts,
        facts: &Facts,
        outermost: bool,
    ) -> Reply<Result<RateLimitPass, Denial>> {
        let inner = &self.0;
        if options.is_exempt(head, facts) {
            return Reply::now(not_counted(Ok(None), &inner.policies, facts));
        }
        let policies = options.policies(facts.identity().and_then(Identity::principal));
        let key = match inner.by.key(head, facts, &inner.hasher) {
            Ok(Some(key)) => key,
            answer => return Reply::now(not_counted(answer, &policies, facts)),
        };
        let cost = options.estimate(inner.cost_for(head));
        note_cost(&policies, cost, facts);
        let answer = policies.apply(&*inner.store, Op::Take, key, cost, facts.now());
        let asked = Asked { policies, key, cost, outermost };
        match answer.try_now() {
            Ok(answer) => Reply::now(self.conclude_with(options, answer, asked, facts)),
            Err(later) => {
                let (this, facts, options) = (self.clone(), facts.clone(), options.clone());
                Reply::later(async move { this.conclude_with(&options, later.await, asked, &facts) })
            }
        }
    }

    fn conclude_with(
        &self,
        options: &Options,
        answer: Result<Outcome, StoreError>,
        asked: Asked,
        facts: &Facts,
    ) -> Result<RateLimitPass, Denial> {
        let Asked { policies, key, cost, outermost } = asked;
        let is_enforced = options.is_enforced(&key);
        let mode = || if is_enforced { facts.mode() } else { Mode::Report };
        let Some(outcome) = self.note(&policies, answer, facts, mode)? else { return Ok(UNCOUNTED) };
        if !outcome.admitted() {
            let denial = self.refused(&policies, outcome.decisions(), outermost, facts);
            if is_enforced {
                return Err(denial);
            }
            facts.report(&denial);
            return Ok(UNCOUNTED);
        }
        let writer = outermost.then(|| self.0.clone());
        let max_debt = match options.after {
            After::Stands => None,
            After::Refund(_) => Some(0),
            After::Reserve { max_debt } => Some(max_debt),
        };
        let (Some(max_debt), Some(receipt)) = (max_debt, outcome.into_receipt()) else {
            return Ok(RateLimitPass(writer.map_or(Carried::Nothing, Carried::Headers)));
        };
        let ticket = Ticket {
            store: self.0.store.clone(),
            policies,
            key,
            charged: cost,
            max_debt,
            receipt,
            clock: facts.clock().clone(),
            settler: options.settler.clone(),
        };
        let open = match &options.after {
            After::Refund(refunds) => Open::Refundable(ticket, refunds.clone()),
            After::Reserve { .. } | After::Stands => Open::Reserved(ticket),
        };
        Ok(RateLimitPass(Carried::Charge(Box::new(Charge { writer, open }))))
    }

    #[cold]
    fn refused(&self, policies: &Policies, decided: &[Decision], outermost: bool, facts: &Facts) -> Denial {
        let now = facts.now();
        let Some(mut denial) = refusal(policies, decided, now) else {
            return Denial::new(DenialKind::Internal);
        };
        if outermost {
            let headers = self.0.headers;
            let mut lines = Vec::with_capacity(headers.lines());
            let decisions = policies.list().iter().zip(decided);
            headers.write(decisions, policies.line(), None, now, |name, value| lines.push((name, value)));
            for (name, value) in lines {
                if let Some(value) = value {
                    denial = denial.with_header(name, value);
                }
            }
        }
        denial
    }

    /// Writes down what the store said; `None` where it counted nothing and was told to let pass all the same.
    #[inline]
    fn note(
        &self,
        policies: &Policies,
        answer: Result<Outcome, StoreError>,
        facts: &Facts,
        mode: impl Fn() -> Mode,
    ) -> Result<Option<Outcome>, Denial> {
        let outcome = match answer {
            Ok(outcome) if outcome.decisions().len() == policies.list().len() => outcome,
            Ok(outcome) if outcome.is_unchecked() && !self.0.never_open => {
                facts.note_uncounted();
                return Ok(None);
            }
            undecided => {
                #[cfg(feature = "metrics")]
                crate::metrics::failed(policies.series(), mode());
                // An answer without decisions lets nobody pass.
                let error = undecided.err().unwrap_or_else(|| StoreErrorKind::Unavailable.into());
                return Err(unavailable(error));
            }
        };
        let admitted = outcome.admitted();
        for (policy, decision) in policies.list().iter().zip(outcome.decisions()) {
            facts.note_decision(policy, Decision { admitted, ..*decision });
        }
        #[cfg(feature = "metrics")]
        crate::metrics::decided(policies.series(), outcome.decisions(), mode());
        let _ = mode;
        Ok(Some(outcome))
    }
}

/// For whoever tells what was there before.
#[inline]
fn note_cost(policies: &Policies, cost: u32, facts: &Facts) {
    if cost != 1 {
        policies.list().iter().for_each(|policy| facts.note_cost(policy, cost));
    }
}

/// Exempt, or a part that it counts by is missing.
#[cold]
fn not_counted(
    answer: Result<Option<Key>, Denial>,
    policies: &Policies,
    facts: &Facts,
) -> Result<RateLimitPass, Denial> {
    #[cfg(feature = "metrics")]
    match &answer {
        Ok(_) => crate::metrics::exempt(policies.series(), facts.mode()),
        Err(_) => crate::metrics::failed(policies.series(), facts.mode()),
    }
    let _ = (policies, facts);
    answer.map(|_| UNCOUNTED)
}
