//! Whether a token can be guessed.

/// 22 characters of base64url are 128 bits.
pub(super) const MIN_LEN: usize = 22;

/// Words that stand in documents and examples; whoever guesses begins with them.
const KNOWN: &[&str] = &[
    "123456",
    "12345678",
    "access-token",
    "admin",
    "apikey",
    "api-key",
    "api_key",
    "bearer",
    "change-me",
    "change_me",
    "changeit",
    "changeme",
    "default",
    "dev",
    "example",
    "foobar",
    "hunter2",
    "letmein",
    "my-secret-token",
    "mysecrettoken",
    "mytoken",
    "none",
    "null",
    "password",
    "placeholder",
    "qwerty",
    "replace-me",
    "replaceme",
    "root",
    "s3cr3t",
    "secret",
    "secret-key",
    "secret-token",
    "secret_key",
    "secrettoken",
    "supersecret",
    "test",
    "test-token",
    "testtoken",
    "todo",
    "token",
    "undefined",
    "xxx",
    "your-api-key",
    "your-api-key-here",
    "your-secret-key",
    "your-secret-key-here",
    "your-secret-token",
    "your-secret-token-here",
    "your-super-secret-token-change-me",
    "your-token",
    "your-token-here",
    "your_secret_key",
    "yourtoken",
];

/// Whether this stands in documents and examples, in any case; for other kinds of secret.
#[must_use]
pub fn is_known_secret(secret: &str) -> bool {
    KNOWN.iter().any(|known| known.eq_ignore_ascii_case(secret))
}

/// What is wrong with a token's strength.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Weakness {
    Short,
    Known,
    Uniform,
}

pub(super) fn weakness(token: &str) -> Option<Weakness> {
    if is_known_secret(token) {
        return Some(Weakness::Known);
    }
    if token.len() < MIN_LEN {
        return Some(Weakness::Short);
    }
    let mut seen = [false; 256];
    token.bytes().for_each(|byte| seen[usize::from(byte)] = true);
    // A random token of this length has far more than seven different characters; a row of one key has not.
    (seen.iter().filter(|there| **there).count() < 8).then_some(Weakness::Uniform)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a050_weak_tokens() {
        for (token, expected) in [
            ("changeme", Some(Weakness::Known)),
            ("ChangeMe", Some(Weakness::Known)),
            ("my-secret-token", Some(Weakness::Known)),
            ("your-secret-token-here", Some(Weakness::Known)),
            ("u5vVlqUIBqbbJEMn2b3Lt", Some(Weakness::Short)),
            ("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", Some(Weakness::Uniform)),
            ("u5vVlqUIBqbbJEMn2b3Ltw", None),
        ] {
            assert_eq!(weakness(token), expected, "{token}");
        }
    }
}
