//! The compact form of a token (RFC 7515 §7.1).

use crate::rejection::Rejection;
use data_encoding::BASE64URL_NOPAD;
use std::borrow::Cow;

/// No token is longer, in bytes.
pub const MAX_TOKEN_LEN: usize = 8_192;

/// The three parts of a token, decoded; nothing in them is believed yet.
pub(crate) struct Compact<'t> {
    /// What was signed: header and payload as they were sent.
    pub(crate) signed: Cow<'t, [u8]>,
    decoded: Vec<u8>,
    header: usize,
    payload: usize,
}

impl<'t> Compact<'t> {
    pub(crate) fn parse(token: &'t str) -> Result<Self, Rejection> {
        let token = token.as_bytes();
        if token.len() > MAX_TOKEN_LEN {
            return Err(Rejection::TooLong);
        }
        // JSON serialisation (RFC 7515 §7.2) is another form, whatever dots stand in it.
        if token.first() == Some(&b'{') {
            return Err(Rejection::NotCompact);
        }
        // At most five parts are looked for, however many dots there are.
        let mut dots = token.iter().enumerate().filter(|(_, byte)| **byte == b'.').map(|(at, _)| at);
        let (Some(first), Some(second)) = (dots.next(), dots.next()) else {
            return Err(Rejection::NotCompact);
        };
        match (dots.next(), dots.next(), dots.next()) {
            (None, ..) => {}
            (Some(_), Some(_), None) => return Err(Rejection::Encrypted),
            _ => return Err(Rejection::NotCompact),
        }
        let part = |from: usize, to: usize| token.get(from..to).unwrap_or_default();
        let (header, payload) = (part(0, first), part(first + 1, second));
        let signature = part(second + 1, token.len());
        if header.is_empty() || signature.is_empty() {
            return Err(Rejection::NotCompact);
        }
        let mut decoded = Vec::with_capacity(token.len() / 4 * 3 + 3);
        append(&mut decoded, header)?;
        let header = decoded.len();
        append(&mut decoded, payload)?;
        let payload = decoded.len();
        append(&mut decoded, signature)?;
        Ok(Self { signed: Cow::Borrowed(part(0, second)), decoded, header, payload })
    }

    /// The same, whatever becomes of the text that it was read from.
    pub(crate) fn into_owned(self) -> Compact<'static> {
        let Self { signed, decoded, header, payload } = self;
        Compact { signed: Cow::Owned(signed.into_owned()), decoded, header, payload }
    }

    pub(crate) fn header(&self) -> &[u8] {
        self.decoded.get(..self.header).unwrap_or_default()
    }

    pub(crate) fn payload(&self) -> &[u8] {
        self.decoded.get(self.header..self.payload).unwrap_or_default()
    }

    pub(crate) fn signature(&self) -> &[u8] {
        self.decoded.get(self.payload..).unwrap_or_default()
    }
}

/// One text for one value: no padding, no line breaks, no bits that mean nothing.
fn append(decoded: &mut Vec<u8>, part: &[u8]) -> Result<(), Rejection> {
    let length = BASE64URL_NOPAD.decode_len(part.len()).map_err(|_| Rejection::NotCompact)?;
    let start = decoded.len();
    decoded.resize(start + length, 0);
    let place = decoded.get_mut(start..).unwrap_or_default();
    BASE64URL_NOPAD.decode_mut(part, place).map_err(|_| Rejection::NotCompact)?;
    Ok(())
}
