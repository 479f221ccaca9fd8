//! Stored hashes, taken apart and bounded before anything is computed.

use super::cost::{HashCost, MAX_LANES, MAX_MEMORY_KIB};
use argon2::{Algorithm, Version};
use data_encoding::{BASE64, BASE64_NOPAD};

/// A stored hash that may be computed.
pub(super) enum Stored<'h> {
    Argon2 { algorithm: Algorithm, version: Version, cost: HashCost, digest: Digest },
    Scrypt { log_n: u8, r: u32, p: u32, digest: Digest },
    Pbkdf2 { hash: Pbkdf2Hash, rounds: u32, digest: Digest },
    Bcrypt { cost: u32, text: &'h str },
}

#[derive(Clone, Copy)]
pub(super) enum Pbkdf2Hash {
    Sha256,
    Sha512,
}

/// What was hashed with, and what came out.
pub(super) struct Digest {
    pub(super) salt: Vec<u8>,
    pub(super) tag: Vec<u8>,
}

/// Why a stored hash cannot be compared with a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum Unusable {
    /// It is of no known kind.
    #[error("the stored hash is of no known kind")]
    Unknown,
    /// It is broken.
    #[error("the stored hash is malformed")]
    Malformed,
    /// It asks for more than is ever computed.
    #[error("the stored hash asks for more than 128 MiB, 10 passes, 4 lanes, or as much of another kind")]
    TooCostly,
    /// It is too easy to guess at.
    #[error("the hash is too weak to be taken over")]
    TooWeak,
    /// bcrypt reads 72 bytes and the password has more.
    #[error("bcrypt reads 72 bytes, and the password has more")]
    PasswordTooLong,
}

impl Unusable {
    /// One word for logs.
    #[must_use]
    pub const fn reason(self) -> &'static str {
        match self {
            Self::Unknown => "hash_unknown",
            Self::Malformed => "hash_malformed",
            Self::TooCostly => "hash_too_costly",
            Self::TooWeak => "hash_too_weak",
            Self::PasswordTooLong => "password_too_long_for_bcrypt",
        }
    }
}

/// The longest text that is looked at.
pub(super) const MAX_TEXT: usize = 512;
/// A second of work, about.
const MAX_ROUNDS: u32 = 2_000_000;
const MAX_BCRYPT: u32 = 14;
const BCRYPT_LEN: usize = 60;

impl<'h> Stored<'h> {
    pub(super) fn parse(text: &'h str) -> Result<Self, Unusable> {
        if text.len() > MAX_TEXT || !text.is_ascii() {
            return Err(Unusable::Malformed);
        }
        let mut parts = text.split('$');
        let fields = |least: usize| -> Result<Vec<&str>, Unusable> {
            let fields: Vec<&str> = text.split('$').skip(2).collect();
            if fields.len() < least { Err(Unusable::Malformed) } else { Ok(fields) }
        };
        match (parts.next(), parts.next().unwrap_or_default()) {
            (Some("pbkdf2_sha256"), _) => django(text, Pbkdf2Hash::Sha256),
            (Some("pbkdf2_sha512"), _) => django(text, Pbkdf2Hash::Sha512),
            (Some(""), "argon2id") => argon2(Algorithm::Argon2id, &fields(3)?),
            (Some(""), "argon2i") => argon2(Algorithm::Argon2i, &fields(3)?),
            (Some(""), "argon2d") => argon2(Algorithm::Argon2d, &fields(3)?),
            (Some(""), "scrypt") => scrypt(&fields(3)?),
            (Some(""), "pbkdf2-sha256") => pbkdf2(Pbkdf2Hash::Sha256, &fields(3)?),
            (Some(""), "pbkdf2-sha512") => pbkdf2(Pbkdf2Hash::Sha512, &fields(3)?),
            (Some(""), "2a" | "2b" | "2y") => bcrypt(text, &fields(2)?),
            _ => Err(Unusable::Unknown),
        }
    }

    /// Whether it is what would be made today.
    pub(super) fn is_current(&self, current: HashCost) -> bool {
        matches!(
            self,
            Self::Argon2 { algorithm: Algorithm::Argon2id, version: Version::V0x13, cost, digest }
                if *cost == current && digest.tag.len() == TAG_LEN && digest.salt.len() >= SALT_LEN
        )
    }

    /// Whether it costs enough to guess at it.
    pub(super) fn is_enough(&self) -> bool {
        match self {
            Self::Argon2 { cost, .. } => HashCost::new(cost.memory_kib, cost.passes, cost.lanes).is_ok(),
            Self::Scrypt { log_n, r, .. } => *log_n >= 17 && *r >= 8,
            Self::Pbkdf2 { hash: Pbkdf2Hash::Sha256, rounds, .. } => *rounds >= 600_000,
            Self::Pbkdf2 { hash: Pbkdf2Hash::Sha512, rounds, .. } => *rounds >= 210_000,
            Self::Bcrypt { cost, .. } => *cost >= 10,
        }
    }
}

pub(super) const SALT_LEN: usize = 16;
pub(super) const TAG_LEN: usize = 32;

fn argon2<'h>(algorithm: Algorithm, fields: &[&str]) -> Result<Stored<'h>, Unusable> {
    let (version, fields) = match fields {
        [version, rest @ ..] if version.starts_with("v=") => (number(version, "v=")?, rest),
        // Strings from before the version was written are of the first one.
        rest => (0x10, rest),
    };
    let [params, salt, tag] = fields else { return Err(Unusable::Malformed) };
    let version = Version::try_from(version).map_err(|_| Unusable::Malformed)?;
    let [memory_kib, passes, lanes] = numbers(params, ["m=", "t=", "p="])?;
    let cost = HashCost { memory_kib, passes, lanes };
    if !cost.is_bounded() {
        return Err(Unusable::TooCostly);
    }
    Ok(Stored::Argon2 { algorithm, version, cost, digest: digest(salt, tag)? })
}

fn scrypt<'h>(fields: &[&str]) -> Result<Stored<'h>, Unusable> {
    let [params, salt, tag] = fields else { return Err(Unusable::Malformed) };
    let [log_n, r, p] = numbers(params, ["ln=", "r=", "p="])?;
    if log_n == 0 || r == 0 || p == 0 {
        return Err(Unusable::Malformed);
    }
    // 128 × N × r bytes (RFC 7914 §2).
    let kib = 1_u32.checked_shl(log_n).and_then(|n| n.checked_mul(r)).map(|blocks| blocks / 8);
    if log_n > 20 || p > MAX_LANES || kib.is_none_or(|kib| kib > MAX_MEMORY_KIB) {
        return Err(Unusable::TooCostly);
    }
    let log_n = u8::try_from(log_n).map_err(|_| Unusable::TooCostly)?;
    Ok(Stored::Scrypt { log_n, r, p, digest: digest(salt, tag)? })
}

fn pbkdf2<'h>(hash: Pbkdf2Hash, fields: &[&str]) -> Result<Stored<'h>, Unusable> {
    let [params, salt, tag] = fields else { return Err(Unusable::Malformed) };
    // `i=600000,l=32` in PHC strings; the bare number as passlib writes it.
    let rounds = params.strip_prefix("i=").map_or(*params, |rest| rest.split(',').next().unwrap_or_default());
    Ok(Stored::Pbkdf2 { hash, rounds: checked_rounds(rounds)?, digest: digest(salt, tag)? })
}

/// `pbkdf2_sha256$600000$salt$tag`: the salt is text, the tag has padding.
fn django<'h>(text: &str, hash: Pbkdf2Hash) -> Result<Stored<'h>, Unusable> {
    let fields: Vec<&str> = text.split('$').skip(1).collect();
    let [rounds, salt, tag] = fields.as_slice() else { return Err(Unusable::Malformed) };
    let tag = BASE64.decode(tag.as_bytes()).map_err(|_| Unusable::Malformed)?;
    let digest = checked(Digest { salt: salt.as_bytes().to_vec(), tag })?;
    Ok(Stored::Pbkdf2 { hash, rounds: checked_rounds(rounds)?, digest })
}

fn bcrypt<'h>(text: &'h str, fields: &[&str]) -> Result<Stored<'h>, Unusable> {
    let [cost, _] = fields else { return Err(Unusable::Malformed) };
    let cost = number(cost, "")?;
    if text.len() != BCRYPT_LEN || cost < 4 {
        return Err(Unusable::Malformed);
    }
    if cost > MAX_BCRYPT { Err(Unusable::TooCostly) } else { Ok(Stored::Bcrypt { cost, text }) }
}

fn checked_rounds(digits: &str) -> Result<u32, Unusable> {
    match number(digits, "")? {
        0 => Err(Unusable::Malformed),
        rounds if rounds > MAX_ROUNDS => Err(Unusable::TooCostly),
        rounds => Ok(rounds),
    }
}

fn digest(salt: &str, tag: &str) -> Result<Digest, Unusable> {
    // passlib writes `.` for `+`.
    let decode = |text: &str| BASE64_NOPAD.decode(text.replace('.', "+").as_bytes());
    let (salt, tag) = (decode(salt), decode(tag));
    checked(Digest {
        salt: salt.map_err(|_| Unusable::Malformed)?,
        tag: tag.map_err(|_| Unusable::Malformed)?,
    })
}

/// A short tag would be matched by chance.
fn checked(digest: Digest) -> Result<Digest, Unusable> {
    let fits = (8..=64).contains(&digest.salt.len()) && (16..=64).contains(&digest.tag.len());
    if fits { Ok(digest) } else { Err(Unusable::Malformed) }
}

/// Three numbers by name, in any order, each once; other names, such as a key id, are not understood.
fn numbers(text: &str, names: [&str; 3]) -> Result<[u32; 3], Unusable> {
    let parts: Vec<&str> = text.split(',').collect();
    if parts.len() != names.len() {
        return Err(Unusable::Malformed);
    }
    let mut found = [0; 3];
    for (place, name) in found.iter_mut().zip(names) {
        let part = parts.iter().find(|part| part.starts_with(name)).ok_or(Unusable::Malformed)?;
        *place = number(part, name)?;
    }
    Ok(found)
}

/// Decimal digits. What is too large for 32 bits is a cost that nobody pays.
fn number(text: &str, prefix: &str) -> Result<u32, Unusable> {
    let digits = text.strip_prefix(prefix).ok_or(Unusable::Malformed)?;
    if digits.is_empty() || digits.len() > 20 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(Unusable::Malformed);
    }
    digits.parse().map_err(|_| Unusable::TooCostly)
}
