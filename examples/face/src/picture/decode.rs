//! Decoding within bounds.

use super::error::PictureError;
use image::{DynamicImage, ImageDecoder as _, ImageFormat, ImageReader, Limits, RgbImage};
use std::io::Cursor;

/// The most pixels on either side of a picture.
pub const MAX_SIDE: u32 = 4096;
/// The most pixels of a picture. A progressive JPEG takes six bytes for each while it is decoded, beside the result.
pub const MAX_PIXELS: u64 = 12_000_000;
/// The most memory for the pixels of a picture: 64 MiB.
pub const MAX_DECODE_BYTES: u64 = 64 * 1024 * 1024;
/// Every picture is compared at this width and height.
pub const SIDE: u32 = 64;

/// A decoded picture, scaled to [`SIDE`] by [`SIDE`] pixels: whatever it weighed, it weighs 12 KiB now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture(RgbImage);

impl Picture {
    /// Decodes a PNG or JPEG file, told apart by its first bytes, and turns it as its camera says. Dimensions and memory are
    /// checked before pixels are allocated; transparency is dropped.
    ///
    /// # Errors
    ///
    /// A [`PictureError`] for anything but a whole picture within [`MAX_SIDE`], [`MAX_PIXELS`] and [`MAX_DECODE_BYTES`].
    pub fn decode(file: &[u8]) -> Result<Self, PictureError> {
        let format = match image::guess_format(file) {
            Ok(format @ (ImageFormat::Png | ImageFormat::Jpeg)) => format,
            _ => return Err(PictureError::NotAPicture),
        };
        if format == ImageFormat::Jpeg && !jpeg_ends(file) {
            return Err(PictureError::Truncated);
        }
        let mut limits = Limits::no_limits();
        limits.max_image_width = Some(MAX_SIDE);
        limits.max_image_height = Some(MAX_SIDE);
        limits.max_alloc = Some(MAX_DECODE_BYTES);
        let mut reader = ImageReader::with_format(Cursor::new(file), format);
        reader.limits(limits.clone());
        let mut decoder = reader.into_decoder()?;
        let (width, height) = decoder.dimensions();
        if u64::from(width) * u64::from(height) > MAX_PIXELS {
            return Err(PictureError::TooLarge);
        }
        limits.reserve(decoder.total_bytes())?;
        decoder.set_limits(limits)?;
        let turned = decoder.orientation()?;
        let mut image = DynamicImage::from_decoder(decoder)?;
        if image.width() == 0 || image.height() == 0 {
            return Err(PictureError::Undecodable);
        }
        image = image.thumbnail_exact(SIDE, SIDE);
        image.apply_orientation(turned);
        Ok(Self(image.to_rgb8()))
    }

    pub(super) fn pixels(&self) -> &RgbImage {
        &self.0
    }
}

/// Whether a JPEG's end marker comes after its last scan (ITU-T T.81, annex B). The decoder fills a cut-off file up with grey,
/// and would compare that.
fn jpeg_ends(file: &[u8]) -> bool {
    let last = |marker: u8| file.windows(2).rposition(|pair| pair == [0xFF, marker]);
    match (last(START_OF_SCAN), last(END_OF_IMAGE)) {
        (Some(scan), Some(end)) => scan < end,
        _ => false,
    }
}

const START_OF_SCAN: u8 = 0xDA;
const END_OF_IMAGE: u8 = 0xD9;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::picture::drawing::{Face, jpeg, png};
    use proptest::prelude::*;

    #[track_caller]
    fn check(file: &[u8], expected: Result<(), PictureError>) {
        assert_eq!(Picture::decode(file).map(|_| ()), expected);
    }

    #[test]
    fn pictures_of_both_formats_and_nothing_else() {
        let face = Face::ADA.draw(40, 30);
        check(&png(&face), Ok(()));
        check(&jpeg(&face, 80), Ok(()));
        check(&png(&Face::ADA.draw(1, 1)), Ok(()));
        for other in
            [&b""[..], b"no picture", b"GIF89a\x01\0\x01\0\0\0\0;", b"BM", b"\xFF\xD8", b"\x89PNG\r\n\x1a\n"]
        {
            assert!(Picture::decode(other).is_err(), "{other:02x?}");
        }
    }

    #[test]
    fn every_prefix_is_an_error() {
        let face = Face::BOB.draw(24, 24);
        for file in [png(&face), jpeg(&face, 50)] {
            for end in 0..file.len() - 12 {
                assert!(Picture::decode(&file[..end]).is_err(), "{end} of {}", file.len());
            }
        }
    }

    #[test]
    fn a_bomb_is_refused_before_it_is_unpacked() {
        // A header that promises pixels is enough: nothing is allocated for them.
        let header = |width: u32, height: u32, depth: u8, colour: u8| {
            let mut file = png(&Face::ADA.draw(8, 8));
            file[16..20].copy_from_slice(&width.to_be_bytes());
            file[20..24].copy_from_slice(&height.to_be_bytes());
            (file[24], file[25]) = (depth, colour);
            let sum = crc32(&file[12..29]);
            file[29..33].copy_from_slice(&sum.to_be_bytes());
            file
        };
        check(&header(4097, 1, 8, 2), Err(PictureError::TooLarge));
        check(&header(1, 4097, 8, 2), Err(PictureError::TooLarge));
        check(&header(u32::MAX >> 1, u32::MAX >> 1, 8, 2), Err(PictureError::TooLarge));
        check(&header(4096, 4096, 8, 0), Err(PictureError::TooLarge));
        // Under the bound on pixels, over the one on memory: eight bytes a pixel.
        check(&header(3000, 3000, 16, 6), Err(PictureError::TooLarge));
    }

    /// CRC-32 as PNG has it (ISO 3309).
    fn crc32(bytes: &[u8]) -> u32 {
        !bytes.iter().fold(!0, |sum, byte| {
            (0..8).fold(sum ^ u32::from(*byte), |sum, _| (sum >> 1) ^ (0xEDB8_8320 * (sum & 1)))
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn damaged_files_are_survived(at in 0_usize..4000, byte: u8, quality in 1_u8..=100) {
            for mut file in [png(&Face::ADA.draw(32, 32)), jpeg(&Face::ADA.draw(32, 32), quality)] {
                let at = at % file.len();
                file[at] = byte;
                let _ = Picture::decode(&file);
            }
        }
    }
}
