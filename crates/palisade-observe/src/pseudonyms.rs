//! Names in place of e-mail addresses.

use palisade_core::{KeyHasher, Secret};

/// Why there are no pseudonyms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NoHasher {
    ShortSecret,
    Randomness,
}

/// What makes pseudonyms: the same in every process with this secret; without one, for as long as this process lives.
pub(crate) fn hasher(secret: Option<&Secret>) -> Result<KeyHasher, NoHasher> {
    let Some(secret) = secret else {
        return KeyHasher::random("pseudonyms").map_err(|_| NoHasher::Randomness);
    };
    // Hashed down to a seed with a constant hasher: all of the secret counts, whatever its length.
    let secret = secret.expose();
    if secret.len() < 16 {
        return Err(NoHasher::ShortSecret);
    }
    let seed = *KeyHasher::seeded(&[0; 16], "access log").key(&[secret]).as_bytes();
    Ok(KeyHasher::seeded(&seed, "pseudonyms"))
}
