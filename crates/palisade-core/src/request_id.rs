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
    // Not inlined: text that is there as a whole is checked sixteen characters at a time, and one by one where it is still in the making.
    #[must_use]
    #[inline(never)]
    pub fn text(&self) -> [u8; 36] {
        let [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p] = self.0;
        let [one, two, three, four] =
            [digits([a, b, c, d]), digits([e, f, g, h]), digits([i, j, k, l]), digits([m, n, o, p])];
        let mut text = [b'-'; 36];
        text[..8].copy_from_slice(&one);
        text[9..13].copy_from_slice(&two[..4]);
        text[14..18].copy_from_slice(&two[4..]);
        text[19..23].copy_from_slice(&three[..4]);
        text[24..28].copy_from_slice(&three[4..]);
        text[28..].copy_from_slice(&four);
        text
    }
}

/// The eight hexadecimal digits of four bytes, all at once: each half of a byte in a byte of its own, and to each of them `0`, and what
/// lies between `9` and `a` where it is ten or more.
const fn digits(bytes: [u8; 4]) -> [u8; 8] {
    const ONES: u64 = 0x0101_0101_0101_0101;
    let mut halves = u32::from_be_bytes(bytes) as u64;
    halves = (halves | halves << 16) & 0x0000_ffff_0000_ffff;
    halves = (halves | halves << 8) & 0x00ff_00ff_00ff_00ff;
    halves = (halves | halves << 4) & 0x0f0f_0f0f_0f0f_0f0f;
    let letters = ((halves + 6 * ONES) >> 4) & ONES;
    (halves + b'0' as u64 * ONES + (b'a' - b'9' - 1) as u64 * letters).to_be_bytes()
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
    fn every_byte_has_its_two_digits() {
        for byte in 0..=255_u8 {
            let id = RequestId([byte; 16]);
            let (text, pair) = (id.to_string(), format!("{byte:02x}"));
            assert_eq!(text, format!("{0}-{1}-{1}-{1}-{2}", pair.repeat(4), pair.repeat(2), pair.repeat(6)));
        }
        let id = RequestId::parse(b"0194a3f17c2e7abc8def0123456789ab").unwrap();
        assert_eq!(id.to_string(), "0194a3f1-7c2e-7abc-8def-0123456789ab");
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
