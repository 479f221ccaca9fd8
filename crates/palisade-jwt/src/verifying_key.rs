//! A key that verifies signatures.

mod edwards;

use crate::{
    algorithm::{Algorithm, Family},
    key_error::KeyError,
    rsa, secret_strength,
};
use aws_lc_rs::{
    digest,
    encoding::{AsDer as _, PublicKeyX509Der},
    hmac,
    signature::{self, ParsedPublicKey, VerificationAlgorithm},
};
use data_encoding::{BASE64, BASE64URL_NOPAD};
use palisade_core::Secret;
use std::fmt;

/// No key id is longer, in bytes.
pub const MAX_KEY_ID_LEN: usize = 256;

/// One key that verifies signatures of one algorithm; parsed once, checked when made.
///
/// ```
/// use palisade_core::Secret;
/// use palisade_jwt::{Algorithm, KeyError, VerifyingKey};
///
/// let secret = Secret::new("u5vVlqUIBqbbJEMn2b3Ltw9YkQm7ZsP1");
/// let key = VerifyingKey::hmac(Algorithm::Hs256, &secret)?.with_id("2026-01")?;
/// assert_eq!(key.id(), Some("2026-01"));
///
/// let weak = VerifyingKey::hmac(Algorithm::Hs256, &Secret::new("changeme"));
/// assert_eq!(weak.err(), Some(KeyError::GuessableSecret));
/// # Ok::<(), KeyError>(())
/// ```
#[derive(Clone)]
pub struct VerifyingKey {
    algorithm: Algorithm,
    id: Option<Box<str>>,
    material: Material,
    /// Tells keys apart without showing them.
    thumbprint: [u8; 32],
}

#[derive(Clone)]
enum Material {
    Secret(Box<hmac::Key>),
    Public(ParsedPublicKey),
}

impl VerifyingKey {
    /// A shared secret for `HS256`, `HS384` or `HS512`, of random bytes: at least 32, 48 or 64.
    ///
    /// # Errors
    ///
    /// [`ShortSecret`](KeyError::ShortSecret), [`GuessableSecret`](KeyError::GuessableSecret), or
    /// [`WrongFamily`](KeyError::WrongFamily) for another algorithm.
    pub fn hmac(algorithm: Algorithm, secret: &Secret) -> Result<Self, KeyError> {
        secret_strength::check(algorithm, secret.expose())?;
        Self::hmac_of_any_strength(algorithm, secret)
    }

    /// Apart, because vectors of others are signed with zeros too.
    pub(crate) fn hmac_of_any_strength(algorithm: Algorithm, secret: &Secret) -> Result<Self, KeyError> {
        let hash = match algorithm {
            Algorithm::Hs256 => hmac::HMAC_SHA256,
            Algorithm::Hs384 => hmac::HMAC_SHA384,
            Algorithm::Hs512 => hmac::HMAC_SHA512,
            _ => return Err(KeyError::WrongFamily(algorithm)),
        };
        let material = Material::Secret(Box::new(hmac::Key::new(hash, secret.expose())));
        Ok(Self::of(algorithm, material, secret.expose()))
    }

    /// A public key as DER: `SubjectPublicKeyInfo` (RFC 5280), or for RSA also `RSAPublicKey` (RFC 8017).
    ///
    /// RSA keys have 2048 to 8192 bits.
    ///
    /// # Errors
    ///
    /// [`Malformed`](KeyError::Malformed) where it is no key of this algorithm, [`RsaSize`](KeyError::RsaSize), or
    /// [`WrongFamily`](KeyError::WrongFamily) for a symmetric algorithm.
    pub fn der(algorithm: Algorithm, der: &[u8]) -> Result<Self, KeyError> {
        match algorithm.family() {
            Family::Rsa => Self::public(algorithm, rsa::from_der(algorithm, der, rsa::MAX_BITS)?),
            Family::Elliptic | Family::Edwards => Self::point(algorithm, der),
            Family::Hmac => Err(KeyError::WrongFamily(algorithm)),
        }
    }

    /// A public key as PEM (`-----BEGIN PUBLIC KEY-----` or `-----BEGIN RSA PUBLIC KEY-----`).
    ///
    /// # Errors
    ///
    /// [`NotPublicPem`](KeyError::NotPublicPem) for a private key or a certificate, else as [`der`](Self::der).
    pub fn pem(algorithm: Algorithm, pem: &str) -> Result<Self, KeyError> {
        let body = ["PUBLIC KEY", "RSA PUBLIC KEY"].iter().find_map(|label| {
            let text = pem.trim().strip_prefix(&format!("-----BEGIN {label}-----"))?;
            text.strip_suffix(&format!("-----END {label}-----"))
        });
        let body: String = body.ok_or(KeyError::NotPublicPem)?.split_ascii_whitespace().collect();
        let der = BASE64.decode(body.as_bytes()).map_err(|_| KeyError::Malformed(algorithm))?;
        Self::der(algorithm, &der)
    }

    /// An RSA key by modulus and public exponent, big-endian, of 2048 to 8192 bits.
    ///
    /// # Errors
    ///
    /// [`RsaSize`](KeyError::RsaSize), [`UnsoundRsa`](KeyError::UnsoundRsa) or [`WrongFamily`](KeyError::WrongFamily).
    pub fn rsa(algorithm: Algorithm, modulus: &[u8], exponent: &[u8]) -> Result<Self, KeyError> {
        Self::rsa_up_to(algorithm, modulus, exponent, rsa::MAX_BITS)
    }

    pub(crate) fn rsa_up_to(
        algorithm: Algorithm,
        modulus: &[u8],
        exponent: &[u8],
        most: usize,
    ) -> Result<Self, KeyError> {
        if algorithm.family() != Family::Rsa {
            return Err(KeyError::WrongFamily(algorithm));
        }
        Self::public(algorithm, rsa::from_components(algorithm, modulus, exponent, most)?)
    }

    /// A key on the curve of `ES256`, `ES384` or `ES512` by its coordinates, big-endian, each as long as the curve's field.
    ///
    /// # Errors
    ///
    /// [`Malformed`](KeyError::Malformed) where a length is wrong or the point is not on the curve.
    pub fn ec(algorithm: Algorithm, x: &[u8], y: &[u8]) -> Result<Self, KeyError> {
        let length = match algorithm {
            Algorithm::Es256 => 32,
            Algorithm::Es384 => 48,
            Algorithm::Es512 => 66,
            _ => return Err(KeyError::WrongFamily(algorithm)),
        };
        if x.len() != length || y.len() != length {
            return Err(KeyError::Malformed(algorithm));
        }
        Self::point(algorithm, &[&[4], x, y].concat())
    }

    /// An Ed25519 key (RFC 8032), 32 bytes.
    ///
    /// # Errors
    ///
    /// [`Malformed`](KeyError::Malformed) where the length is wrong, or the point is of small order and thus no key.
    pub fn ed25519(public: &[u8]) -> Result<Self, KeyError> {
        if public.len() != 32 {
            return Err(KeyError::Malformed(Algorithm::EdDsa));
        }
        Self::point(Algorithm::EdDsa, public)
    }

    /// Gives it an id: 1 to 256 bytes without control characters. Tokens name it as `kid`.
    ///
    /// # Errors
    ///
    /// [`BadKeyId`](KeyError::BadKeyId).
    pub fn with_id(mut self, id: &str) -> Result<Self, KeyError> {
        if !is_key_id(id) {
            return Err(KeyError::BadKeyId);
        }
        self.id = Some(id.into());
        Ok(self)
    }

    /// The one algorithm that it verifies.
    #[must_use]
    #[inline]
    pub const fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// Its id, where it has one.
    #[must_use]
    #[inline]
    pub fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }

    /// Whether `signature` is this key's over `message`.
    #[must_use]
    pub fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        match &self.material {
            Material::Secret(key) => hmac::verify(key, message, signature).is_ok(),
            Material::Public(key) => key.verify_sig(message, signature).is_ok(),
        }
    }

    fn point(algorithm: Algorithm, bytes: &[u8]) -> Result<Self, KeyError> {
        let kind: &'static dyn VerificationAlgorithm = match algorithm {
            Algorithm::Es256 => &signature::ECDSA_P256_SHA256_FIXED,
            Algorithm::Es384 => &signature::ECDSA_P384_SHA384_FIXED,
            Algorithm::Es512 => &signature::ECDSA_P521_SHA512_FIXED,
            Algorithm::EdDsa => &signature::ED25519,
            _ => return Err(KeyError::WrongFamily(algorithm)),
        };
        let key = ParsedPublicKey::new(kind, bytes).map_err(|_| KeyError::Malformed(algorithm))?;
        Self::public(algorithm, key)
    }

    fn public(algorithm: Algorithm, key: ParsedPublicKey) -> Result<Self, KeyError> {
        // One spelling for one key, whatever it was parsed from.
        let canonical: PublicKeyX509Der<'_> = key.as_der().map_err(|_| KeyError::Malformed(algorithm))?;
        let canonical = canonical.as_ref();
        // The point stands at the end.
        let point = canonical.get(canonical.len().saturating_sub(32)..).unwrap_or_default();
        if algorithm == Algorithm::EdDsa && edwards::is_small(point) {
            return Err(KeyError::Malformed(algorithm));
        }
        Ok(Self::of(algorithm, Material::Public(key), canonical))
    }

    fn of(algorithm: Algorithm, material: Material, bytes: &[u8]) -> Self {
        let mut hash = digest::Context::new(&digest::SHA256);
        hash.update(algorithm.name().as_bytes());
        hash.update(bytes);
        let mut thumbprint = [0; 32];
        thumbprint.copy_from_slice(hash.finish().as_ref());
        Self { algorithm, id: None, material, thumbprint }
    }
}

/// Same id, same algorithm, same key.
impl PartialEq for VerifyingKey {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id && self.algorithm == other.algorithm && self.thumbprint == other.thumbprint
    }
}

impl Eq for VerifyingKey {}

impl fmt::Debug for VerifyingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("VerifyingKey");
        shown.field("algorithm", &self.algorithm).field("id", &self.id);
        if !self.algorithm.is_symmetric() {
            shown.field("thumbprint", &BASE64URL_NOPAD.encode(&self.thumbprint));
        }
        shown.finish_non_exhaustive()
    }
}

/// Whether this can be the id of a key: it is only ever compared, and may be logged.
pub(crate) fn is_key_id(id: &str) -> bool {
    (1..=MAX_KEY_ID_LEN).contains(&id.len()) && !id.chars().any(char::is_control)
}
