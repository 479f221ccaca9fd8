//! Who calls, by a key that this service minted.

mod foreign;
mod grace;
mod headers;
#[cfg(feature = "tokio")]
mod parts;
mod places;
mod shared;
#[cfg(feature = "tokio")]
#[cfg(test)]
mod tests;
#[cfg(feature = "tokio")]
mod upkeep;

use crate::{
    digest::Peppers, effective::Effective, format::KeyFormat, record::KeyRecord, store::KeyStore,
    store::StoreError,
};
use http::{HeaderName, request};
use palisade_core::{
    Authenticator, Authorization, Challenge, Credential, Denial, EventSink, Facts, Permissions, Principal,
    Reply, Roles, Secret, Tracing,
};
use std::{fmt, sync::Arc};

pub use foreign::ForeignVerifier;
pub use headers::{KeyHeaders, KeyHeadersPass};
#[cfg(feature = "tokio")]
pub(crate) use parts::Parts;
use places::Places;
use shared::Shared;

/// The authenticator for API keys: `X-API-Key`, `Authorization: Bearer` where the token has this service's prefix, and
/// `Authorization: ApiKey`.
///
/// A presented key is read by its [`KeyFormat`], which refuses junk without asking the store; then its record is
/// looked up and its digest compared in constant time. Unknown ids cost the same work. Whatever is wrong, the caller
/// reads `Invalid API key`; the reason stands in the denial. A store that does not answer is 503, never 401 and never
/// a pass.
///
/// Put it before kinds that take any bearer token: `Authenticate::with(keys).or(tokens)`.
///
/// ```
/// use palisade_apikey::{ApiKeys, KeyFormat, MemoryStore, Peppers};
/// use palisade_core::{Authenticate, Secret, gate};
///
/// let format = KeyFormat::new("acme", "live", &Secret::new("a secret of this service, 16+ bytes"))?;
/// let peppers = Peppers::new(1, &Secret::new("thirty-two bytes or more, from a vault"))?;
/// let keys = ApiKeys::new(format, peppers, MemoryStore::new());
/// let layer = gate(Authenticate::with(keys).strip());
/// # let _ = layer;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct ApiKeys {
    shared: Arc<Shared>,
    places: Places,
}

impl ApiKeys {
    /// The kind of principal that keys make.
    pub const KIND: &'static str = shared::KIND;

    /// Keys of this format, in this store.
    #[must_use]
    pub fn new(format: KeyFormat, peppers: Peppers, store: impl KeyStore) -> Self {
        let shared = Shared::new(format, peppers, Arc::new(store), Arc::new(Tracing));
        Self { shared: Arc::new(shared), places: Places::default() }
    }

    /// Looks into this header instead of `X-API-Key`.
    #[must_use]
    pub fn header(mut self, name: HeaderName) -> Self {
        self.places.header = name;
        self
    }

    /// Also takes a key from this cookie, which browsers send to you for whoever asks them to: only where something else
    /// protects from forged requests. Stripping credentials then removes all cookies.
    #[must_use]
    pub fn insecure_cookie(mut self, name: &'static str) -> Self {
        self.places.cookie = Some(name);
        self
    }

    /// Also takes a key from this parameter of the query of `GET` and `HEAD`, where logs, histories and referrers keep it
    /// (RFC 6750 §2.3 discourages it). Nothing removes it from there.
    #[must_use]
    pub fn insecure_query(mut self, name: &'static str) -> Self {
        self.places.query = Some(name);
        self
    }

    /// What roles may do, where permissions are not declared.
    #[must_use]
    pub fn roles(mut self, roles: Roles) -> Self {
        self.edit(|shared| shared.effective.roles = roles);
        self
    }

    /// What permissions imply, and what roles may do. A [`Keyring`](crate::Keyring) goes by them too: by what a key comes to, and not
    /// by what stands on it. Give the same to `Authenticate::permissions`, for callers of other kinds.
    #[must_use]
    pub fn permissions(mut self, permissions: Permissions) -> Self {
        let roles = permissions.roles().clone();
        self.edit(|shared| shared.effective = Effective { roles, permissions });
        self
    }

    /// Also takes keys of another system, which this verifier knows.
    #[must_use]
    pub fn foreign(mut self, verifier: impl ForeignVerifier) -> Self {
        self.edit(|shared| shared.foreign.push(Arc::new(verifier)));
        self
    }

    /// Tells this sink what happens.
    #[must_use]
    pub fn events(mut self, sink: impl EventSink) -> Self {
        self.edit(|shared| shared.events = Arc::new(sink));
        self
    }

    /// A guard that stands behind [`Authenticate`](palisade_core::Authenticate) and tells callers and caches what
    /// they must know; see [`KeyHeaders`].
    #[must_use]
    pub fn headers(&self) -> KeyHeaders {
        KeyHeaders::new(self.places.header.clone())
    }

    /// What a keyring for the same keys needs.
    #[cfg(feature = "tokio")]
    pub(crate) fn parts(&self) -> Parts {
        let shared = &self.shared;
        Parts {
            format: shared.format.clone(),
            peppers: shared.peppers.clone(),
            store: shared.store.clone(),
            effective: shared.effective.clone(),
            events: shared.events.clone(),
        }
    }

    fn edit(&mut self, change: impl FnOnce(&mut Shared)) {
        // Settings are made before clones are; a clone that was made earlier keeps its own.
        let shared = Arc::make_mut(&mut self.shared);
        change(shared);
        shared.renew();
    }

    fn judge(
        &self,
        found: Result<Option<Arc<KeyRecord>>, StoreError>,
        presented: &[u8],
        facts: &Facts,
    ) -> Reply<Result<Principal, Denial>> {
        match self.shared.compare(found, presented).try_now() {
            Ok(compared) => Reply::now(self.shared.settle(compared, presented, facts)),
            Err(later) => {
                let (shared, facts) = (self.shared.clone(), facts.clone());
                let presented = Secret::new(presented);
                Reply::later(async move { shared.settle(later.await, presented.expose(), &facts) })
            }
        }
    }
}

impl Authenticator for ApiKeys {
    fn find<'h>(&self, head: &'h request::Parts) -> Result<Option<Credential<'h>>, Denial> {
        self.places.find(head, |presented| self.shared.claims(presented))
    }

    fn find_in<'h>(&self, field: &Authorization<'h>) -> Option<Result<Option<Credential<'h>>, Denial>> {
        self.places.find_in(field, |presented| self.shared.claims(presented))
    }

    fn verify(
        &self,
        credential: Credential<'_>,
        _: &request::Parts,
        facts: &Facts,
    ) -> Reply<Result<Principal, Denial>> {
        let presented = credential.expose();
        if let Some(principal) = self.shared.recognise(presented, facts) {
            return Reply::now(Ok(principal));
        }
        let id = match self.shared.locate(presented) {
            Ok(id) => id,
            Err(denial) => return Reply::now(Err(denial)),
        };
        match self.shared.store.get(&id).try_now() {
            Ok(found) => self.judge(found, presented, facts),
            Err(later) => {
                let (this, facts) = (self.clone(), facts.clone());
                let presented = Secret::new(presented);
                Reply::later(async move { this.judge(later.await, presented.expose(), &facts).await })
            }
        }
    }

    fn challenge(&self) -> Option<Challenge> {
        // A private scheme: there is no registered one for API keys.
        Challenge::new("ApiKey", "api").and_then(|it| it.with("header", self.places.header_shown())).ok()
    }

    fn places(&self) -> Vec<HeaderName> {
        self.places.headers()
    }

    fn kept_here(&self) -> Vec<&'static str> {
        if self.shared.store.is_shared() { Vec::new() } else { vec!["API keys"] }
    }
}

impl fmt::Debug for ApiKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApiKeys").field("format", &self.shared.format).field("places", &self.places).finish()
    }
}
