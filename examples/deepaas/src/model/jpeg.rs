//! What must be known of a JPEG file before it is decoded.
//!
//! The decoder fills a cut-off file up with grey, and the working memory it takes for a progressive file is not
//! counted in its limits. Both can be read off the markers (ITU-T T.81, annex B).

/// What the markers tell.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Markers {
    /// All coefficients are kept in memory until the last scan.
    pub(super) progressive: bool,
    /// The end-of-image marker was reached.
    pub(super) ended: bool,
}

const FILL: u8 = 0xFF;
const STUFFING: u8 = 0x00;
const TEM: u8 = 0x01;
const RST0: u8 = 0xD0;
const RST7: u8 = 0xD7;
const SOF2: u8 = 0xC2;
const EOI: u8 = 0xD9;
const SOS: u8 = 0xDA;

impl Markers {
    /// Walks over the markers of a file that begins with a start-of-image marker, in one pass.
    pub(super) fn of(file: &[u8]) -> Self {
        let mut found = Self::default();
        let mut scanning = false;
        let mut rest = file.get(2..).unwrap_or_default();
        while let Some(marker) = next_marker(&mut rest, scanning) {
            match marker {
                EOI => return Self { ended: true, ..found },
                STUFFING | TEM | RST0..=RST7 if scanning => continue,
                SOF2 => found.progressive = true,
                SOS => scanning = true,
                _ => {}
            }
            let length =
                rest.first_chunk().map_or(usize::MAX, |&bytes| usize::from(u16::from_be_bytes(bytes)));
            rest = rest.get(length..).unwrap_or_default();
        }
        found
    }
}

/// Skips to the byte after the next `FF`. Before the first scan `00` is skipped like a fill byte, as the decoder does.
fn next_marker(rest: &mut &[u8], scanning: bool) -> Option<u8> {
    let start = rest.iter().position(|&byte| byte == FILL)?;
    let after = rest.get(start + 1..)?;
    let skip = after.iter().position(|&byte| byte != FILL && (scanning || byte != STUFFING))?;
    let marker = after.get(skip).copied();
    *rest = after.get(skip + 1..)?;
    marker
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::drawing::{gradient, jpeg};

    #[track_caller]
    fn check(after_start: &[u8], progressive: bool, ended: bool) {
        let file = [&[0xFF, 0xD8], after_start].concat();
        assert_eq!(Markers::of(&file), Markers { progressive, ended }, "{after_start:02x?}");
    }

    #[test]
    fn reads_the_markers() {
        check(&[], false, false);
        check(&[0xFF, 0xD9], false, true);
        check(&[0xFF, 0xFF, 0xFF, 0xD9], false, true);
        check(&[0xFF, 0xC0, 0, 3, 9, 0xFF, 0xD9], false, true);
        check(&[0xFF, 0xC2, 0, 3, 9, 0xFF, 0xD9], true, true);
        check(&[0xFF, 0, 0xC2, 0, 3, 9, 0xFF, 0xD9], true, true);
        // An end marker inside a segment (a thumbnail) is not the end.
        check(&[0xFF, 0xE1, 0, 4, 0xFF, 0xD9], false, false);
        check(&[0xFF, 0xE1, 0, 4, 0xFF, 0xD9, 0xFF, 0xD9], false, true);
        // Stuffing and restart markers belong to the scan; what follows it may be another segment.
        check(&[0xFF, 0xDA, 0, 2, 1, 0xFF, 0, 0xC2, 0xFF, 0xD0, 7, 0xFF, 0xD9], false, true);
        check(&[0xFF, 0xDA, 0, 2, 1, 0xFF, 0xC4, 0, 4, 0xFF, 0xD9, 0xFF, 0xD9], false, true);
        // Lengths that lead nowhere.
        check(&[0xFF, 0xE0], false, false);
        check(&[0xFF, 0xE0, 0xFF, 0xFF, 0xFF, 0xD9], false, false);
        check(&[0xFF, 0xFF], false, false);
    }

    #[test]
    fn an_encoded_picture_ends_and_every_prefix_does_not() {
        let file = jpeg(&gradient(40, 30));
        assert_eq!(Markers::of(&file), Markers { progressive: false, ended: true });
        for end in 0..file.len() {
            assert!(!Markers::of(&file[..end]).ended, "{end} of {}", file.len());
        }
    }
}
