//! RSA public keys, checked before they are used.

use crate::{algorithm::Algorithm, key_error::KeyError, roca};
use aws_lc_rs::{
    encoding::{AsDer as _, PublicKeyX509Der},
    signature::{self, ParsedPublicKey, RsaParameters, RsaPublicKeyComponents},
};

/// A modulus of this many bits is the least that is taken (RFC 7518 §3.3).
const MIN_BITS: usize = 2_048;
/// Verifying with more bits than these takes long enough to be an attack.
pub(crate) const MAX_BITS: usize = 8_192;
/// The back end takes no longer exponent.
const MAX_EXPONENT_BITS: usize = 33;

/// From modulus and exponent, big-endian.
pub(crate) fn from_components(
    algorithm: Algorithm,
    n: &[u8],
    e: &[u8],
    most: usize,
) -> Result<ParsedPublicKey, KeyError> {
    let (n, e) = (trim(n), trim(e));
    check(n, e, most)?;
    let key = RsaPublicKeyComponents { n, e };
    key.to_parsed_public_key(parameters(algorithm)?).map_err(|_| KeyError::UnsoundRsa)
}

/// From a `SubjectPublicKeyInfo` (RFC 5280) or an `RSAPublicKey` (RFC 8017).
pub(crate) fn from_der(algorithm: Algorithm, der: &[u8], most: usize) -> Result<ParsedPublicKey, KeyError> {
    let malformed = KeyError::Malformed(algorithm);
    let key = ParsedPublicKey::new(parameters(algorithm)?, der).map_err(|_| malformed)?;
    let canonical: PublicKeyX509Der<'_> = key.as_der().map_err(|_| malformed)?;
    let (n, e) = numbers(canonical.as_ref()).ok_or(malformed)?;
    check(trim(n), trim(e), most)?;
    Ok(key)
}

/// Size, and what no sound key has.
fn check(n: &[u8], e: &[u8], most: usize) -> Result<(), KeyError> {
    let size = bits(n);
    if !(MIN_BITS..=most).contains(&size) {
        return Err(KeyError::RsaSize { bits: size, most });
    }
    let odd = |number: &[u8]| number.last().is_some_and(|byte| byte & 1 == 1);
    let sound = odd(n) && odd(e) && e != [1] && bits(e) <= MAX_EXPONENT_BITS && !roca::is_marked(n);
    if sound { Ok(()) } else { Err(KeyError::UnsoundRsa) }
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

/// Modulus and exponent of a `SubjectPublicKeyInfo` that the back end wrote; it does not tell them otherwise.
fn numbers(der: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut info = Der(der).enter(SEQUENCE)?;
    info.enter(SEQUENCE)?;
    let bits = info.enter(BIT_STRING)?;
    // The first byte says how many bits of the last one do not count: none.
    let mut key = Der(bits.0.split_first()?.1).enter(SEQUENCE)?;
    Some((key.enter(INTEGER)?.0, key.enter(INTEGER)?.0))
}

const INTEGER: u8 = 0x02;
const BIT_STRING: u8 = 0x03;
const SEQUENCE: u8 = 0x30;

/// What is left to read of some DER (X.690 §10).
struct Der<'a>(&'a [u8]);

impl Der<'_> {
    /// The content of the next value, which must have this tag.
    fn enter(&mut self, tag: u8) -> Option<Self> {
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
        (*found == tag).then_some(Self(content))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An `RSAPublicKey` with these numbers, each with a sign byte.
    fn der(n: &[u8], e: &[u8]) -> Vec<u8> {
        let value = |tag: u8, content: &[u8]| {
            let length = u16::try_from(content.len()).unwrap().to_be_bytes();
            let length = if content.len() < 0x80 { vec![length[1]] } else { [&[0x82], &length[..]].concat() };
            [&[tag], &length[..], content].concat()
        };
        let positive = |number: &[u8]| {
            let sign: &[u8] = if number.first().is_some_and(|first| *first >= 0x80) { &[0] } else { &[] };
            value(INTEGER, &[sign, number].concat())
        };
        value(SEQUENCE, &[positive(n), positive(e)].concat())
    }

    #[test]
    fn a130_der_is_held_to_the_same_rules_as_numbers() {
        let n = [0xff; 256];
        let mut even = n;
        even[255] = 0xfe;
        for (n, e) in [
            (&n[..], &[1, 0, 1][..]),
            (&n, &[3]),
            (&n, &[1]),
            (&n, &[2]),
            (&n, &[0]),
            (&even, &[1, 0, 1]),
            (&n[..255], &[1, 0, 1]),
            (&n[..64], &[1, 0, 1]),
        ] {
            let by_numbers = from_components(Algorithm::Rs256, n, e, MAX_BITS);
            let by_der = from_der(Algorithm::Rs256, &der(n, e), MAX_BITS);
            assert_eq!(by_numbers.is_ok(), by_der.is_ok(), "{e:?} {by_der:?}");
            if let (Ok(one), Ok(other)) = (by_numbers, by_der) {
                let (one, other) = (one.as_der().unwrap(), other.as_der().unwrap());
                assert_eq!(one.as_ref(), other.as_ref());
                assert_eq!(numbers(one.as_ref()).map(|(n, e)| (trim(n), e)), Some((n, e)));
            }
        }
    }
}
