//! Whether a shared secret can be guessed.

use crate::{algorithm::Algorithm, key_error::KeyError};
use palisade_core::is_known_secret;

/// Long enough to pass by length, and printed where everybody finds them.
const KNOWN: &[&str] = &[
    "09d25e094faa6ca2556c818166b7a9563b93f7099f6f0f4caa6cf63b88e8d3e7",
    "a-string-secret-at-least-256-bits-long",
    "a-valid-string-secret-that-is-at-least-384-bits-long",
    "a-valid-string-secret-that-is-at-least-512-bits-long-which-is-very-long",
    "change-this-to-a-long-random-string",
    "my-32-character-ultra-secure-and-ultra-long-secret",
    "my-super-secret-key-that-is-at-least-32-characters-long",
    "replace-this-with-a-long-random-secret",
    "this-is-a-very-long-secret-key-for-jwt",
    "your-secret-key-change-in-production",
    "your-secret-key-here-change-in-production",
    "your-super-secret-jwt-token-with-at-least-32-characters-long",
    "your-very-long-secret-key-here-change-me",
];

/// Fewer different bytes than this are a pattern, in 32 bytes or more.
const MIN_DISTINCT: usize = 8;

/// Length as RFC 7518 §3.2 asks, no known example, no repetition.
pub(crate) fn check(algorithm: Algorithm, secret: &[u8]) -> Result<(), KeyError> {
    let needed = match algorithm {
        Algorithm::Hs256 => 32,
        Algorithm::Hs384 => 48,
        Algorithm::Hs512 => 64,
        _ => return Err(KeyError::WrongFamily(algorithm)),
    };
    if is_known(secret) {
        return Err(KeyError::GuessableSecret);
    }
    if secret.len() < needed {
        return Err(KeyError::ShortSecret { algorithm, needed, found: secret.len() });
    }
    if distinct(secret) < MIN_DISTINCT || repeats(secret) {
        return Err(KeyError::GuessableSecret);
    }
    Ok(())
}

fn is_known(secret: &[u8]) -> bool {
    let Ok(text) = str::from_utf8(secret) else { return false };
    let text = text.trim();
    is_known_secret(text) || KNOWN.iter().any(|known| known.eq_ignore_ascii_case(text))
}

fn distinct(secret: &[u8]) -> usize {
    let mut seen = [false; 256];
    secret.iter().for_each(|byte| seen[usize::from(*byte)] = true);
    seen.iter().filter(|there| **there).count()
}

/// Whether it is one piece, at most half of it, over and over.
fn repeats(secret: &[u8]) -> bool {
    (1..=secret.len() / 2)
        .any(|period| secret.iter().zip(secret.iter().skip(period)).all(|(one, other)| one == other))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judge(secret: &str) -> &'static str {
        check(Algorithm::Hs256, secret.as_bytes()).map_or_else(KeyError::as_str, |()| "ok")
    }

    #[test]
    fn a129_secrets_that_can_be_guessed() {
        for (secret, expected) in [
            ("changeme", "guessable_secret"),
            ("your-super-secret-token-change-me", "guessable_secret"),
            ("Your-Super-Secret-Token-Change-Me\n", "guessable_secret"),
            ("09d25e094faa6ca2556c818166b7a9563b93f7099f6f0f4caa6cf63b88e8d3e7", "guessable_secret"),
            ("a-string-secret-at-least-256-bits-long", "guessable_secret"),
            ("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "guessable_secret"),
            ("secretpasswordsecretpasswordsecretpassword", "guessable_secret"),
            ("u5vVlqUIBqbbJEMn2b3Ltw9Y", "short_secret"),
            ("u5vVlqUIBqbbJEMn2b3Ltw9YkQm7ZsP1", "ok"),
        ] {
            assert_eq!(judge(secret), expected, "{secret}");
        }
    }

    #[test]
    fn a129_length_follows_the_hash() {
        let secret = b"u5vVlqUIBqbbJEMn2b3Ltw9YkQm7ZsP1pT4xWcE8yHdK0aRfGjN6iXoLzMvBqSe2";
        for (algorithm, needed) in [(Algorithm::Hs256, 32), (Algorithm::Hs384, 48), (Algorithm::Hs512, 64)] {
            assert_eq!(check(algorithm, &secret[..needed]), Ok(()));
            let short = KeyError::ShortSecret { algorithm, needed, found: needed - 1 };
            assert_eq!(check(algorithm, &secret[..needed - 1]), Err(short));
        }
        assert_eq!(check(Algorithm::Es256, secret), Err(KeyError::WrongFamily(Algorithm::Es256)));
    }
}
