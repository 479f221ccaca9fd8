//! Refresh tokens as text.

use crate::login::id::FamilyId;
use data_encoding::BASE64URL_NOPAD;
use palisade_core::{CredentialDigest, Secret};
use zeroize::Zeroizing;

/// A refresh token: the id of its family and 256 random bits. `prt_` and 64 characters of base64url.
pub(crate) struct RefreshToken {
    pub(crate) family: FamilyId,
    pub(crate) digest: CredentialDigest,
}

const PREFIX: &str = "prt_";
const ID: usize = 16;
const LEN: usize = ID + 32;

impl RefreshToken {
    /// A new one of this family, and its text.
    pub(crate) fn draw(family: FamilyId) -> Result<(Self, Secret), getrandom::Error> {
        let mut bytes = Zeroizing::new([0; LEN]);
        let (id, secret) = bytes.split_at_mut(ID);
        id.copy_from_slice(family.as_bytes());
        getrandom::fill(secret)?;
        let text = Secret::new(format!("{PREFIX}{}", BASE64URL_NOPAD.encode(&*bytes)));
        Ok((Self { family, digest: CredentialDigest::of(text.expose()) }, text))
    }

    /// Takes a text apart; `None` where it is none of ours.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let encoded = text.strip_prefix(PREFIX)?;
        if encoded.len() != LEN / 3 * 4 {
            return None;
        }
        let bytes = Zeroizing::new(BASE64URL_NOPAD.decode(encoded.as_bytes()).ok()?);
        let id = bytes.get(..ID)?.try_into().ok()?;
        Some(Self { family: FamilyId::from_bytes(id), digest: CredentialDigest::of(text.as_bytes()) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_read_back_and_nothing_else_is() {
        let family = FamilyId::random().unwrap();
        let (token, text) = RefreshToken::draw(family).unwrap();
        let text = std::str::from_utf8(text.expose()).unwrap();
        let read = RefreshToken::parse(text).unwrap();
        assert_eq!((read.family, read.digest), (family, token.digest));
        let (_, other) = RefreshToken::draw(family).unwrap();
        assert!(!other.matches(text.as_bytes()));
        for bad in [
            "",
            "prt_",
            &text[4..],
            &text[..67],
            &format!("{text}A"),
            &text.replace("prt_", "PRT_"),
            &format!("prt_{}", "ä".repeat(32)),
        ] {
            assert!(RefreshToken::parse(bad).is_none(), "{bad}");
        }
    }
}
