//! A name for one request.

use std::{cell::RefCell, fmt};

/// 128 random bits that name a request in headers, logs and problem documents; no secret and no proof of anything.
///
/// Drawn as a version 4 UUID (RFC 9562 §5.4), and printed as one.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct RequestId([u8; 16]);

/// One call into the operating system serves this many ids of a thread.
const BATCH: usize = 32;

thread_local! {
    static RANDOM: RefCell<([u8; 16 * BATCH], usize)> = const { RefCell::new(([0; 16 * BATCH], 16 * BATCH)) };
}

impl RequestId {
    /// A fresh id.
    #[must_use]
    pub fn random() -> Self {
        let bytes = RANDOM.with_borrow_mut(|(buffer, used)| {
            if *used + 16 > buffer.len() {
                // Without randomness an id is still an id: the old bytes serve again.
                let _ = getrandom::fill(buffer);
                *used = 0;
            }
            let mut id = [0; 16];
            id.copy_from_slice(&buffer[*used..*used + 16]);
            *used += 16;
            id[6] = id[6] & 0x0f | 0x40;
            id[8] = id[8] & 0x3f | 0x80;
            id
        });
        Self(bytes)
    }

    /// An id that another made: 32 hexadecimal digits, or the 36 characters of a UUID of any version; nothing else, so that it can
    /// stand in headers and logs as it is.
    #[must_use]
    pub fn parse(text: &[u8]) -> Option<Self> {
        let mut digits = [0; 32];
        let is_uuid = text.len() == 36;
        if !is_uuid && text.len() != 32 {
            return None;
        }
        let mut at = digits.iter_mut();
        for (place, byte) in text.iter().enumerate() {
            if is_uuid && matches!(place, 8 | 13 | 18 | 23) {
                if *byte != b'-' {
                    return None;
                }
                continue;
            }
            *at.next()? = byte.to_ascii_lowercase();
        }
        let (pairs, _) = digits.as_chunks::<2>();
        let mut id = [0; 16];
        for (byte, [high, low]) in id.iter_mut().zip(pairs) {
            let digit = |digit: u8| char::from(digit).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
            *byte = digit(*high)? << 4 | digit(*low)?;
        }
        Some(Self(id))
    }

    pub(crate) const fn bytes(&self) -> [u8; 16] {
        self.0
    }

    /// The 36 characters of its text form.
    #[must_use]
    pub fn text(&self) -> [u8; 36] {
        const HEX: &[u8; 16] = b"0123456789abcdef";
        let bytes = self.0;
        let mut text = [b'-'; 36];
        let mut at = 0;
        for (index, byte) in bytes.iter().enumerate() {
            if matches!(index, 4 | 6 | 8 | 10) {
                at += 1;
            }
            text[at] = HEX[usize::from(byte >> 4)];
            text[at + 1] = HEX[usize::from(byte & 15)];
            at += 2;
        }
        text
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(std::str::from_utf8(&self.text()).unwrap_or_default())
    }
}

impl fmt::Debug for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn an_id_of_another_is_taken_as_it_is() {
        for (text, expected) in [
            ("0194a3f1-7c2e-7abc-8def-0123456789ab", Some("0194a3f1-7c2e-7abc-8def-0123456789ab")),
            ("0194A3F17C2E7ABC8DEF0123456789AB", Some("0194a3f1-7c2e-7abc-8def-0123456789ab")),
            ("0194a3f1-7c2e-7abc-8def-0123456789a", None),
            ("0194a3f17c2e-7abc-8def-0123456789ab-", None),
            ("0194a3f1_7c2e_7abc_8def_0123456789ab", None),
            ("0194a3f1-7c2e-7abc-8def-0123456789ag", None),
            ("", None),
        ] {
            assert_eq!(
                RequestId::parse(text.as_bytes()).map(|id| id.to_string()).as_deref(),
                expected,
                "{text}"
            );
        }
    }

    #[test]
    fn ids_differ_and_look_like_uuids() {
        let ids: HashSet<String> = (0..1_000).map(|_| RequestId::random().to_string()).collect();
        assert_eq!(ids.len(), 1_000);
        for id in ids {
            let parts: Vec<usize> = id.split('-').map(str::len).collect();
            assert_eq!(parts, [8, 4, 4, 4, 12]);
            assert_eq!(&id[14..15], "4");
            assert!("89ab".contains(&id[19..20]));
        }
    }
}
