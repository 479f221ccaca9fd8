//! API keys that exist for one test.

use palisade_apikey::{
    ApiKeys, CachedStore, Caller, KeyFormat, Keyring, MemoryStore, MintedKey, NewKey, Peppers,
};
use palisade_core::{Scope, Secret};

/// Keys in memory, with secrets that are nobody's.
///
/// ```
/// use palisade_core::{Authenticate, Guard as _, Scope};
/// use palisade_testing::TestKeys;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let keys = TestKeys::new();
/// let key = keys.mint([Scope::from_static("read_models")]).await;
/// let authenticate = Authenticate::with(keys.authenticator());
/// assert!(key.starts_with("test_live_"));
/// # let _ = authenticate;
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct TestKeys(ApiKeys);

impl TestKeys {
    /// No key yet.
    ///
    /// # Panics
    ///
    /// Never, unless this library is broken.
    #[must_use]
    #[allow(clippy::expect_used, reason = "a test ends here")]
    pub fn new() -> Self {
        let format =
            KeyFormat::new("test", "live", &Secret::new("the check key of a test")).expect("a format");
        let peppers = Peppers::new(1, &Secret::new([7; 32])).expect("a pepper");
        Self(ApiKeys::new(format, peppers, CachedStore::new(MemoryStore::new())))
    }

    /// What a stack takes: `Auth::keys(keys.authenticator())`.
    #[must_use]
    pub fn authenticator(&self) -> ApiKeys {
        self.0.clone()
    }

    /// A key with these scopes.
    ///
    /// # Panics
    ///
    /// Where there is no randomness.
    pub async fn mint(&self, scopes: impl IntoIterator<Item = Scope>) -> String {
        self.minted(scopes).await.expose().to_owned()
    }

    /// A key that was taken back.
    ///
    /// # Panics
    ///
    /// Where there is no randomness.
    #[allow(clippy::expect_used, reason = "a test ends here")]
    pub async fn revoked(&self) -> String {
        let key = self.minted([]).await;
        let id = key.id();
        self.keyring(&[]).revoke(&Caller::operator("test"), id, None).await.expect("a key in memory");
        key.expose().to_owned()
    }

    #[allow(clippy::expect_used, reason = "a test ends here")]
    async fn minted(&self, scopes: impl IntoIterator<Item = Scope>) -> MintedKey {
        let scopes: Vec<Scope> = scopes.into_iter().collect();
        let mut new = NewKey::named("test".parse().expect("a name"));
        new.permissions = scopes.iter().cloned().collect();
        let created = self.keyring(&scopes).create(&Caller::operator("test"), new).await;
        created.expect("a key in memory").key
    }

    fn keyring(&self, scopes: &[Scope]) -> Keyring {
        let manage = Scope::from_static("manage_test_keys");
        let all = scopes.iter().cloned().chain([manage.clone()]);
        Keyring::new(&self.0, all, manage)
    }
}

impl Default for TestKeys {
    fn default() -> Self {
        Self::new()
    }
}
