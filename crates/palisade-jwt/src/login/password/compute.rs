//! The work itself; takes long, and runs where blocking is allowed.

use super::{
    cost::HashCost,
    kept::PasswordHash,
    scratch::Scratch,
    stored::{Digest, Pbkdf2Hash, SALT_LEN, Stored, TAG_LEN, Unusable},
};
use argon2::{Algorithm, Argon2, Block, Params, Version};
use constant_time_eq::constant_time_eq;
use data_encoding::BASE64_NOPAD;
use sha2::{Sha256, Sha512};
use zeroize::Zeroizing;

/// The longest password that bcrypt reads.
const BCRYPT_MAX: usize = 72;

/// No memory for the work, or parameters that the algorithm refuses.
#[derive(Clone, Copy, Debug)]
pub(super) struct Failed;

/// A new hash with this salt.
pub(super) fn make(
    scratch: &Scratch,
    cost: HashCost,
    password: &[u8],
    salt: [u8; SALT_LEN],
) -> Result<PasswordHash, Failed> {
    let mut tag = Zeroizing::new([0; TAG_LEN]);
    let work = Work { algorithm: Algorithm::Argon2id, version: Version::V0x13, cost };
    work.compute(scratch, password, &salt, &mut *tag)?;
    Ok(text(cost, &salt, &*tag))
}

/// A hash in PHC form.
pub(super) fn text(cost: HashCost, salt: &[u8], tag: &[u8]) -> PasswordHash {
    let (memory, passes, lanes) = (cost.memory_kib, cost.passes, cost.lanes);
    let (salt, tag) = (BASE64_NOPAD.encode(salt), BASE64_NOPAD.encode(tag));
    PasswordHash::stored(format!("$argon2id$v=19$m={memory},t={passes},p={lanes}${salt}${tag}"))
}

impl Stored<'_> {
    /// Whether it is the hash of this password.
    pub(super) fn matches(
        &self,
        scratch: &Scratch,
        password: &[u8],
    ) -> Result<Result<bool, Unusable>, Failed> {
        let (same, takes_nul) = match self {
            Self::Argon2 { algorithm, version, cost, digest } => {
                let work = Work { algorithm: *algorithm, version: *version, cost: *cost };
                let compute = |tag: &mut [u8]| work.compute(scratch, password, &digest.salt, tag);
                (digest.compare(compute)?, true)
            }
            Self::Scrypt { log_n, r, p, digest } => {
                let params = scrypt::Params::new(*log_n, *r, *p).map_err(|_| Failed)?;
                let compute =
                    |tag: &mut [u8]| scrypt::scrypt(password, &digest.salt, &params, tag).map_err(|_| Failed);
                (digest.compare(compute)?, false)
            }
            Self::Pbkdf2 { hash, rounds, digest } => {
                let compute = |tag: &mut [u8]| {
                    match hash {
                        Pbkdf2Hash::Sha256 => {
                            pbkdf2::pbkdf2_hmac::<Sha256>(password, &digest.salt, *rounds, tag)
                        }
                        Pbkdf2Hash::Sha512 => {
                            pbkdf2::pbkdf2_hmac::<Sha512>(password, &digest.salt, *rounds, tag)
                        }
                    }
                    Ok(())
                };
                (digest.compare(compute)?, false)
            }
            Self::Bcrypt { text, .. } => {
                if password.len() > BCRYPT_MAX {
                    return Ok(Err(Unusable::PasswordTooLong));
                }
                match bcrypt::verify(password, text) {
                    Ok(same) => (same, false),
                    Err(_) => return Ok(Err(Unusable::Malformed)),
                }
            }
        };
        // HMAC fills keys up with NUL and bcrypt repeats them after one: there, a NUL can be added and nothing changes.
        Ok(Ok(same && (takes_nul || !password.contains(&0))))
    }
}

impl Digest {
    fn compare(&self, compute: impl FnOnce(&mut [u8]) -> Result<(), Failed>) -> Result<bool, Failed> {
        let mut tag = Zeroizing::new(vec![0; self.tag.len()]);
        compute(&mut tag)?;
        Ok(constant_time_eq(&tag, &self.tag))
    }
}

/// One of the Argon2 family, at a cost.
struct Work {
    algorithm: Algorithm,
    version: Version,
    cost: HashCost,
}

impl Work {
    fn compute(&self, scratch: &Scratch, password: &[u8], salt: &[u8], tag: &mut [u8]) -> Result<(), Failed> {
        let HashCost { memory_kib, passes, lanes } = self.cost;
        let params = Params::new(memory_kib, passes, lanes, Some(tag.len())).map_err(|_| Failed)?;
        let len = params.block_count();
        let argon2 = Argon2::new(self.algorithm, self.version, params);
        let compute = |piece: &mut [Block]| argon2.hash_password_into_with_memory(password, salt, tag, piece);
        scratch.lend(len, compute).map_err(|_| Failed)
    }
}
