//! What may be granted, and for how long; pure.

use super::{
    caller::Caller,
    draft::{Life, Span},
    error::{KeyringError, Mistake},
    rule::Rule,
};
use crate::{
    effective::Effective,
    record::{MAX_NETWORKS, MAX_PERMISSIONS, MAX_ROLES},
    text::{Plan, Role},
};
use palisade_core::{Requirement, ScopeSet, UnixTime};

#[derive(Clone)]
pub(super) struct Rules {
    pub(super) legal: ScopeSet,
    pub(super) effective: Effective,
    pub(super) plans: Option<Plans>,
    pub(super) default_days: u16,
    pub(super) never_expires: bool,
}

/// The plans that callers may give, and who of them.
#[derive(Clone)]
pub(super) struct Plans {
    pub(super) names: Vec<Plan>,
    pub(super) requirement: Requirement,
}

const MAX_DAYS: u64 = 365;
pub(super) const DAY: u64 = 86_400 * 1_000_000_000;

impl Rules {
    /// What is wrong with permissions and roles in themselves; unknown ones are told which there are.
    pub(super) fn words(&self, permissions: &ScopeSet, roles: &[Role], mistakes: &mut Vec<Mistake>) {
        if permissions.len() > MAX_PERMISSIONS {
            mistakes.push(Mistake::new("#/permissions", format!("at most {MAX_PERMISSIONS} permissions")));
        }
        if !permissions.iter().all(|scope| self.legal.contains(scope)) {
            let legal: Vec<_> = self.legal.iter().map(|scope| scope.as_str()).collect();
            mistakes.push(Mistake::new(
                "#/permissions",
                format!("unknown permission; there are: {}", legal.join(", ")),
            ));
        }
        if roles.len() > MAX_ROLES {
            mistakes.push(Mistake::new("#/roles", format!("at most {MAX_ROLES} roles")));
        }
        if !roles.iter().all(|role| self.effective.roles.get(role.as_str()).is_some()) {
            let legal: Vec<_> = self.effective.roles.iter().map(|(role, _)| role).collect();
            mistakes.push(Mistake::new("#/roles", format!("unknown role; there are: {}", legal.join(", "))));
        }
    }

    pub(super) fn networks(len: usize, mistakes: &mut Vec<Mistake>) {
        if len > MAX_NETWORKS {
            mistakes.push(Mistake::new("#/networks", format!("at most {MAX_NETWORKS} networks")));
        }
    }

    /// Whether there is such a plan; unknown ones are told which there are.
    pub(super) fn plan(&self, caller: &Caller, plan: Option<&Plan>, mistakes: &mut Vec<Mistake>) {
        let Some(plan) = plan else { return };
        let detail = match &self.plans {
            None if caller.is_operator() => return,
            Some(plans) if plans.names.contains(plan) => return,
            None => "nobody but an operator gives plans here".to_owned(),
            Some(plans) => {
                let names: Vec<_> = plans.names.iter().map(Plan::as_str).collect();
                format!("unknown plan; there are: {}", names.join(", "))
            }
        };
        mistakes.push(Mistake::new("#/plan", detail));
    }

    /// Who may change a plan from one to another.
    pub(super) fn decide_plan(
        &self,
        caller: &Caller,
        from: Option<&Plan>,
        to: Option<&Plan>,
    ) -> Result<(), KeyringError> {
        let may = || self.plans.as_ref().is_some_and(|plans| caller.meets(&plans.requirement));
        if from == to || caller.is_operator() || may() {
            Ok(())
        } else {
            Err(KeyringError::Refused(Rule::PlanNotTheirs))
        }
    }

    /// A key begins before it ends.
    pub(super) fn window(from: Option<UnixTime>, until: Option<UnixTime>, mistakes: &mut Vec<Mistake>) {
        if let (Some(from), Some(until)) = (from, until)
            && from >= until
        {
            mistakes.push(Mistake::new("#/not_before", "the key would end before it begins"));
        }
    }

    /// When a life that begins now ends.
    pub(super) fn ends(&self, life: Life, now: UnixTime, mistakes: &mut Vec<Mistake>) -> Option<UnixTime> {
        let days = match life.0 {
            Span::Usual => u64::from(self.default_days),
            Span::Days(days @ 1..=MAX_DAYS) => days,
            Span::Days(_) => {
                mistakes
                    .push(Mistake::new("#/expires_in_days", format!("a whole number from 1 to {MAX_DAYS}")));
                return None;
            }
            Span::Never if self.never_expires => return None,
            Span::Never => {
                let detail =
                    "keys must expire; the keyring can allow others with `dangerous_allow_never_expires`";
                mistakes.push(Mistake::new("#/expires_in_days", detail));
                return None;
            }
        };
        Some(now.plus_nanos(days * DAY))
    }

    /// Nobody hands out what they do not have.
    pub(super) fn grant(
        &self,
        caller: &Caller,
        permissions: &ScopeSet,
        roles: &[Role],
    ) -> Result<(), KeyringError> {
        if caller.holds(&self.effective.scopes(permissions, roles)) {
            Ok(())
        } else {
            Err(KeyringError::Refused(Rule::Escalation))
        }
    }
}

/// Nothing is wrong.
pub(super) fn flawless(mistakes: Vec<Mistake>) -> Result<(), KeyringError> {
    if mistakes.is_empty() { Ok(()) } else { Err(KeyringError::Invalid(mistakes)) }
}
