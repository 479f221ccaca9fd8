//! What signs.

use super::error::SigningKeyError;
use crate::algorithm::Algorithm;
use aws_lc_rs::{
    encoding::AsBigEndian as _,
    hmac,
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _},
};
use palisade_core::Secret;
use zeroize::Zeroizing;

/// A private key that was parsed once.
pub(super) enum Material {
    Shared(Box<hmac::Key>),
    Ed25519(Ed25519KeyPair),
    P256(EcdsaKeyPair),
}

/// How long a point on P-256 is, uncompressed: a tag and two coordinates.
const COORDINATE: usize = 32;

impl Material {
    /// New private bytes.
    pub(super) fn generate(algorithm: Algorithm) -> Result<Secret, SigningKeyError> {
        let length = match algorithm {
            Algorithm::EdDsa | Algorithm::Hs256 => 32,
            Algorithm::Hs384 => 48,
            Algorithm::Hs512 => 64,
            Algorithm::Es256 => {
                let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING)
                    .map_err(|_| SigningKeyError::Random)?;
                return private_of(&pair);
            }
            other => return Err(SigningKeyError::Algorithm(other)),
        };
        // The private key of Ed25519 is 32 random bytes (RFC 8032 §5.1.5).
        let mut bytes = Zeroizing::new(vec![0; length]);
        getrandom::fill(&mut bytes).map_err(|_| SigningKeyError::Random)?;
        Ok(Secret::new(&**bytes))
    }

    /// Reads private bytes, and the public ones that belong to them where there are any.
    pub(super) fn parse(
        algorithm: Algorithm,
        private: &Secret,
        public: Option<&[u8]>,
    ) -> Result<Self, SigningKeyError> {
        let private = private.expose();
        match algorithm {
            Algorithm::Hs256 => Ok(Self::Shared(Box::new(hmac::Key::new(hmac::HMAC_SHA256, private)))),
            Algorithm::Hs384 => Ok(Self::Shared(Box::new(hmac::Key::new(hmac::HMAC_SHA384, private)))),
            Algorithm::Hs512 => Ok(Self::Shared(Box::new(hmac::Key::new(hmac::HMAC_SHA512, private)))),
            Algorithm::EdDsa if private.len() == 32 => match public {
                Some(public) => Ed25519KeyPair::from_seed_and_public_key(private, public),
                None => Ed25519KeyPair::from_seed_unchecked(private),
            }
            .map(Self::Ed25519)
            .map_err(|_| SigningKeyError::Malformed),
            Algorithm::Es256 => match public {
                Some(public) => EcdsaKeyPair::from_private_key_and_public_key(
                    &ECDSA_P256_SHA256_FIXED_SIGNING,
                    private,
                    public,
                ),
                None => EcdsaKeyPair::from_private_key_der(
                    &ECDSA_P256_SHA256_FIXED_SIGNING,
                    &bare_der(private).ok_or(SigningKeyError::Malformed)?,
                ),
            }
            .map(Self::P256)
            .map_err(|_| SigningKeyError::Malformed),
            Algorithm::EdDsa => Err(SigningKeyError::Malformed),
            other => Err(SigningKeyError::Algorithm(other)),
        }
    }

    /// The algorithm and the private bytes in a PKCS#8 document (RFC 5958, RFC 8410).
    pub(super) fn in_pkcs8(der: &[u8]) -> Result<(Algorithm, Secret), SigningKeyError> {
        if let Ok(pair) = Ed25519KeyPair::from_pkcs8(der) {
            let seed = pair.seed().map_err(|_| SigningKeyError::Malformed)?;
            let seed = seed.as_be_bytes().map_err(|_| SigningKeyError::Malformed)?;
            return Ok((Algorithm::EdDsa, Secret::new(seed.as_ref())));
        }
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, der)
            .map_err(|_| SigningKeyError::Malformed)?;
        Ok((Algorithm::Es256, private_of(&pair)?))
    }

    /// The public bytes: 32 of Ed25519, or an uncompressed point; none of a shared secret.
    pub(super) fn public(&self) -> Option<&[u8]> {
        match self {
            Self::Shared(_) => None,
            Self::Ed25519(pair) => Some(pair.public_key().as_ref()),
            Self::P256(pair) => Some(pair.public_key().as_ref()),
        }
    }

    /// Both coordinates of a point.
    pub(super) fn coordinates(point: &[u8]) -> Option<(&[u8], &[u8])> {
        let coordinates = point.strip_prefix(&[4])?;
        (coordinates.len() == 2 * COORDINATE).then(|| coordinates.split_at(COORDINATE))
    }

    pub(super) fn sign(&self, message: &[u8]) -> Option<Vec<u8>> {
        match self {
            Self::Shared(key) => Some(hmac::sign(key, message).as_ref().to_vec()),
            Self::Ed25519(pair) => pair.try_sign(message).ok().map(|signed| signed.as_ref().to_vec()),
            Self::P256(pair) => {
                pair.sign(&SystemRandom::new(), message).ok().map(|signed| signed.as_ref().to_vec())
            }
        }
    }
}

fn private_of(pair: &EcdsaKeyPair) -> Result<Secret, SigningKeyError> {
    let bytes = pair.private_key().as_be_bytes().map_err(|_| SigningKeyError::Malformed)?;
    Ok(Secret::new(bytes.as_ref()))
}

/// `ECPrivateKey` (RFC 5915) of P-256 without the public key, which is computed from it.
fn bare_der(private: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    if private.len() != COORDINATE {
        return None;
    }
    let mut der = Zeroizing::new(Vec::with_capacity(7 + COORDINATE + 12));
    der.extend_from_slice(&[0x30, 0x31, 0x02, 0x01, 0x01, 0x04, 0x20]);
    der.extend_from_slice(private);
    // prime256v1
    der.extend_from_slice(&[0xa0, 0x0a, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07]);
    Some(der)
}
