//! RSA public keys, checked before they are used.

use crate::{algorithm::Algorithm, key_error::KeyError, roca};
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
    if roca::is_marked(n) {
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
    if modulus(canonical.as_ref()).is_some_and(roca::is_marked) {
        return Err(KeyError::UnsoundRsa);
    }
    // `PublicEncryptingKey` alone tells a size, and takes none below its own least.
    let size = PublicEncryptingKey::from_der(canonical.as_ref());
    let bits = size.map_or(0, |key| key.key_size_bits());
    if !(MIN_BITS..=most).contains(&bits) {
        return Err(KeyError::RsaSize { bits, most });
    }
    Ok(key)
}

/// The modulus in a `SubjectPublicKeyInfo` for RSA that the back end wrote: after the one bit string that holds a sequence
/// whose first member is a long integer.
fn modulus(der: &[u8]) -> Option<&[u8]> {
    let mut info = Der(der).enter(SEQUENCE)?;
    info.enter(SEQUENCE)?;
    let bits = info.enter(BIT_STRING)?;
    let mut key = Der(bits.0.split_first()?.1).enter(SEQUENCE)?;
    key.enter(INTEGER).map(|number| number.0)
}

const INTEGER: u8 = 0x02;
const BIT_STRING: u8 = 0x03;
const SEQUENCE: u8 = 0x30;

/// What is left to read of some DER (X.690 §10).
struct Der<'a>(&'a [u8]);

impl<'a> Der<'a> {
    /// The content of the next value, which must have this tag.
    fn enter(&mut self, tag: u8) -> Option<Der<'a>> {
        let (found, rest) = self.0.split_first()?;
        let (first, rest) = rest.split_first()?;
        // Below 0x80 the length itself, else how many bytes of length follow.
        let (length, rest) = match first {
            0..=0x7f => (usize::from(*first), rest),
            0x81..=0x83 => {
                let (length, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
                (length.iter().fold(0, |sum, byte| sum << 8 | usize::from(*byte)), rest)
            }
            _ => return None,
        };
        let (content, rest) = rest.split_at_checked(length)?;
        self.0 = rest;
        (*found == tag).then_some(Der(content))
    }
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
