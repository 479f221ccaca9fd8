//! Which published keys are taken.

use crate::{algorithm::Algorithm, rsa};
use std::collections::BTreeSet;

/// Which keys of a JWK Set are taken, and what a key without `alg` is for.
///
/// By default: Ed25519, ES256, PS256/384/512 and RS256/384/512, RSA up to 4096 bits; an RSA key without `alg` is for RS256.
///
/// ```
/// use palisade_jwt::{Algorithm, JwksPolicy};
///
/// let policy = JwksPolicy::default().allow(Algorithm::Es384).rsa_default(Algorithm::Ps256);
/// assert!(policy.allows(Algorithm::Es384) && !policy.allows(Algorithm::Es512));
///
/// let narrow = JwksPolicy::only([Algorithm::Es256]);
/// assert!(!narrow.allows(Algorithm::Rs256));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JwksPolicy {
    allowed: BTreeSet<Algorithm>,
    rsa_default: Algorithm,
    rsa_bits: usize,
}

/// An RSA key of a JWK Set has at most this many bits unless the policy says otherwise.
pub(crate) const RSA_BITS: usize = 4_096;

impl Default for JwksPolicy {
    fn default() -> Self {
        use Algorithm::{EdDsa, Es256, Ps256, Ps384, Ps512, Rs256, Rs384, Rs512};
        Self::only([EdDsa, Es256, Ps256, Ps384, Ps512, Rs256, Rs384, Rs512])
    }
}

impl JwksPolicy {
    /// These algorithms and no others.
    #[must_use]
    pub fn only(algorithms: impl IntoIterator<Item = Algorithm>) -> Self {
        Self { allowed: algorithms.into_iter().collect(), rsa_default: Algorithm::Rs256, rsa_bits: RSA_BITS }
    }

    /// This algorithm as well: `ES384` and `ES512` are not taken unless somebody asks for them.
    #[must_use]
    pub fn allow(mut self, algorithm: Algorithm) -> Self {
        self.allowed.insert(algorithm);
        self
    }

    /// What an RSA key without `alg` is for, `RS256` by default. Keys of other kinds have one algorithm each.
    #[must_use]
    pub const fn rsa_default(mut self, algorithm: Algorithm) -> Self {
        self.rsa_default = algorithm;
        self
    }

    /// RSA keys of up to 8192 bits instead of 4096; verifying with them takes four times as long.
    #[must_use]
    pub const fn large_rsa(mut self) -> Self {
        self.rsa_bits = rsa::MAX_BITS;
        self
    }

    /// Whether it takes keys of this algorithm.
    #[must_use]
    pub fn allows(&self, algorithm: Algorithm) -> bool {
        self.allowed.contains(&algorithm)
    }

    pub(crate) const fn default_for_rsa(&self) -> Algorithm {
        self.rsa_default
    }

    pub(crate) const fn rsa_bits(&self) -> usize {
        self.rsa_bits
    }
}
