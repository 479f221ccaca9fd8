//! Who is calling: every kind of credential is asked to find, exactly one verifies.

use crate::{
    authenticator::Authenticator,
    challenge::{Challenge, Challenges},
    credential::{Authorization, BAD, Credential, ambiguous},
    denial::{Denial, DenialKind},
    facts::Facts,
    guard::Guard,
    identity::Identity,
    permissions::Permissions,
    principal::Principal,
    refusal::{missing, second_opinion},
    reply::Reply,
};
use http::{HeaderName, HeaderValue, header::AUTHORIZATION, request};
use std::{fmt, sync::Arc};

/// The guard that establishes who is calling, and writes it into the facts.
///
/// Alone it demands a credential: nobody is 401. Inside a stack, where routes demand, [`identify`](Self::identify) makes it
/// write down what it found and let the request go on.
///
/// Every kind is asked to find. One found: exactly that one verifies. Two in different places, or one header twice: 400.
/// `Authorization` of a scheme that no kind reads: 401. Of two kinds that claim the same place, the one added first has it,
/// except that kinds which [claim any bearer token](Authenticator::claims_any_bearer) come after special shapes.
///
/// ```
/// use palisade_core::{Authenticate, StaticToken, StaticTokens, gate};
///
/// let tokens = StaticTokens::new([StaticToken::named("ci").value("u5vVlqUIBqbbJEMn2b3Ltw9Y")])?;
/// let layer = gate(Authenticate::with(tokens).strip());
/// # let _ = layer;
/// # Ok::<(), palisade_core::TokenErrors>(())
/// ```
#[derive(Clone)]
pub struct Authenticate {
    pub(crate) kinds: Arc<[Arc<dyn Authenticator>]>,
    demand: Demand,
    strip: bool,
    challenges: Challenges,
    /// What is said of a bearer token that no kind claims.
    unclaimed: Challenges,
    pub(crate) places: Arc<[HeaderName]>,
    pub(crate) permissions: Option<Permissions>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Demand {
    Credential,
    ValidIfPresent,
    Nothing,
    /// Authentication is disabled.
    Off,
}

impl Authenticate {
    /// Understands this kind of credential.
    #[must_use]
    pub fn with(kind: impl Authenticator) -> Self {
        Self::of(vec![Arc::new(kind)])
    }

    /// Understands no kind of credential yet: until one is [added](Self::or) nobody is known, and whatever is presented is refused.
    #[must_use]
    pub fn none() -> Self {
        Self::of(Vec::new())
    }

    /// Understands this kind too.
    #[must_use]
    pub fn or(self, kind: impl Authenticator) -> Self {
        let mut kinds = self.kinds.to_vec();
        kinds.push(Arc::new(kind));
        Self { demand: self.demand, strip: self.strip, permissions: self.permissions, ..Self::of(kinds) }
    }

    fn of(mut kinds: Vec<Arc<dyn Authenticator>>) -> Self {
        kinds.sort_by_key(|kind| kind.claims_any_bearer());
        let challenges = || kinds.iter().filter_map(|kind| kind.challenge());
        let (unclaimed, challenges) =
            (challenges().map(Challenge::unclaimed).collect(), challenges().collect());
        let mut places = vec![AUTHORIZATION];
        for place in kinds.iter().flat_map(|kind| kind.places()) {
            if !places.contains(&place) {
                places.push(place);
            }
        }
        Self {
            kinds: kinds.into(),
            demand: Demand::Credential,
            strip: false,
            challenges,
            unclaimed,
            places: places.into(),
            permissions: None,
        }
    }

    /// Looks for nobody, and says so in the facts: every route is then open, whatever it demands.
    ///
    /// For services that run open by an operator's written choice; log it at WARN.
    #[must_use]
    pub fn disabled() -> Self {
        Self { demand: Demand::Off, ..Self::of(Vec::new()) }
    }

    /// What its kinds keep in the memory of this process; see [`Authenticator::kept_here`].
    #[must_use]
    pub fn kept_here(&self) -> Vec<&'static str> {
        self.kinds.iter().flat_map(|kind| kind.kept_here()).collect()
    }

    /// Lets a request without any credential pass; one that fails is still refused.
    #[must_use]
    pub fn optional(mut self) -> Self {
        self.demand = Demand::ValidIfPresent;
        self
    }

    /// Only writes down who calls and refuses nobody: for stacks whose routes demand.
    #[must_use]
    pub fn identify(mut self) -> Self {
        self.demand = Demand::Nothing;
        self
    }

    /// Removes presented credentials from the head, so that no handler and no inner layer can leak them.
    #[must_use]
    pub fn strip(mut self) -> Self {
        self.strip = true;
        self
    }

    /// Gives every caller what their scopes imply, whichever kind made them known: everything behind this guard sees the same set.
    #[must_use]
    pub fn permissions(mut self, permissions: Permissions) -> Self {
        self.permissions = Some(permissions);
        self
    }

    /// Which kind has the credential, and what it found.
    fn find<'h>(&self, head: &'h request::Parts) -> Result<Option<Claim<'_, 'h>>, Denial> {
        let mut found: Option<Claim<'_, 'h>> = None;
        for kind in self.kinds.iter() {
            match (kind.find(head)?, &found) {
                (None, _) => {}
                (Some(credential), None) => found = Some((&**kind, credential)),
                (Some(credential), Some((_, first))) if credential.place() != first.place() => {
                    return Err(ambiguous());
                }
                (Some(_), Some(_)) => {}
            }
        }
        if found.as_ref().is_none_or(|(_, credential)| *credential.place() != AUTHORIZATION)
            && head.headers.contains_key(AUTHORIZATION)
        {
            return Err(if found.is_some() {
                ambiguous()
            } else {
                self.unclaimed(Authorization::of(&head.headers)?)
            });
        }
        Ok(found)
    }

    /// As [`find`](Self::find), in the one field that is there of those at which kinds look; `None` where some kind must see the whole head.
    #[inline]
    fn find_in<'h>(&self, field: &Authorization<'h>) -> Option<Result<Claim<'_, 'h>, Denial>> {
        let mut found: Option<Claim<'_, 'h>> = None;
        for kind in self.kinds.iter() {
            match (kind.find_in(field)?, &found) {
                (Err(denial), _) => return Some(Err(denial)),
                (Ok(Some(credential)), None) => found = Some((&**kind, credential)),
                (Ok(_), _) => {}
            }
        }
        Some(found.ok_or_else(|| self.unclaimed(Some(*field))))
    }

    /// The refusal of a field that no kind claims: something was claimed that nobody here can check, which is not the same as
    /// claiming nothing.
    #[cold]
    fn unclaimed(&self, field: Option<Authorization<'_>>) -> Denial {
        let denial = Denial::new(DenialKind::Unauthenticated).because("unknown_scheme").with_message(BAD);
        match field {
            Some(field) if field.is("Bearer") => {
                denial.because("unknown_token").with_challenges(self.unclaimed.clone())
            }
            _ => denial,
        }
    }

    /// The one `Authorization` field, marked; `None` where there is not exactly one, or another place is there too.
    #[inline]
    fn marked<'h>(&self, head: &'h mut request::Parts) -> Option<&'h HeaderValue> {
        if self.strip || self.demand == Demand::Off || head.headers.len() != head.headers.keys_len() {
            return None;
        }
        // The first place is `Authorization`.
        if self.places.iter().skip(1).any(|place| head.headers.contains_key(place)) {
            return None;
        }
        let value = head.headers.get_mut(&AUTHORIZATION)?;
        value.set_sensitive(true);
        Some(value)
    }

    /// As [`check_and_seal`](Guard::check_and_seal), where the field alone did not settle it.
    #[inline(never)]
    fn at_length(
        &self,
        value: Option<&HeaderValue>,
        head: &mut request::Parts,
        facts: &Facts,
    ) -> Reply<Result<(), Denial>> {
        if let Some(value) = value
            && let Ok(field) = Authorization::of_value(value)
            && let Some(found) = self.find_in(&field)
        {
            return self.verify(found, head, facts);
        }
        let reply = self.check(head, facts);
        if reply.is_now() {
            self.seal(head);
        }
        reply
    }

    #[inline]
    fn verify(
        &self,
        found: Result<Claim<'_, '_>, Denial>,
        head: &request::Parts,
        facts: &Facts,
    ) -> Reply<Result<(), Denial>> {
        let reply = match found {
            Ok((kind, credential)) => kind.verify(facts.presented(credential), head, facts).try_now(),
            Err(denial) => Ok(Err(denial)),
        };
        match reply {
            Ok(verified) => Reply::now(self.conclude(verified, facts)),
            Err(later) => {
                let (this, facts) = (self.clone(), facts.clone());
                Reply::later(async move {
                    let identity = match later.await {
                        Ok(principal) => Identity::Known(this.widen(principal)),
                        Err(denial) => this.challenged(denial),
                    };
                    this.verdict(identity, &facts)
                })
            }
        }
    }

    #[inline]
    fn conclude(&self, verified: Result<Principal, Denial>, facts: &Facts) -> Result<(), Denial> {
        match verified {
            Ok(principal) => known(self.widen(principal), facts),
            Err(denial) => self.refused(denial, facts),
        }
    }

    #[inline(never)]
    fn refused(&self, denial: Denial, facts: &Facts) -> Result<(), Denial> {
        self.verdict(self.challenged(denial), facts)
    }

    #[inline]
    fn widen(&self, principal: Principal) -> Principal {
        match &self.permissions {
            None => principal,
            Some(permissions) => permissions.widen(principal),
        }
    }

    fn verdict(&self, identity: Identity, facts: &Facts) -> Result<(), Denial> {
        let verdict = match (&identity, self.demand) {
            (Identity::Known(_) | Identity::Unchecked, _)
            | (_, Demand::Nothing | Demand::Off)
            | (Identity::Nobody(_), Demand::ValidIfPresent) => Ok(()),
            (Identity::Nobody(challenges), Demand::Credential) => Err(missing(challenges)),
            (Identity::Refused(denial), _) => Err(denial.clone()),
        };
        if !facts.note_identity(identity) {
            return Err(second_opinion());
        }
        verdict
    }

    /// A refusal of this gate carries a challenge, also when the kind that refused did not think of one.
    fn challenged(&self, denial: Denial) -> Identity {
        if denial.kind() == DenialKind::Unauthenticated && denial.challenges().is_empty() {
            return Identity::Refused(denial.with_challenges(self.challenges.clone()));
        }
        Identity::Refused(denial)
    }
}

/// A caller who is known passes whatever is demanded.
#[inline]
fn known(principal: Principal, facts: &Facts) -> Result<(), Denial> {
    if facts.note_known(principal) { Ok(()) } else { Err(second_opinion()) }
}

/// A kind, and the credential that it claims.
type Claim<'k, 'h> = (&'k dyn Authenticator, Credential<'h>);

impl Guard for Authenticate {
    type Pass = ();

    fn check(&self, head: &request::Parts, facts: &Facts) -> Reply<Result<(), Denial>> {
        if self.demand == Demand::Off {
            return Reply::now(self.verdict(Identity::Unchecked, facts));
        }
        match self.find(head) {
            Ok(None) => Reply::now(self.verdict(Identity::Nobody(self.challenges.clone()), facts)),
            Ok(Some(claim)) => self.verify(Ok(claim), head, facts),
            Err(denial) => self.verify(Err(denial), head, facts),
        }
    }

    fn check_and_seal(&self, head: &mut request::Parts, facts: &Facts) -> Reply<Result<(), Denial>> {
        let Some(value) = self.marked(head) else { return self.at_length(None, head, facts) };
        facts.note_place(&AUTHORIZATION);
        if let [kind] = &*self.kinds
            && let Ok(field) = Authorization::of_value(value)
            && let Some(verified) = kind.verify_in(&field, facts)
        {
            return Reply::now(self.conclude(verified, facts));
        }
        let value = value.clone();
        self.at_length(Some(&value), head, facts)
    }

    fn seal(&self, head: &mut request::Parts) {
        for place in self.places.iter() {
            if self.strip {
                head.headers.remove(place);
            } else if head.headers.len() == head.headers.keys_len() {
                // No header stands twice, as in nearly every request: the cheap way.
                if let Some(value) = head.headers.get_mut(place) {
                    value.set_sensitive(true);
                }
            } else if let http::header::Entry::Occupied(mut entry) = head.headers.entry(place) {
                entry.iter_mut().for_each(|value| value.set_sensitive(true));
            }
        }
    }
}

impl fmt::Debug for Authenticate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Authenticate")
            .field("kinds", &self.kinds)
            .field("demand", &self.demand)
            .field("strip", &self.strip)
            .finish_non_exhaustive()
    }
}
