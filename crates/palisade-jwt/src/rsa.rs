//! RSA public keys, checked before they are used.

use crate::{algorithm::Algorithm, key_error::KeyError};
use aws_lc_rs::{
    encoding::{AsDer as _, PublicKeyX509Der},
    rsa::PublicEncryptingKey,
    signature::{self, ParsedPublicKey, RsaParameters, RsaPublicKeyComponents},
};

/// A modulus of this many bits is the least that is taken (RFC 7518 §3.3).
pub(crate) const MIN_BITS: usize = 2_048;
/// Verifying with more bits than these takes long enough to be an attack.
pub(crate) const MAX_BITS: usize = 8_192;

/// From modulus and exponent, big-endian.
pub(crate) fn from_components(
    algorithm: Algorithm,
    n: &[u8],
    e: &[u8],
    most: usize,
) -> Result<ParsedPublicKey, KeyError> {
    let (n, e) = (trim(n), trim(e));
    let bits = bits(n);
    if !(MIN_BITS..=most).contains(&bits) {
        return Err(KeyError::RsaSize { bits, most });
    }
    let odd = |number: &[u8]| number.last().is_some_and(|byte| byte & 1 == 1);
    if !odd(n) || !odd(e) || e == [1] || self::bits(e) > 33 {
        return Err(KeyError::UnsoundRsa);
    }
    let components = RsaPublicKeyComponents { n, e };
    let der = components.as_der().map_err(|_| KeyError::UnsoundRsa)?;
    from_der(algorithm, der.as_ref(), most)
}

/// From a `SubjectPublicKeyInfo` (RFC 5280) or an `RSAPublicKey` (RFC 8017); the back end refuses even numbers in it.
pub(crate) fn from_der(algorithm: Algorithm, der: &[u8], most: usize) -> Result<ParsedPublicKey, KeyError> {
    let parameters = parameters(algorithm)?;
    let malformed = KeyError::Malformed(algorithm);
    let key = ParsedPublicKey::new(parameters, der).map_err(|_| malformed)?;
    let canonical: PublicKeyX509Der<'_> = key.as_der().map_err(|_| malformed)?;
    // `PublicEncryptingKey` alone tells a size, and takes none below its own least.
    let size = PublicEncryptingKey::from_der(canonical.as_ref());
    let bits = size.map_or(0, |key| key.key_size_bits());
    if !(MIN_BITS..=most).contains(&bits) {
        return Err(KeyError::RsaSize { bits, most });
    }
    Ok(key)
}

fn parameters(algorithm: Algorithm) -> Result<&'static RsaParameters, KeyError> {
    Ok(match algorithm {
        Algorithm::Rs256 => &signature::RSA_PKCS1_2048_8192_SHA256,
        Algorithm::Rs384 => &signature::RSA_PKCS1_2048_8192_SHA384,
        Algorithm::Rs512 => &signature::RSA_PKCS1_2048_8192_SHA512,
        Algorithm::Ps256 => &signature::RSA_PSS_2048_8192_SHA256,
        Algorithm::Ps384 => &signature::RSA_PSS_2048_8192_SHA384,
        Algorithm::Ps512 => &signature::RSA_PSS_2048_8192_SHA512,
        _ => return Err(KeyError::WrongFamily(algorithm)),
    })
}

/// Some issuers print the sign byte of ASN.1 before the number, against RFC 7518 §6.3.1.1.
fn trim(number: &[u8]) -> &[u8] {
    let zeros = number.iter().take_while(|byte| **byte == 0).count();
    number.get(zeros..).unwrap_or_default()
}

fn bits(number: &[u8]) -> usize {
    number.first().map_or(0, |first| number.len() * 8 - first.leading_zeros() as usize)
}
