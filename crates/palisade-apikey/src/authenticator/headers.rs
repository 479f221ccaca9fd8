//! What callers with keys, and caches, must know.

use super::shared::KIND;
use crate::{
    id::KeyId,
    record::KeyRecord,
    store::{KeyStore, StoreError},
};
use http::{
    HeaderName, HeaderValue,
    header::{CACHE_CONTROL, VARY},
    request, response,
};
use palisade_core::{Denial, Facts, Guard, Identity, Pass, Principal, Reply, UnixTime};
use std::{fmt, sync::Arc};

/// The guard that writes response headers which keys make necessary; it refuses nobody.
///
/// - `Vary: X-API-Key` on everything, and `Cache-Control: private` on answers to callers with a key where the handler
///   said nothing of caching: shared caches keep answers apart by `Authorization` alone (RFC 9111 §3.5).
/// - `Deprecation` (RFC 9745) and `Sunset` (RFC 8594) on answers to callers whose key was rotated and is in its grace period.
///
/// An authenticator sees no responses and may be asked by several gates, so this is a guard of its own, behind
/// [`Authenticate`](palisade_core::Authenticate): it reads in the facts who calls and in the store, or its cache,
/// what is to be told. Where the store does not answer nothing is told; nobody is refused over it.
///
/// ```
/// use palisade_apikey::{ApiKeys, KeyFormat, MemoryStore, Peppers};
/// use palisade_core::{Authenticate, Guard as _, gate};
///
/// let format = KeyFormat::with_public_checksum("acme", "live")?;
/// let keys = ApiKeys::new(format, Peppers::none(), MemoryStore::new());
/// let headers = keys.headers();
/// let layer = gate(Authenticate::with(keys).identify().then(headers));
/// # let _ = layer;
/// # Ok::<(), palisade_apikey::FormatError>(())
/// ```
#[derive(Clone)]
pub struct KeyHeaders {
    store: Arc<dyn KeyStore>,
    vary: HeaderValue,
}

impl KeyHeaders {
    pub(super) fn new(store: Arc<dyn KeyStore>, header: HeaderName) -> Self {
        Self { store, vary: header.into() }
    }
}

impl Guard for KeyHeaders {
    type Pass = KeyHeadersPass;

    fn check(&self, _: &request::Parts, facts: &Facts) -> Reply<Result<KeyHeadersPass, Denial>> {
        let mut pass = KeyHeadersPass { vary: self.vary.clone(), private: false, grace: None };
        let principal = facts.identity().and_then(Identity::principal);
        let Some(principal) = principal.filter(|principal| principal.kind() == KIND) else {
            return Reply::now(Ok(pass));
        };
        pass.private = true;
        let Some(id) = ends(principal) else { return Reply::now(Ok(pass)) };
        self.store.get(&id).map(move |found| {
            pass.grace = grace(found);
            Ok(pass)
        })
    }
}

/// The id of a key that ends some time, as every rotated one does.
fn ends(principal: &Principal) -> Option<KeyId> {
    principal.expires()?;
    principal.id().parse().ok()
}

fn grace(found: Result<Option<Arc<KeyRecord>>, StoreError>) -> Option<(UnixTime, UnixTime)> {
    let record = found.ok()??;
    record.grace_ends?;
    Some((record.rotated?, record.ends()?))
}

impl fmt::Debug for KeyHeaders {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyHeaders").field("vary", &self.vary).finish_non_exhaustive()
    }
}

/// What an answer must say of keys.
#[derive(Debug)]
pub struct KeyHeadersPass {
    vary: HeaderValue,
    private: bool,
    grace: Option<(UnixTime, UnixTime)>,
}

impl Pass for KeyHeadersPass {
    fn outbound(self, head: &mut response::Parts, _: &Facts) {
        if !varies(head, &self.vary) {
            head.headers.append(VARY, self.vary);
        }
        if self.private && !head.headers.contains_key(CACHE_CONTROL) {
            head.headers.insert(CACHE_CONTROL, HeaderValue::from_static("private"));
        }
        let Some((rotated, ends)) = self.grace else { return };
        let told = [("deprecation", format!("@{}", rotated.as_secs())), ("sunset", ends.http_date())];
        for (name, value) in told {
            if let Ok(value) = HeaderValue::try_from(value) {
                head.headers.insert(HeaderName::from_static(name), value);
            }
        }
    }
}

fn varies(head: &response::Parts, name: &HeaderValue) -> bool {
    let lines = head.headers.get_all(VARY).into_iter();
    lines.flat_map(|line| line.as_bytes().split(|byte| *byte == b',')).any(|word| {
        let word = word.trim_ascii();
        word == b"*" || word.eq_ignore_ascii_case(name.as_bytes())
    })
}
