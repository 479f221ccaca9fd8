//! A token that a client is able to send.

use super::error::SettingsError;
use super::origin::Origin;
use super::redacted::Redacted;

/// A bearer token in the shape of RFC 6750 §2.1, neither blank nor padded. Its strength is not judged here.
#[derive(Debug, Clone)]
pub struct Token(Redacted);

impl Token {
    /// Takes the text found at `origin`.
    ///
    /// # Errors
    ///
    /// [`Blank`](SettingsError::Blank), [`Padded`](SettingsError::Padded) or
    /// [`Unsendable`](SettingsError::Unsendable), each naming `origin`.
    pub fn parse(text: Redacted, origin: &Origin) -> Result<Self, SettingsError> {
        let trimmed = text.expose().trim();
        if trimmed.is_empty() {
            return Err(SettingsError::Blank(origin.clone()));
        }
        if trimmed.len() != text.expose().len() {
            return Err(SettingsError::Padded(origin.clone()));
        }
        if !is_b64token(trimmed) {
            return Err(SettingsError::Unsendable(origin.clone()));
        }
        Ok(Self(text))
    }

    /// The token itself, for the place that compares it.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose()
    }
}

fn is_b64token(text: &str) -> bool {
    let body = text.trim_end_matches('=');
    !body.is_empty() && body.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~+/".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Result<(), fn(Origin) -> SettingsError>) {
        let parsed = Token::parse(Redacted::from(text.to_owned()), &Origin::Flag);
        let expected = expected.map_err(|error| error(Origin::Flag));
        assert_eq!(parsed.as_ref().map(|_| &()), expected.as_ref(), "{text:?}");
        if let Ok(token) = parsed {
            assert_eq!(token.expose(), text);
        }
    }

    #[test]
    fn a049_blank_tokens() {
        for text in ["", " ", "\t", "\n", " \r\n ", "\u{a0}", "\u{3000}"] {
            check(text, Err(SettingsError::Blank));
        }
    }

    #[test]
    fn a051_padded_tokens() {
        for text in [" t", "t ", "t\n", "\nt", "t\r\n", "\tt", "t\u{a0}", "my token "] {
            check(text, Err(SettingsError::Padded));
        }
    }

    #[test]
    fn tokens_that_cannot_be_sent() {
        for text in [
            "my token",
            "a\nb",
            "a\0b",
            "tök",
            "a,b",
            "\"a\"",
            "a=b",
            "=",
            "\u{feff}a",
            "a\u{200b}",
            "a\u{fffd}",
        ] {
            check(text, Err(SettingsError::Unsendable));
        }
    }

    #[test]
    fn tokens_that_are_taken_as_they_are() {
        for text in ["my-secret-token", "a", "AZaz09-._~+/", "YQ==", "-leading", "/"] {
            check(text, Ok(()));
        }
    }
}
