//! A token in the one moment when it is known.

use std::fmt;

use data_encoding::BASE64URL_NOPAD;
use zeroize::Zeroizing;

use super::record::TokenDigest;

/// Makes a token recognisable to people and to scanners for leaked secrets.
const PREFIX: &str = "inference_";

/// A token of 256 random bits as `inference_` and 43 characters of base64url.
///
/// It has no `Display`, no `Serialize` and a redacted `Debug`; its memory is wiped when it is dropped.
pub struct NewToken(Zeroizing<String>);

impl NewToken {
    pub(super) fn random() -> Result<Self, getrandom::Error> {
        let mut bits = Zeroizing::new([0; 32]);
        getrandom::fill(bits.as_mut_slice())?;
        // The whole length at once: growing would leave copies behind that are not wiped.
        let mut text = Zeroizing::new(String::with_capacity(PREFIX.len() + 43));
        text.push_str(PREFIX);
        BASE64URL_NOPAD.encode_append(bits.as_slice(), &mut text);
        Ok(Self(text))
    }

    /// The token itself, to be shown once.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// What is stored in its place.
    #[must_use]
    pub fn digest(&self) -> TokenDigest {
        TokenDigest::of(self.expose())
    }
}

impl fmt::Debug for NewToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NewToken([redacted])")
    }
}

#[cfg(test)]
mod tests {
    use super::NewToken;

    #[test]
    fn tokens_are_long_new_and_safe_in_a_header_and_a_shell() {
        let (one, other) = (NewToken::random().unwrap(), NewToken::random().unwrap());
        assert_ne!(one.expose(), other.expose());
        let secret = one.expose().strip_prefix("inference_").unwrap();
        assert_eq!(secret.len(), 43);
        assert!(secret.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte)));
    }

    #[test]
    fn debug_shows_nothing() {
        assert_eq!(format!("{:?}", NewToken::random().unwrap()), "NewToken([redacted])");
    }
}
