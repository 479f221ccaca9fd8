//! Acts on keys, and the rules that they obey.

mod administrators;
mod caller;
mod create;
mod created;
mod draft;
mod error;
mod idempotency;
mod list;
mod revoke;
mod rotate;
mod rule;
mod rules;
mod shared;
mod update;

use crate::{
    authenticator::ApiKeys,
    id::KeyId,
    random::RandomSource,
    record::KeyRecord,
    store::{KeyPage, KeyQuery},
    text::{Plan, Reason},
};
use palisade_core::{Clock, Requirement, Scope, ScopeSet};
use std::{fmt, sync::Arc, time::Duration};

pub use caller::Caller;
pub use created::Created;
pub use draft::{KeyPatch, Life, NewKey};
pub use error::{KeyringError, Mistake};
pub use revoke::Revoked;
pub use rotate::DEFAULT_GRACE;
pub use rule::Rule;
use rules::Plans;
use shared::Shared;

/// Makes, lists, changes, rotates and revokes keys; knows no HTTP. Cheap to clone.
///
/// | rule | |
/// | --- | --- |
/// | who may | callers whose scopes meet the requirement that the keyring was made with, checked at every act, and not by routes alone |
/// | what may be granted | permissions and roles that exist and that the granter has, with all that they imply; the same holds for rotating, which hands out a key anew, and for enabling a key, prolonging it or admitting it from more networks |
/// | for how long | 90 days, at most 365; never ending only by `dangerous_…` |
/// | whose keys | those of the caller's tenant; all others are not there |
/// | plans | given by an operator, and by callers that [`plans`](Self::plans) names |
/// | lock-out | the last key of a tenant that may administer cannot be revoked, disabled or narrowed, whoever calls; by an operator it can, and where [`others_administer`](Self::others_administer), by callers without a key |
/// | at once | an act that was begun is ended although its caller left; 64 at a time |
///
/// Every act is told as an [`Event`](palisade_core::Event), refused ones too. A change is told of before it is made, and
/// is not made where nobody can take note of it. A change takes effect with the next
/// request on this node, if the authenticator and the keyring share a store or a [`CachedStore`](crate::CachedStore).
///
/// ```
/// use palisade_apikey::{ApiKeys, Caller, KeyFormat, Keyring, MemoryStore, NewKey, Peppers};
/// use palisade_core::Scope;
///
/// const READ: Scope = Scope::from_static("read_models");
/// const MANAGE: Scope = Scope::from_static("manage_users");
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let format = KeyFormat::with_public_checksum("acme", "live")?;
/// let keys = ApiKeys::new(format, Peppers::none(), MemoryStore::new());
/// let keyring = Keyring::new(&keys, [READ, MANAGE], MANAGE);
/// // The first key is made by whoever holds the store; others by callers who are known.
/// let mut first = NewKey::named("admin".parse()?);
/// first.permissions = [READ, MANAGE].into_iter().collect();
/// let created = keyring.create(&Caller::operator("setup"), first).await?;
/// println!("shown once: {}", created.key.expose());
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct Keyring {
    shared: Arc<Shared>,
}

impl Keyring {
    /// A keyring for the keys of this authenticator, that may grant `legal` permissions, to callers who meet `administers`.
    #[must_use]
    pub fn new<S: Into<Scope>>(
        keys: &ApiKeys,
        legal: impl IntoIterator<Item = S>,
        administers: impl Into<Requirement>,
    ) -> Self {
        Self { shared: Arc::new(Shared::new(keys.parts(), ScopeSet::of(legal), administers.into())) }
    }

    /// What of it only this process knows.
    pub(crate) fn kept_here(&self) -> Option<&'static str> {
        (!self.shared.parts.store.is_shared()).then_some("API keys")
    }

    /// How many days keys hold whose maker says nothing, 1 to 365; 90 otherwise.
    #[must_use]
    pub fn default_life(mut self, days: u16) -> Self {
        self.edit(|shared| shared.rules.default_days = days.clamp(1, 365));
        self
    }

    /// Lets keys be made that never expire, where their maker asks for it with [`Life::dangerous_never_expires`].
    #[must_use]
    pub fn dangerous_allow_never_expires(mut self) -> Self {
        tracing::warn!(target: "palisade::setup", "API keys that never expire are allowed");
        self.edit(|shared| shared.rules.never_expires = true);
        self
    }

    /// Callers who meet this see the keys of all tenants; without it everybody sees their own tenant's alone.
    #[must_use]
    pub fn across_tenants(mut self, requirement: impl Into<Requirement>) -> Self {
        let requirement = requirement.into();
        self.edit(|shared| shared.across = Some(requirement));
        self
    }

    /// Lets callers who meet this give keys one of these plans, and take it away. Without it only an operator gives plans, because a plan
    /// decides how much a key may use.
    #[must_use]
    pub fn plans(
        mut self,
        plans: impl IntoIterator<Item = Plan>,
        requirement: impl Into<Requirement>,
    ) -> Self {
        let plans = Plans { names: plans.into_iter().collect(), requirement: requirement.into() };
        self.edit(|shared| shared.rules.plans = Some(plans));
        self
    }

    /// Says that there are administrators who come without keys and will still be there tomorrow, such as users who log in: they
    /// may take the last key that administers. Without it nobody may who sends requests, whatever with: whoever wants to
    /// be rid of that key makes another one first.
    #[must_use]
    pub fn others_administer(mut self) -> Self {
        self.edit(|shared| shared.others_administer = true);
        self
    }

    /// Reads time from this clock.
    #[must_use]
    pub fn clock(mut self, clock: Clock) -> Self {
        self.edit(|shared| shared.clock = clock);
        self
    }

    /// Draws keys from this source.
    #[must_use]
    pub fn random(mut self, source: impl RandomSource) -> Self {
        self.edit(|shared| shared.random = Arc::new(source));
        self
    }

    /// What callers must hold to administer keys.
    #[must_use]
    pub fn administers(&self) -> &Requirement {
        &self.shared.administers
    }

    /// Makes a key.
    ///
    /// # Errors
    ///
    /// Every mistake in what is asked for at once; a grant beyond what the caller has; no randomness; trouble with the store.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future drops only the answer: the key is made, and nobody has it.
    pub async fn create(&self, caller: &Caller, new: NewKey) -> Result<Created, KeyringError> {
        let (shared, caller) = (self.shared.clone(), caller.clone());
        self.shared.insist(PATIENCE, async move { create::create(&shared, &caller, &new).await }).await
    }

    /// Makes a key once for each `idempotency_key` of a caller: whoever asks again within ten minutes, because an answer was
    /// lost, is given the same key again. It is remembered in this process alone, for at most 1,000 keys.
    ///
    /// # Errors
    ///
    /// As [`create`](Self::create), and `Conflict` where the same word was used for another key, or is being worked on.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future drops only the answer, which the next call gets.
    pub async fn create_once(
        &self,
        caller: &Caller,
        idempotency_key: &str,
        new: NewKey,
    ) -> Result<Created, KeyringError> {
        let (shared, caller) = (self.shared.clone(), caller.clone());
        let word = idempotency_key.to_owned();
        let act = async move {
            // Also before a key is told again: leave to make it may have been taken away.
            shared.permit(&caller, "create")?;
            match shared.once.begin(&caller, word, &new, shared.clock.now().mono)? {
                idempotency::Begun::Before(created) => Ok(created),
                idempotency::Begun::Now(ticket) => {
                    let created = create::create(&shared, &caller, &new).await?;
                    ticket.done(&created);
                    Ok(created)
                }
            }
        };
        self.shared.insist(PATIENCE, act).await
    }

    /// The record of a key that is not revoked.
    ///
    /// # Errors
    ///
    /// `NotFound` where there is none, it is revoked, or another tenant's; trouble with the store.
    pub async fn get(&self, caller: &Caller, id: &KeyId) -> Result<Arc<KeyRecord>, KeyringError> {
        self.shared.permit(caller, "get")?;
        self.shared.read(caller, id).await
    }

    /// The record of the key with which the caller calls.
    ///
    /// # Errors
    ///
    /// `NotFound` where the caller calls with something else; trouble with the store.
    pub async fn of_caller(&self, caller: &Caller) -> Result<Arc<KeyRecord>, KeyringError> {
        let id = caller.key.ok_or(KeyringError::NotFound)?;
        self.shared.read(caller, &id).await
    }

    /// A page of records of the caller's tenant.
    ///
    /// # Errors
    ///
    /// Trouble with the store.
    pub async fn list(&self, caller: &Caller, query: KeyQuery) -> Result<KeyPage, KeyringError> {
        self.shared.permit(caller, "list")?;
        list::list(&self.shared, caller, query).await
    }

    /// Changes what a patch names, if the record still has `version`, where one is given.
    ///
    /// # Errors
    ///
    /// As [`create`](Self::create), `NotFound`, `Stale` where the version is another, `Conflict` where it would lock everybody
    /// out or others kept changing it.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future drops only the answer.
    pub async fn update(
        &self,
        caller: &Caller,
        id: KeyId,
        patch: KeyPatch,
        version: Option<u64>,
    ) -> Result<Arc<KeyRecord>, KeyringError> {
        let (shared, caller) = (self.shared.clone(), caller.clone());
        let act = async move { update::update(&shared, &caller, &id, &patch, version).await };
        self.shared.insist(PATIENCE, act).await
    }

    /// Makes a key that follows this one with the same permissions, while this one holds for `grace` more, at most 30 days.
    ///
    /// # Errors
    ///
    /// As [`create`](Self::create), `NotFound`, `Conflict` where it has a successor already or does not hold any more.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future drops only the answer: the successor is made, and nobody has it.
    pub async fn rotate(&self, caller: &Caller, id: KeyId, grace: Duration) -> Result<Created, KeyringError> {
        let (shared, caller) = (self.shared.clone(), caller.clone());
        self.shared.insist(PATIENCE, async move { rotate::rotate(&shared, &caller, &id, grace).await }).await
    }

    /// Takes a key back, for good.
    ///
    /// # Errors
    ///
    /// `NotFound` also where it is revoked already, `Conflict` where it would lock everybody out, trouble with the store.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future drops only the answer.
    pub async fn revoke(
        &self,
        caller: &Caller,
        id: KeyId,
        reason: Option<Reason>,
    ) -> Result<(), KeyringError> {
        let (shared, caller) = (self.shared.clone(), caller.clone());
        let act = async move { revoke::revoke(&shared, &caller, &id, reason.as_ref()).await };
        self.shared.insist(PATIENCE, act).await
    }

    /// Takes back all keys that a query admits, up to 10,000; the query must have at least one condition. A key whose
    /// loss would lock everybody out is kept.
    ///
    /// # Errors
    ///
    /// Where the query admits everything; trouble with the store, and then some keys may be revoked: asking again goes on.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future drops only the answer.
    pub async fn revoke_all(
        &self,
        caller: &Caller,
        query: KeyQuery,
        reason: Option<Reason>,
    ) -> Result<Revoked, KeyringError> {
        let (shared, caller) = (self.shared.clone(), caller.clone());
        let act = async move { revoke::revoke_all(&shared, &caller, query, reason.as_ref()).await };
        self.shared.insist(PATIENCE_FOR_MANY, act).await
    }

    fn edit(&mut self, change: impl FnOnce(&mut Shared)) {
        change(Arc::make_mut(&mut self.shared));
    }
}

/// How long one act may take.
const PATIENCE: Duration = Duration::from_secs(10);
const PATIENCE_FOR_MANY: Duration = Duration::from_secs(60);

impl fmt::Debug for Keyring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keyring")
            .field("legal", &self.shared.rules.legal)
            .field("administers", &self.shared.administers)
            .finish_non_exhaustive()
    }
}
