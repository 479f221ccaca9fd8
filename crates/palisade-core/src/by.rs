//! Who is counted.

mod display;

use crate::{
    denial::{Denial, DenialKind},
    facts::Facts,
    identity::Identity,
    key::{Key, KeyHasher},
    subject::{Requested, Source, Subject},
    widening::Widening,
};
use http::{HeaderName, request};
use std::sync::Arc;

/// What a limit counts by.
///
/// A part that is missing (no principal, no such header) follows a declared policy; the default refuses with 503, because a
/// limit that cannot count cannot decide. Nothing is skipped silently.
///
/// ```
/// use palisade_core::By;
///
/// let by = By::principal().or(By::client());
/// let each_route = By::tenant().and(By::route()).or_shared();
/// # let _ = (by, each_route);
/// ```
#[derive(Clone, Debug)]
pub struct By {
    part: Part,
    missing: Missing,
}

#[derive(Clone, Debug)]
enum Part {
    Client { v6_prefix: u8 },
    Widening(Arc<Widening>),
    Principal,
    Lineage,
    Tenant,
    Header(HeaderName),
    Route,
    Everyone,
    All(Vec<By>),
}

#[derive(Clone, Debug)]
enum Missing {
    Deny,
    Shared,
    Exempt,
    Else(Box<By>),
}

/// What was found for one part.
enum Found<'b> {
    Key(Key),
    Exempt,
    Missing(&'b Part),
    /// There is more than one, and no telling which is meant.
    Ambiguous,
}

impl By {
    /// The client's address; IPv6 by its /64, because one subscriber has at least that many addresses.
    #[must_use]
    pub const fn client() -> Self {
        Self::part(Part::Client { v6_prefix: 64 })
    }

    /// The client's address with IPv6 grouped by `bits`, from 32 to 128.
    #[must_use]
    pub fn client_prefix(bits: u8) -> Self {
        Self::part(Part::Client { v6_prefix: bits.clamp(32, 128) })
    }

    /// The client's address; IPv6 by its /64 until `siblings` (2 to 256) networks of one /56 came within ten minutes, then by
    /// that /56, and by the /48 once as many of its /56 were counted so.
    ///
    /// A network stays wide until ten to twenty minutes after it last had so many siblings; the wider counter starts afresh,
    /// so a subscriber who walks through a /56 gets `siblings` quotas and then one. Clones share what they saw: at most 4,096
    /// networks, 230 KiB. When all places for a network are taken by wide ones, it is counted by its /64.
    #[must_use]
    pub fn client_widening(siblings: u16) -> Self {
        Self::part(Part::Widening(Arc::new(Widening::new(siblings))))
    }

    /// The verified caller: never what a request merely claims.
    #[must_use]
    pub const fn principal() -> Self {
        Self::part(Part::Principal)
    }

    /// The verified caller by the [lineage](crate::Principal::lineage) of its credential: keys that were rotated or derived from one
    /// another count together.
    #[must_use]
    pub const fn lineage() -> Self {
        Self::part(Part::Lineage)
    }

    /// The [tenant](crate::Principal::tenant) of the verified caller; missing where it has none.
    #[must_use]
    pub const fn tenant() -> Self {
        Self::part(Part::Tenant)
    }

    /// The value of a header that something trusted in front sets.
    ///
    /// A request with more than one line of it is refused with 400, whatever was declared for a missing part: a proxy that adds
    /// its line to one that a stranger sent does not say which is whose.
    #[must_use]
    pub const fn header(name: HeaderName) -> Self {
        Self::part(Part::Header(name))
    }

    /// The template of the matched route (`/models/{name}`), never the path; known at routes, and missing outside of them.
    #[must_use]
    pub const fn route() -> Self {
        Self::part(Part::Route)
    }

    /// One counter for all requests.
    #[must_use]
    pub const fn everyone() -> Self {
        Self::part(Part::Everyone)
    }

    const fn part(part: Part) -> Self {
        Self { part, missing: Missing::Deny }
    }

    /// Counts by both together: `By::principal().and(By::route())` is a counter for each caller at each route.
    ///
    /// A part with a policy of its own (`.or(…)`) follows it; without one, the whole is missing where the part is.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        match self {
            Self { part: Part::All(mut parts), missing: Missing::Deny } => {
                parts.push(other);
                Self::part(Part::All(parts))
            }
            first => Self::part(Part::All(vec![first, other])),
        }
    }

    /// Where the part is missing, counts by this instead.
    #[must_use]
    pub fn or(mut self, other: Self) -> Self {
        self.missing = Missing::Else(Box::new(other));
        self
    }

    /// Where the part is missing, counts all such requests together.
    #[must_use]
    pub fn or_shared(mut self) -> Self {
        self.missing = Missing::Shared;
        self
    }

    /// Where the part is missing, does not count.
    #[must_use]
    pub fn or_exempt(mut self) -> Self {
        self.missing = Missing::Exempt;
        self
    }

    /// Whether it looks at the verified caller anywhere, who is not known outside of authentication.
    #[must_use]
    pub fn uses_caller(&self) -> bool {
        self.any(&|part| matches!(part, Part::Principal | Part::Lineage | Part::Tenant))
    }

    /// Whether it looks at the route anywhere, which is not known outside of the router.
    #[must_use]
    pub fn uses_route(&self) -> bool {
        self.any(&|part| matches!(part, Part::Route))
    }

    /// Whether it cannot count a request without a verified caller, and refuses it with 503.
    #[must_use]
    pub fn needs_caller(&self) -> bool {
        let part = match &self.part {
            Part::Principal | Part::Lineage | Part::Tenant => true,
            Part::All(parts) => parts.iter().any(Self::needs_caller),
            _ => false,
        };
        part && match &self.missing {
            Missing::Deny => true,
            Missing::Shared | Missing::Exempt => false,
            Missing::Else(other) => other.needs_caller(),
        }
    }

    fn any(&self, is: &impl Fn(&Part) -> bool) -> bool {
        let inner = matches!(&self.part, Part::All(parts) if parts.iter().any(|by| by.any(is)));
        let instead = matches!(&self.missing, Missing::Else(by) if by.any(is));
        is(&self.part) || inner || instead
    }

    /// The counter of this request; `None` where it is exempt.
    ///
    /// # Errors
    ///
    /// 503 where the part is missing and nothing else was declared; 400 where a header has several lines.
    #[inline]
    pub fn key(
        &self,
        head: &request::Parts,
        facts: &Facts,
        hasher: &KeyHasher,
    ) -> Result<Option<Key>, Denial> {
        // What most limits count by; everything else, and what is missing, goes the long way.
        match &self.part {
            Part::Client { v6_prefix } => {
                if let Some(client) = facts.client() {
                    return Ok(Some(hasher.address(client.ip, *v6_prefix)));
                }
            }
            Part::Principal => {
                if let Some(caller) = facts.identity().and_then(Identity::principal) {
                    return Ok(Some(hasher.of_kind(PRINCIPAL, caller.kind(), caller.id())));
                }
            }
            _ => {}
        }
        self.found(&Requested { head, facts }, hasher).map_err(|missing| missing.denial(Part::tell))
    }

    /// The counter of somebody who is named instead of asking, as requests of theirs are counted; `None` where they are exempt.
    ///
    /// # Errors
    ///
    /// 503 where the subject does not name a part, and nothing else was declared.
    pub fn key_of(&self, subject: &Subject, hasher: &KeyHasher) -> Result<Option<Key>, Denial> {
        // Whoever names somebody learns it from the error; no gate is put together wrongly.
        self.found(subject, hasher).map_err(|missing| missing.denial(|_| {}))
    }

    #[inline(never)]
    fn found(&self, source: &impl Source, hasher: &KeyHasher) -> Result<Option<Key>, Uncountable<'_>> {
        match self.find(source, hasher) {
            Found::Key(key) => Ok(Some(key)),
            Found::Exempt => Ok(None),
            Found::Missing(part) => Err(Uncountable(Some(part))),
            Found::Ambiguous => Err(Uncountable(None)),
        }
    }

    fn find(&self, source: &impl Source, hasher: &KeyHasher) -> Found<'_> {
        match (self.part.find(source, hasher), &self.missing) {
            (missing @ Found::Missing(_), Missing::Deny) => missing,
            (Found::Missing(_), Missing::Shared) => Found::Key(hasher.field(SHARED, b"")),
            (Found::Missing(_), Missing::Exempt) => Found::Exempt,
            (Found::Missing(_), Missing::Else(other)) => other.find(source, hasher),
            (found, _) => found,
        }
    }
}

impl Part {
    fn find(&self, source: &impl Source, hasher: &KeyHasher) -> Found<'_> {
        let key = match self {
            Self::Client { v6_prefix } => source.client().map(|ip| hasher.address(ip, *v6_prefix)),
            Self::Principal => {
                source.principal().map(|caller| hasher.of_kind(PRINCIPAL, caller.kind(), caller.id()))
            }
            Self::Everyone => Some(hasher.field(EVERYONE, b"")),
            Self::Widening(widening) => source.client().map(|ip| widening.key(ip, source.arrived(), hasher)),
            Self::Lineage => {
                source.principal().map(|caller| hasher.of_kind(LINEAGE, caller.kind(), caller.lineage()))
            }
            Self::Tenant => source.tenant().map(|tenant| hasher.field(TENANT, tenant.as_bytes())),
            Self::Header(name) if source.has_several(name) => return Found::Ambiguous,
            Self::Header(name) => source.header(name).map(|value| hasher.field(HEADER, value)),
            Self::Route => source.route().map(|route| hasher.field(ROUTE, route.as_bytes())),
            Self::All(parts) => {
                let mut keys = Vec::with_capacity(parts.len());
                for by in parts {
                    match by.find(source, hasher) {
                        Found::Key(key) => keys.push(key),
                        Found::Exempt => return Found::Exempt,
                        // The fallback of the whole, if it has one.
                        missing @ (Found::Missing(_) | Found::Ambiguous) => return missing,
                    }
                }
                Some(hasher.of_all(ALL, &keys))
            }
        };
        key.map_or(Found::Missing(self), Found::Key)
    }

    fn tell(&self) {
        tracing::error!(
            target: "palisade::setup",
            by = ?self,
            "a limit cannot count this request: put what it counts by outside of it (`ClientIp`, `Authenticate`, a route), or \
             declare `.or(…)`, `.or_shared()` or `.or_exempt()`"
        );
    }
}

/// What keeps a request from being counted: a part that is missing, or one that is ambiguous.
struct Uncountable<'b>(Option<&'b Part>);

impl Uncountable<'_> {
    #[cold]
    fn denial(self, tell: impl FnOnce(&Part)) -> Denial {
        let Some(missing) = self.0 else {
            return Denial::new(DenialKind::Invalid).because("limit_key_ambiguous");
        };
        tell(missing);
        Denial::new(DenialKind::Unavailable)
            .because("limit_key_missing")
            .with_details(serde_json::json!({ "kind": "limiter_unavailable" }))
    }
}

const EVERYONE: u8 = 1;
const PRINCIPAL: u8 = 3;
const HEADER: u8 = 4;
const SHARED: u8 = 5;
const ALL: u8 = 7;
const TENANT: u8 = 9;
const LINEAGE: u8 = 10;
const ROUTE: u8 = 11;

#[cfg(test)]
mod tests;
