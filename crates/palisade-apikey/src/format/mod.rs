//! What a key looks like.

mod minted;
mod recognise;
#[cfg(test)]
mod tests;

use crate::{
    alphabet,
    hint::Hint,
    id::KeyId,
    random::{OsRandom, RandomError, RandomSource},
};
use hmac::{Hmac, KeyInit as _, Mac as _};
use palisade_core::Secret;
use sha2::Sha256;
use std::fmt;

pub use minted::MintedKey;

/// What keys of one service look like: `{prefix}_{env}_{id}{secret}{check}`.
///
/// | part | what it is |
/// | --- | --- |
/// | `prefix` | 1 to 16 letters and digits, a letter first: whose key it is |
/// | `env` | 1 to 8 letters and digits: where it holds (`live`, `test`) |
/// | id | 12 characters, no secret: by them the record is found |
/// | secret | 43 characters, 256 bits of randomness |
/// | check | 6 characters: a keyed checksum (HMAC-SHA-256, cut off) of all before |
///
/// Parts are joined by underscores and made of `0-9 A-Z a-z`, so that a double click selects a whole key. All keys of a
/// format have one length. The check tells typing mistakes and junk from keys *without looking anything up*, and because it is
/// keyed nobody outside can make a key that passes it.
///
/// ```
/// use palisade_apikey::KeyFormat;
/// use palisade_core::Secret;
///
/// let format = KeyFormat::new("acme", "live", &Secret::new("a secret of this service, 16+ bytes"))?;
/// let key = format.mint()?;
/// assert!(key.expose().starts_with("acme_live_"));
/// assert_eq!(format.parse(key.expose().as_bytes()).unwrap().id(), key.id());
/// assert!(format.parse(b"acme_live_0000").is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct KeyFormat {
    head: Box<str>,
    prefix_len: usize,
    checks: Vec<Hmac<Sha256>>,
}

const SECRET_LEN: usize = 43;
const CHECK_LEN: usize = 6;
const BODY_LEN: usize = KeyId::LEN + SECRET_LEN + CHECK_LEN;
/// 62⁶, the number of different checks.
const CHECKS: u64 = 56_800_235_584;
const MAX_CHECK_KEYS: usize = 4;
/// The key of public checksums; it stands in every copy of this file.
const PUBLIC: &[u8] = b"palisade public checksum";

impl KeyFormat {
    /// A format whose checksum is keyed by `check_key`, at least 16 bytes that all nodes share and that stay the same
    /// for as long as keys shall.
    ///
    /// # Errors
    ///
    /// What is wrong with prefix, environment or check key.
    pub fn new(prefix: &str, env: &str, check_key: &Secret) -> Result<Self, FormatError> {
        Self::with_checks(prefix, env, check_key.expose())
    }

    /// A format whose checksum anybody can compute: scanners for leaked secrets can then tell keys from noise without asking,
    /// and so can whoever wants every guess to cost you a look-up.
    ///
    /// # Errors
    ///
    /// What is wrong with prefix or environment.
    pub fn with_public_checksum(prefix: &str, env: &str) -> Result<Self, FormatError> {
        Self::with_checks(prefix, env, PUBLIC)
    }

    fn with_checks(prefix: &str, env: &str, check_key: &[u8]) -> Result<Self, FormatError> {
        let word = |text: &str, max| {
            (1..=max).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
        };
        if !word(prefix, 16) || !prefix.starts_with(|sign: char| sign.is_ascii_alphabetic()) {
            return Err(FormatError::Prefix);
        }
        if !word(env, 8) {
            return Err(FormatError::Env);
        }
        let head = format!("{prefix}_{env}_").into();
        Ok(Self { head, prefix_len: prefix.len() + 1, checks: vec![check(check_key)?] })
    }

    /// Also takes keys that were made under an earlier check key; up to three.
    ///
    /// # Errors
    ///
    /// Where the key is too short, or one too many.
    pub fn also_checked_by(mut self, earlier: &Secret) -> Result<Self, FormatError> {
        if self.checks.len() >= MAX_CHECK_KEYS {
            return Err(FormatError::CheckKeys);
        }
        self.checks.push(check(earlier.expose())?);
        Ok(self)
    }

    /// Makes a key from the operating system's randomness.
    ///
    /// # Errors
    ///
    /// Where there is none; never a key that can be guessed.
    pub fn mint(&self) -> Result<MintedKey, RandomError> {
        self.mint_from(&OsRandom)
    }

    /// Makes a key from this source of randomness.
    ///
    /// # Errors
    ///
    /// As [`mint`](Self::mint), and where the source repeats itself.
    pub fn mint_from(&self, source: &dyn RandomSource) -> Result<MintedKey, RandomError> {
        let id = KeyId::random(source)?;
        let mut secret = [0; SECRET_LEN];
        alphabet::draw(source, &mut secret)?;
        let mut text = Vec::with_capacity(self.head.len() + BODY_LEN);
        text.extend_from_slice(self.head.as_bytes());
        text.extend_from_slice(id.as_bytes());
        text.extend_from_slice(&secret);
        secret.fill(0);
        let mut tail = [0; CHECK_LEN];
        if let Some(mac) = self.checks.first() {
            alphabet::write(checksum(mac, &text), &mut tail);
        }
        text.extend_from_slice(&tail);
        let hint = Hint::new(&self.head, &tail[CHECK_LEN - 4..]);
        Ok(MintedKey::new(id, text, hint))
    }

    /// Whether something was meant to be a key of this service, in whichever environment; cheap, for sorting credentials.
    #[must_use]
    #[inline]
    pub fn claims(&self, presented: &[u8]) -> bool {
        self.head.as_bytes().get(..self.prefix_len).is_some_and(|prefix| presented.starts_with(prefix))
    }

    /// Reads a key: exact length, prefix and environment, alphabet, and checksum. Looks nothing up; whatever was presented, the
    /// work is bounded by the length of a key.
    ///
    /// # Errors
    ///
    /// Why it is no key of this format.
    pub fn parse<'k>(&self, presented: &'k [u8]) -> Result<ParsedKey<'k>, NoKey> {
        let Some(body) = presented.strip_prefix(self.head.as_bytes()) else {
            return Err(if self.claims(presented) { NoKey::Environment } else { NoKey::Shape });
        };
        if body.len() != BODY_LEN || !alphabet::is_base62(body) {
            return Err(NoKey::Shape);
        }
        let (checked, tail) = presented.split_at(presented.len() - CHECK_LEN);
        let told = alphabet::number(tail).ok_or(NoKey::Shape)?;
        // Numbers are compared in one instruction, and every check key is tried, whichever fits.
        let fits = self.checks.iter().fold(false, |fits, mac| fits | (checksum(mac, checked) == told));
        if !fits {
            return Err(NoKey::Checksum);
        }
        let id = body.get(..KeyId::LEN).and_then(KeyId::from_bytes).ok_or(NoKey::Shape)?;
        Ok(ParsedKey { id, text: presented })
    }

    /// The id, and the rest, of what has the prefix and the length of a key; nothing else of it is checked.
    #[inline]
    pub(crate) fn outline<'k>(&self, presented: &'k [u8]) -> Option<(KeyId, &'k [u8])> {
        let body = presented.strip_prefix(self.head.as_bytes()).filter(|body| body.len() == BODY_LEN)?;
        let (id, rest) = body.split_at_checked(KeyId::LEN)?;
        Some((KeyId::from_bytes(id)?, rest))
    }

    /// A regular expression that finds keys of this format, for scanners of code and logs.
    ///
    /// ```
    /// # let format = palisade_apikey::KeyFormat::with_public_checksum("acme", "live")?;
    /// assert_eq!(format.scanner_regex(), r"\bacme_live_[0-9A-Za-z]{61}\b");
    /// # Ok::<(), palisade_apikey::FormatError>(())
    /// ```
    #[must_use]
    pub fn scanner_regex(&self) -> String {
        format!(r"\b{}[0-9A-Za-z]{{{BODY_LEN}}}\b", self.head)
    }

    /// How long every key is, in bytes.
    #[must_use]
    pub fn key_len(&self) -> usize {
        self.head.len() + BODY_LEN
    }
}

impl fmt::Debug for KeyFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyFormat").field("head", &self.head).finish_non_exhaustive()
    }
}

/// A key whose shape and checksum hold; whether it is anybody's is not known yet.
#[derive(Clone, Copy)]
pub struct ParsedKey<'k> {
    id: KeyId,
    text: &'k [u8],
}

impl<'k> ParsedKey<'k> {
    /// By what its record is found.
    #[must_use]
    pub const fn id(&self) -> KeyId {
        self.id
    }

    /// The whole key, of which the digest is made.
    #[must_use]
    pub const fn expose(&self) -> &'k [u8] {
        self.text
    }
}

impl fmt::Debug for ParsedKey<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ParsedKey({}: [REDACTED])", self.id)
    }
}

/// Why something is no key of this format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum NoKey {
    /// Prefix, length or alphabet are others.
    #[error("malformed_key")]
    Shape,
    /// It is a key of this service, for another environment.
    #[error("key_of_other_environment")]
    Environment,
    /// A character is wrong, or somebody made it up.
    #[error("bad_checksum")]
    Checksum,
}

impl NoKey {
    pub(crate) const fn reason(self) -> &'static str {
        match self {
            Self::Shape => "malformed_key",
            Self::Environment => "key_of_other_environment",
            Self::Checksum => "bad_checksum",
        }
    }
}

/// Why a format cannot be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum FormatError {
    /// The prefix.
    #[error("a prefix is 1 to 16 letters and digits of ASCII, a letter first")]
    Prefix,
    /// The environment.
    #[error("an environment is 1 to 8 letters and digits of ASCII")]
    Env,
    /// The check key.
    #[error("a check key has at least 16 bytes")]
    CheckKey,
    /// Too many check keys.
    #[error("a format has at most {MAX_CHECK_KEYS} check keys; drop the oldest")]
    CheckKeys,
}

/// The keyed hash, set up once; a clone of it costs less than keying it anew.
fn check(key: &[u8]) -> Result<Hmac<Sha256>, FormatError> {
    if key.len() < 16 {
        return Err(FormatError::CheckKey);
    }
    let mut mac = Hmac::<Sha256>::new_from_slice(key).map_err(|_| FormatError::CheckKey)?;
    mac.update(b"palisade api key check 1\0");
    Ok(mac)
}

fn checksum(mac: &Hmac<Sha256>, text: &[u8]) -> u64 {
    let digest = mac.clone().chain_update(text).finalize().into_bytes();
    let front = digest.first_chunk::<8>().map_or(0, |bytes| u64::from_be_bytes(*bytes));
    front % CHECKS
}
