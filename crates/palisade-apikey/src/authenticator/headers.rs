//! What callers with keys, and caches, must know.

use super::{grace::Grace, shared::KIND};
use http::{
    HeaderName, HeaderValue,
    header::{CACHE_CONTROL, VARY},
    request, response,
};
use palisade_core::{Denial, Facts, Guard, Identity, Pass, Principal, Reply};

/// The guard that writes response headers which keys make necessary; it refuses nobody.
///
/// - `Vary: X-API-Key` on everything, and `Cache-Control: private` on answers to callers with a key where the handler
///   said nothing of caching: shared caches keep answers apart by `Authorization` alone (RFC 9111 §3.5).
/// - `Deprecation` (RFC 9745) and `Sunset` (RFC 8594) on answers to callers whose key was rotated and is in its grace period.
///
/// An authenticator sees no responses and may be asked by several gates, so this is a guard of its own, behind
/// [`Authenticate`](palisade_core::Authenticate): it reads in the facts who calls and what authentication found, and asks no store.
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
#[derive(Clone, Debug)]
pub struct KeyHeaders {
    vary: HeaderValue,
}

impl KeyHeaders {
    pub(super) fn new(header: HeaderName) -> Self {
        Self { vary: header.into() }
    }

    /// Whether it says in `Vary` that answers depend on this header.
    #[must_use]
    pub fn varies_on(&self, header: &HeaderName) -> bool {
        self.vary == header.as_str()
    }
}

impl Guard for KeyHeaders {
    type Pass = KeyHeadersPass;

    fn check(&self, _: &request::Parts, facts: &Facts) -> Reply<Result<KeyHeadersPass, Denial>> {
        let known = facts.identity().and_then(Identity::principal);
        let private = known.is_some_and(|principal| principal.kind() == KIND);
        // Every key that is on its way out ends.
        let ends = private && known.and_then(Principal::expires).is_some();
        let grace = if ends { Grace::of(facts) } else { None };
        Reply::now(Ok(KeyHeadersPass { vary: self.vary.clone(), private, grace }))
    }
}

/// What an answer must say of keys.
#[derive(Debug)]
pub struct KeyHeadersPass {
    vary: HeaderValue,
    private: bool,
    grace: Option<Grace>,
}

impl Pass for KeyHeadersPass {
    fn outbound(self, head: &mut response::Parts, _: &Facts) {
        if !varies(head, &self.vary) {
            head.headers.append(VARY, self.vary);
        }
        if self.private && !head.headers.contains_key(CACHE_CONTROL) {
            head.headers.insert(CACHE_CONTROL, HeaderValue::from_static("private"));
        }
        let Some(Grace { rotated, ends }) = self.grace else { return };
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
