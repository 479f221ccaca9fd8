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
    text::Role,
};
use palisade_core::{ScopeSet, UnixTime};

#[derive(Clone)]
pub(super) struct Rules {
    pub(super) legal: ScopeSet,
    pub(super) effective: Effective,
    pub(super) default_days: u16,
    pub(super) never_expires: bool,
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
