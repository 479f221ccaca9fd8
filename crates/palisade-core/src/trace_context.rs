//! Where a request belongs in a distributed trace.

use crate::request_id::RequestId;
use std::fmt;

/// One place in a trace: what `traceparent` says (W3C Trace Context, §3.2).
///
/// ```
/// use palisade_core::TraceContext;
///
/// let sent = TraceContext::parse(b"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01").unwrap();
/// let ours = sent.child();
/// assert_eq!(ours.trace_id(), sent.trace_id());
/// assert!(ours.is_sampled() && ours.parent_id() != sent.parent_id());
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct TraceContext {
    trace: [u8; 16],
    parent: [u8; 8],
    flags: u8,
}

/// As long as version 00 is.
const LENGTH: usize = 55;
const SAMPLED: u8 = 1;
/// More than any later version will have; longer ones are no header of ours.
const LONGEST: usize = 256;

impl TraceContext {
    /// A new trace, not sampled: whether it is recorded is for whoever stands in front to say.
    #[must_use]
    pub fn random() -> Self {
        Self { trace: RequestId::random().bytes(), parent: fresh(), flags: 0 }
    }

    /// The value of one `traceparent` header; strict: lower case, no ids of zeros, nothing after the flags in version 00, and a
    /// later version only where what it adds is set off by `-`.
    #[must_use]
    pub fn parse(value: &[u8]) -> Option<Self> {
        let (known, rest) = value.split_at_checked(LENGTH)?;
        let &[v1, v2, b'-', ref known @ ..] = known else { return None };
        let version = pair(v1, v2)?;
        match (version, rest) {
            (0xff, _) => return None,
            (0, []) => {}
            (0, _) => return None,
            (_, [] | [b'-', ..]) if value.len() <= LONGEST => {}
            _ => return None,
        }
        let (trace, known) = known.split_at_checked(32)?;
        let (parent, flags) = known.strip_prefix(b"-")?.split_at_checked(16)?;
        let [flags] = bytes(flags.strip_prefix(b"-")?)?;
        let (trace, parent): ([u8; 16], [u8; 8]) = (bytes(trace)?, bytes(parent)?);
        let is_zero = trace == [0; 16] || parent == [0; 8];
        // Flags of later versions mean what nobody knows yet; two are known.
        let flags = flags & 3;
        (!is_zero).then_some(Self { trace, parent, flags })
    }

    /// Another place in the same trace, drawn at random.
    #[must_use]
    pub fn child(&self) -> Self {
        Self { parent: fresh(), ..*self }
    }

    /// The 32 characters that name the trace.
    #[must_use]
    pub fn trace_id(&self) -> [u8; 32] {
        text(&self.trace)
    }

    /// The 16 characters that name the place in it.
    #[must_use]
    pub fn parent_id(&self) -> [u8; 16] {
        text(&self.parent)
    }

    /// Whether it is recorded.
    #[must_use]
    pub const fn is_sampled(&self) -> bool {
        self.flags & SAMPLED != 0
    }

    /// The value of a `traceparent` header, version 00.
    #[must_use]
    pub fn text(&self) -> [u8; LENGTH] {
        let mut out = [b'-'; LENGTH];
        let [flags_high, flags_low]: [u8; 2] = text(&[self.flags]);
        let (trace, parent) = (self.trace_id(), self.parent_id());
        let parts = b"00-".iter().chain(&trace).chain(b"-").chain(&parent).chain(b"-");
        for (place, byte) in out.iter_mut().zip(parts.chain(&[flags_high, flags_low])) {
            *place = *byte;
        }
        out
    }
}

impl fmt::Display for TraceContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(std::str::from_utf8(&self.text()).unwrap_or_default())
    }
}

impl fmt::Debug for TraceContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

fn fresh() -> [u8; 8] {
    let [a, b, c, d, e, f, _, g, _, h, ..] = RequestId::random().bytes();
    // Zeros would be no id; what comes out instead is as good as any.
    if [a, b, c, d, e, f, g, h] == [0; 8] { [1; 8] } else { [a, b, c, d, e, f, g, h] }
}

fn text<const N: usize, const M: usize>(bytes: &[u8; N]) -> [u8; M] {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    let mut out = [b'0'; M];
    for (pair, byte) in out.chunks_exact_mut(2).zip(bytes) {
        pair.copy_from_slice(&[HEX[usize::from(byte >> 4)], HEX[usize::from(byte & 15)]]);
    }
    out
}

/// So many bytes, of twice as many lower-case digits.
pub(crate) fn bytes<const N: usize>(digits: &[u8]) -> Option<[u8; N]> {
    let (pairs, rest) = digits.as_chunks::<2>();
    if pairs.len() != N || !rest.is_empty() {
        return None;
    }
    let mut out = [0; N];
    for (byte, [high, low]) in out.iter_mut().zip(pairs) {
        *byte = pair(*high, *low)?;
    }
    Some(out)
}

fn pair(high: u8, low: u8) -> Option<u8> {
    Some(digit(high)? << 4 | digit(low)?)
}

const fn digit(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const GOOD: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    fn check(value: &str, expected: Option<&str>) {
        let found = TraceContext::parse(value.as_bytes()).map(|found| found.to_string());
        assert_eq!(found.as_deref(), expected, "{value}");
    }

    #[test]
    fn only_what_the_standard_says() {
        check(GOOD, Some(GOOD));
        let zero_flags = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00";
        check(zero_flags, Some(zero_flags));
        for bad in [
            "",
            "00",
            "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
            "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "0g-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00_4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736_00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01 ",
            " 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01x",
        ] {
            check(bad, None);
        }
        // A later version is read as far as it is known.
        check("cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more", Some(GOOD));
        check("cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-fd", Some(GOOD));
        check(&format!("cc{}-{}", &GOOD[2..], "x".repeat(300)), None);
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(_ in 0..64) {
            let context = TraceContext::random();
            prop_assert_eq!(TraceContext::parse(&context.text()), Some(context));
            prop_assert_eq!(context.child().trace_id(), context.trace_id());
        }

        #[test]
        fn bytes_of_strangers_never_panic(value in proptest::collection::vec(any::<u8>(), 0..80)) {
            if let Some(found) = TraceContext::parse(&value) {
                prop_assert_eq!(TraceContext::parse(&found.text()), Some(found));
            }
        }
    }
}
