//! What a verified token says of its caller's rights.

mod pointer;
mod presets;
#[cfg(test)]
mod tests;
mod unmapped;
mod words;

use crate::claims::Claims;
use palisade_core::ScopeSet;
use serde_json::Value;

pub use pointer::{InvalidPointer, Pointer};
pub use unmapped::Unmapped;
use words::Form;
pub use words::{MAX_ROLES, MAX_SCOPES};

/// Which claims become permissions, roles, the tenant and the plan of a caller.
///
/// [`new`](Self::new) reads what RFC 9068 names: `scope`, a string of words with spaces between them, or `scp`, such a string or a
/// list. Identity providers have their own places; the most common ones are presets, any other is named by a [`Pointer`].
///
/// - Words count as a whole and case included; there are no wildcards and no prefixes.
/// - A claim of another type than its name promises refuses the token: what cannot be read is not taken for nothing.
/// - Where both `scope` and `scp` stand in a token they must say the same; else it is refused.
/// - What several claims grant is added up. A name of a role that no [`Roles`](palisade_core::Roles) table knows gives nothing.
///
/// ```
/// use palisade_jwt::Mapping;
///
/// let mapping = Mapping::new().roles_at("/https:~1~1example.com~1roles".parse()?).tenant_at("/org_id".parse()?);
/// # let _ = mapping;
/// # Ok::<(), palisade_jwt::InvalidPointer>(())
/// ```
#[derive(Clone, Debug)]
pub struct Mapping {
    /// Whether `scope` and `scp` are read.
    standard: bool,
    scopes: Vec<Pointer>,
    roles: Vec<Pointer>,
    tenant: Option<Pointer>,
    plan: Option<Pointer>,
    demands: Vec<Demand>,
}

/// What a token must be, beyond what every verifier checks.
#[derive(Clone, Debug)]
enum Demand {
    /// For somebody other than Keycloak's account console.
    NotKeycloakAccount,
    /// This claim is one of these texts.
    OneOf(Pointer, Vec<Box<str>>, Unmapped),
    /// It has all claims of one of these lists, and none that only ID tokens have: providers whose tokens do not tell in `typ` what they are.
    Access(&'static [&'static [&'static str]]),
}

/// What a token grants.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Grants<'c> {
    /// Permissions.
    pub scopes: ScopeSet,
    /// Names of sets of permissions.
    pub roles: Vec<&'c str>,
    /// On whose behalf the caller calls.
    pub tenant: Option<&'c str>,
    /// Which plan it is on.
    pub plan: Option<&'c str>,
}

impl Default for Mapping {
    fn default() -> Self {
        Self::new()
    }
}

impl Mapping {
    /// `scope` and `scp`.
    #[must_use]
    pub fn new() -> Self {
        Self { standard: true, ..Self::empty() }
    }

    /// Nothing: a caller is known, and may do what "authenticated" allows.
    #[must_use]
    pub const fn empty() -> Self {
        Self {
            standard: false,
            scopes: Vec::new(),
            roles: Vec::new(),
            tenant: None,
            plan: None,
            demands: Vec::new(),
        }
    }

    /// Permissions also stand here: a list of words, or a string of them.
    #[must_use]
    pub fn scopes_at(mut self, pointer: Pointer) -> Self {
        self.scopes.push(pointer);
        self
    }

    /// Names of roles also stand here: a list, or one string, which is one name.
    #[must_use]
    pub fn roles_at(mut self, pointer: Pointer) -> Self {
        self.roles.push(pointer);
        self
    }

    /// The tenant stands here: a text of 1 to 128 bytes.
    #[must_use]
    pub fn tenant_at(mut self, pointer: Pointer) -> Self {
        self.tenant = Some(pointer);
        self
    }

    /// The plan stands here: a text of 1 to 128 bytes.
    #[must_use]
    pub fn plan_at(mut self, pointer: Pointer) -> Self {
        self.plan = Some(pointer);
        self
    }

    /// What these claims grant.
    ///
    /// # Errors
    ///
    /// Why the token is refused although it holds.
    pub fn grants<'c>(&self, claims: &'c Claims) -> Result<Grants<'c>, Unmapped> {
        self.read(|name| claims.get(name), claims.audience())
    }

    /// As [`grants`](Self::grants); where permissions stand in one text, the set that it means is taken from `sets`, which is
    /// given the text and how to read it.
    pub(crate) fn grants_from<'c>(
        &self,
        claims: &'c Claims,
        sets: impl FnOnce(&'c str, &dyn Fn() -> Result<ScopeSet, Unmapped>) -> Result<ScopeSet, Unmapped>,
    ) -> Result<Grants<'c>, Unmapped> {
        let claim = |name: &str| claims.get(name);
        let text =
            claims.text("scope").filter(|_| self.standard && self.scopes.is_empty() && !claims.has("scp"));
        self.grant(claim, claims.audience(), || match text {
            Some(text) => sets(text, &|| words::set(text)),
            None => self.scopes(claim),
        })
    }

    /// Whether a token for these audiences is one that Keycloak makes for its account console alone, and that matters here.
    pub(crate) fn is_for_account<'c>(&self, audiences: impl Iterator<Item = &'c str>) -> bool {
        let matters = self.demands.iter().any(|demand| matches!(demand, Demand::NotKeycloakAccount));
        matters && is_account_alone(audiences)
    }

    fn demanding(mut self, demand: Demand) -> Self {
        self.demands.push(demand);
        self
    }

    /// What these claims grant, of a token for these audiences.
    fn read<'c>(
        &self,
        claim: impl Fn(&str) -> Option<&'c Value> + Copy,
        audiences: impl Iterator<Item = &'c str>,
    ) -> Result<Grants<'c>, Unmapped> {
        self.grant(claim, audiences, || self.scopes(claim))
    }

    fn grant<'c>(
        &self,
        claim: impl Fn(&str) -> Option<&'c Value> + Copy,
        mut audiences: impl Iterator<Item = &'c str>,
        scopes: impl FnOnce() -> Result<ScopeSet, Unmapped>,
    ) -> Result<Grants<'c>, Unmapped> {
        for demand in &self.demands {
            match demand {
                Demand::NotKeycloakAccount => {
                    if is_account_alone(audiences.by_ref()) {
                        return Err(Unmapped::KeycloakAccount);
                    }
                }
                Demand::OneOf(pointer, good, unmapped) => {
                    let found = pointer.of(claim).and_then(Value::as_str);
                    if !found.is_some_and(|found| good.iter().any(|good| **good == *found)) {
                        return Err(*unmapped);
                    }
                }
                Demand::Access(signs) => {
                    let has = |name: &&str| claim(name).is_some();
                    let shows = signs.iter().any(|names| names.iter().all(has));
                    if !shows || ["at_hash", "c_hash"].iter().any(has) {
                        return Err(Unmapped::NotAccessToken);
                    }
                }
            }
        }
        let mut roles = Vec::new();
        for value in self.roles.iter().filter_map(|pointer| pointer.of(claim)) {
            words::roles(value, &mut roles)?;
        }
        Ok(Grants {
            scopes: scopes()?,
            roles,
            tenant: text(self.tenant.as_ref(), claim, Unmapped::TenantMalformed)?,
            plan: text(self.plan.as_ref(), claim, Unmapped::PlanMalformed)?,
        })
    }

    fn scopes<'c>(&self, claim: impl Fn(&str) -> Option<&'c Value> + Copy) -> Result<ScopeSet, Unmapped> {
        let mut found = Vec::with_capacity(8);
        if self.standard {
            match (claim("scope"), claim("scp")) {
                (Some(scope), None) => words::scopes(scope, Form::Text, &mut found)?,
                (None, Some(scp)) => words::scopes(scp, Form::TextOrList, &mut found)?,
                (Some(scope), Some(scp)) => {
                    let mut other = Vec::new();
                    words::scopes(scope, Form::Text, &mut found)?;
                    words::scopes(scp, Form::TextOrList, &mut other)?;
                    if ScopeSet::of(found.iter().cloned()) != ScopeSet::of(other) {
                        return Err(Unmapped::ScopeConflict);
                    }
                }
                (None, None) => {}
            }
        }
        for value in self.scopes.iter().filter_map(|pointer| pointer.of(claim)) {
            words::scopes(value, Form::TextOrList, &mut found)?;
        }
        Ok(if found.is_empty() { ScopeSet::empty() } else { ScopeSet::of(found) })
    }
}

fn is_account_alone<'c>(mut audiences: impl Iterator<Item = &'c str>) -> bool {
    audiences.next() == Some("account") && audiences.all(|audience| audience == "account")
}

fn text<'c>(
    pointer: Option<&Pointer>,
    claim: impl Fn(&str) -> Option<&'c Value>,
    otherwise: Unmapped,
) -> Result<Option<&'c str>, Unmapped> {
    match pointer.and_then(|pointer| pointer.of(claim)) {
        None => Ok(None),
        Some(value) => words::text(value).map(Some).ok_or(otherwise),
    }
}
