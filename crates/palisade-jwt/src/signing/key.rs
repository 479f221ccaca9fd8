//! A key that signs.

use super::{error::SigningKeyError, material::Material};
use crate::{algorithm::Algorithm, key_error::KeyError, verifying_key::VerifyingKey};
use aws_lc_rs::{
    digest::{SHA256, digest},
    hmac,
};
use data_encoding::{BASE64, BASE64URL_NOPAD};
use palisade_core::Secret;
use std::fmt;
use zeroize::Zeroizing;

/// A key that signs tokens with one algorithm: `EdDSA` unless there is a reason, else `ES256`, or `HS256`, `HS384` and
/// `HS512` where whoever verifies is ourselves.
///
/// The private bytes are wiped from memory when it is dropped, and never printed.
///
/// ```
/// use palisade_jwt::{Algorithm, SigningKey};
///
/// let key = SigningKey::generate(Algorithm::EdDsa)?;
/// assert_eq!(key.public_jwk().unwrap()["crv"], "Ed25519");
/// assert!(SigningKey::generate(Algorithm::Hs256)?.public_jwk().is_none());
/// # Ok::<(), palisade_jwt::SigningKeyError>(())
/// ```
pub struct SigningKey {
    algorithm: Algorithm,
    id: Box<str>,
    private: Secret,
    material: Material,
    verifying: VerifyingKey,
}

/// Characters of an id, six bits each: nobody has so many keys that two of them meet.
const ID_LEN: usize = 16;

impl SigningKey {
    /// A new key.
    ///
    /// # Errors
    ///
    /// For an algorithm that is not used to sign here, and where there is no randomness.
    pub fn generate(algorithm: Algorithm) -> Result<Self, SigningKeyError> {
        Self::new(algorithm, Material::generate(algorithm)?, None)
    }

    /// A shared secret for `HS256`, `HS384` or `HS512`, of random bytes: at least 32, 48 or 64.
    ///
    /// # Errors
    ///
    /// A [`KeyError`] where it is too short or can be guessed.
    pub fn hmac(algorithm: Algorithm, secret: &Secret) -> Result<Self, SigningKeyError> {
        if !algorithm.is_symmetric() {
            return Err(KeyError::WrongFamily(algorithm).into());
        }
        Self::new(algorithm, secret.clone(), None)
    }

    /// A private key of Ed25519 or P-256 in PKCS#8 (RFC 5958), as DER.
    ///
    /// # Errors
    ///
    /// [`Malformed`](SigningKeyError::Malformed).
    pub fn from_pkcs8(der: &[u8]) -> Result<Self, SigningKeyError> {
        let (algorithm, private) = Material::in_pkcs8(der)?;
        Self::new(algorithm, private, None)
    }

    /// The same as PEM: `-----BEGIN PRIVATE KEY-----`.
    ///
    /// # Errors
    ///
    /// [`Malformed`](SigningKeyError::Malformed).
    pub fn from_pem(pem: &Secret) -> Result<Self, SigningKeyError> {
        let text = pem.expose().trim_ascii();
        let body = text
            .strip_prefix(b"-----BEGIN PRIVATE KEY-----")
            .and_then(|text| text.strip_suffix(b"-----END PRIVATE KEY-----"))
            .ok_or(SigningKeyError::Malformed)?;
        let body: Zeroizing<Vec<u8>> =
            Zeroizing::new(body.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect());
        let der = Zeroizing::new(BASE64.decode(&body).map_err(|_| SigningKeyError::Malformed)?);
        Self::from_pkcs8(&der)
    }

    /// Gives it another id than the one that follows from the key: 1 to 256 bytes without control characters.
    ///
    /// # Errors
    ///
    /// [`KeyError::BadKeyId`].
    pub fn with_id(mut self, id: &str) -> Result<Self, SigningKeyError> {
        self.verifying = self.verifying.with_id(id)?;
        self.id = id.into();
        Ok(self)
    }

    /// The algorithm that it signs with.
    #[must_use]
    pub const fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// Its id, which tokens name as `kid`. Unless given, it follows from the key, so that all nodes call it the same.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// What verifies its signatures.
    #[must_use]
    pub const fn verifying(&self) -> &VerifyingKey {
        &self.verifying
    }

    pub(super) fn new(
        algorithm: Algorithm,
        private: Secret,
        public: Option<&[u8]>,
    ) -> Result<Self, SigningKeyError> {
        let material = Material::parse(algorithm, &private, public)?;
        let verifying = match (algorithm, material.public()) {
            (_, None) => VerifyingKey::hmac(algorithm, &private)?,
            (Algorithm::EdDsa, Some(public)) => VerifyingKey::ed25519(public)?,
            (_, Some(public)) => {
                let (x, y) = Material::coordinates(public).ok_or(SigningKeyError::Malformed)?;
                VerifyingKey::ec(algorithm, x, y)?
            }
        };
        let id = id_of(&material);
        let verifying = verifying.with_id(&id)?;
        Ok(Self { algorithm, id, private, material, verifying })
    }

    pub(super) const fn private_bytes(&self) -> &Secret {
        &self.private
    }

    pub(super) fn public_bytes(&self) -> Option<&[u8]> {
        self.material.public()
    }

    pub(crate) fn sign(&self, message: &[u8]) -> Option<Vec<u8>> {
        self.material.sign(message)
    }
}

/// What a shared secret signs under a name of its own says nothing about it that a token does not say.
fn id_of(material: &Material) -> Box<str> {
    let name = b"palisade key id";
    let mut id = match material {
        Material::Shared(key) => BASE64URL_NOPAD.encode(hmac::sign(key, name).as_ref()),
        public => BASE64URL_NOPAD.encode(digest(&SHA256, public.public().unwrap_or(name)).as_ref()),
    };
    id.truncate(ID_LEN);
    id.into()
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey")
            .field("algorithm", &self.algorithm)
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}
