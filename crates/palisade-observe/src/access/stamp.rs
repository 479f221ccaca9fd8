//! Dates in lines.

use palisade_core::UnixTime;
use std::cell::RefCell;

thread_local! {
    /// The second that was written last, and how.
    static LAST: RefCell<(u64, String)> = const { RefCell::new((u64::MAX, String::new())) };
}

/// Appends RFC 3339 in UTC, in milliseconds.
pub(super) fn stamp(out: &mut Vec<u8>, at: UnixTime) {
    let write = |out: &mut Vec<u8>, (second, text): &mut (u64, String)| {
        if *second != at.as_secs() {
            *second = at.as_secs();
            *text = at.rfc3339();
            text.pop();
        }
        out.extend_from_slice(text.as_bytes());
    };
    // A thread that is ending remembers none.
    if LAST.try_with(|last| write(out, &mut last.borrow_mut())).is_err() {
        write(out, &mut (u64::MAX, String::new()));
    }
    let millis = at.as_nanos() / 1_000_000 % 1_000;
    let digit = |place: u64| b'0' + u8::try_from(millis / place % 10).unwrap_or_default();
    out.extend_from_slice(&[b'.', digit(100), digit(10), digit(1), b'Z']);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a292_utc_in_milliseconds() {
        for nanos in [0, 1_795_331_718_250_999_999, 1_795_331_718_999_000_000, 1_795_331_719_001_000_000] {
            let at = UnixTime::from_nanos(nanos);
            let mut out = Vec::new();
            stamp(&mut out, at);
            assert_eq!(String::from_utf8(out).unwrap(), at.rfc3339_millis());
        }
    }
}
