//! Keys in texts of others.

use super::{BODY_LEN, KeyFormat};
use crate::alphabet;
use palisade_core::Recogniser;

/// Knows keys of this prefix in every environment by their shape, so that logs can mask them.
///
/// ```
/// use palisade_apikey::KeyFormat;
/// use palisade_core::Recogniser as _;
///
/// let format = KeyFormat::with_public_checksum("acme", "live")?;
/// assert!(format.recognises(format.mint()?.expose()));
/// assert!(!format.recognises("acme_live_docs"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
impl Recogniser for KeyFormat {
    fn recognises(&self, word: &str) -> bool {
        // Checksum or not: a key with a character too few or too many is all but the key.
        let Some((env, body)) = word.get(self.prefix_len..).and_then(|rest| rest.split_once('_')) else {
            return false;
        };
        self.claims(word.as_bytes())
            && env.len() <= 8
            && body.len() >= BODY_LEN - 1
            && alphabet::is_base62(body.as_bytes())
    }
}
