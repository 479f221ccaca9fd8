//! The compact form of a token (RFC 7515 §7.1).

use crate::{base64url, recent_header::SentHeader, rejection::Rejection};
use std::borrow::Cow;

/// No token is longer, in bytes.
pub const MAX_TOKEN_LEN: usize = 8_192;

/// What was signed and with what; nothing in it is believed yet.
pub(crate) struct Compact<'t> {
    /// Header and payload as they were sent.
    pub(crate) signed: Cow<'t, [u8]>,
    signature: Signature,
}

/// The three parts of a token, decoded.
pub(crate) struct Parts<'t> {
    pub(crate) header: SentHeader<'t>,
    pub(crate) payload: Vec<u8>,
    pub(crate) compact: Compact<'t>,
}

impl<'t> Compact<'t> {
    pub(crate) fn parse(token: &'t str) -> Result<Parts<'t>, Rejection> {
        if token.len() > MAX_TOKEN_LEN {
            return Err(Rejection::TooLong);
        }
        // JSON serialisation (RFC 7515 §7.2) is another form, whatever dots stand in it.
        if token.starts_with('{') {
            return Err(Rejection::NotCompact);
        }
        Self::split(token).ok_or_else(|| malformed(token))
    }

    /// The first part, the last, and what is between: a third dot would stand there, and is no base64url.
    fn split(token: &'t str) -> Option<Parts<'t>> {
        let (signed, signature) = token.rsplit_once('.')?;
        let (header, payload) = signed.split_once('.')?;
        if header.is_empty() || signature.is_empty() {
            return None;
        }
        let header = SentHeader::decode(header.as_bytes())?;
        let payload = base64url::decode(payload.as_bytes())?;
        let signature = Signature::decode(signature.as_bytes())?;
        Some(Parts { header, payload, compact: Self { signed: Cow::Borrowed(signed.as_bytes()), signature } })
    }

    /// The same, whatever becomes of the text that it was read from.
    pub(crate) fn into_owned(self) -> Compact<'static> {
        let Self { signed, signature } = self;
        Compact { signed: Cow::Owned(signed.into_owned()), signature }
    }

    pub(crate) fn signature(&self) -> &[u8] {
        match &self.signature {
            Signature::Short { bytes, len } => bytes.get(..*len).unwrap_or_default(),
            Signature::Long(bytes) => bytes,
        }
    }
}

/// Five parts are an encrypted token (RFC 7516 §7.1), whatever they are made of; no more are looked for.
#[cold]
fn malformed(token: &str) -> Rejection {
    if token.split('.').take(6).count() == 5 { Rejection::Encrypted } else { Rejection::NotCompact }
}

/// As long as those of most algorithms are; only RSA's and ES512's are longer.
const SHORT: usize = 64;

enum Signature {
    Short { bytes: [u8; SHORT], len: usize },
    Long(Vec<u8>),
}

impl Signature {
    fn decode(text: &[u8]) -> Option<Self> {
        let len = base64url::decoded_len(text.len())?;
        let mut bytes = [0; SHORT];
        match bytes.get_mut(..len) {
            Some(place) => base64url::decode_to(text, place).then_some(Self::Short { bytes, len }),
            None => base64url::decode(text).map(Self::Long),
        }
    }
}
