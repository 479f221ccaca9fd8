//! The compact form of a token (RFC 7515 §7.1).

use crate::rejection::Rejection;
use data_encoding::BASE64URL_NOPAD;

/// No token is longer, in bytes.
pub const MAX_TOKEN_LEN: usize = 8_192;

/// The three parts of a token, decoded; nothing in them is believed yet.
#[derive(Debug)]
pub(crate) struct Compact<'t> {
    /// What was signed: header and payload as they were sent.
    pub(crate) signed: &'t [u8],
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
        let part = |from: usize, to: usize| token.get(from..to).filter(|part| !part.is_empty());
        let (Some(header), Some(payload), Some(signature)) =
            (part(0, first), part(first + 1, second), part(second + 1, token.len()))
        else {
            return Err(Rejection::NotCompact);
        };
        let mut decoded = Vec::with_capacity(token.len() / 4 * 3 + 3);
        append(&mut decoded, header)?;
        let header = decoded.len();
        append(&mut decoded, payload)?;
        let payload = decoded.len();
        append(&mut decoded, signature)?;
        Ok(Self { signed: token.get(..second).unwrap_or_default(), decoded, header, payload })
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
