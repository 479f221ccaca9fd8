//! A name for one request.

use std::{cell::RefCell, fmt};

/// 128 random bits that name a request in headers, logs and problem documents; no secret and no proof of anything.
///
/// Printed as a version 4 UUID (RFC 9562 §5.4).
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
            id
        });
        Self(bytes)
    }

    /// The 36 characters of its text form.
    #[must_use]
    pub fn text(&self) -> [u8; 36] {
        const HEX: &[u8; 16] = b"0123456789abcdef";
        let mut bytes = self.0;
        bytes[6] = bytes[6] & 0x0f | 0x40;
        bytes[8] = bytes[8] & 0x3f | 0x80;
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
