//! Decoding within bounds.

use super::error::PictureError;
use super::jpeg::Markers;
use image::{DynamicImage, ImageDecoder as _, ImageFormat, ImageReader, Limits, RgbImage};
use std::io::Cursor;

/// The most pixels on either side of a picture.
pub const MAX_SIDE: u32 = 4096;
/// The most memory for decoding a picture: 64 MiB, beside the file itself.
pub const MAX_DECODE_BYTES: u64 = 64 * 1024 * 1024;

/// A progressive JPEG keeps a 16-bit coefficient for each 8-bit sample.
const PROGRESSIVE_BYTES_PER_SAMPLE: u64 = 2;

/// A decoded picture with at least one pixel.
#[derive(Debug, Clone)]
pub struct Picture(DynamicImage);

impl Picture {
    /// Decodes a PNG or JPEG file, told apart by its first bytes. Dimensions and memory are checked before the pixels
    /// are allocated.
    ///
    /// # Errors
    ///
    /// A [`PictureError`] for anything but a whole picture of at most [`MAX_SIDE`] pixels on a side that decodes in
    /// [`MAX_DECODE_BYTES`].
    pub fn decode(file: &[u8]) -> Result<Self, PictureError> {
        let format = match image::guess_format(file) {
            Ok(format @ (ImageFormat::Png | ImageFormat::Jpeg)) => format,
            _ => return Err(PictureError::NotAnImage),
        };
        let mut progressive = false;
        if format == ImageFormat::Jpeg {
            let markers = Markers::of(file);
            if !markers.ended {
                return Err(PictureError::Truncated);
            }
            progressive = markers.progressive;
        }

        let mut limits = Limits::no_limits();
        limits.max_image_width = Some(MAX_SIDE);
        limits.max_image_height = Some(MAX_SIDE);
        limits.max_alloc = Some(MAX_DECODE_BYTES);
        let mut reader = ImageReader::with_format(Cursor::new(file), format);
        reader.limits(limits.clone());
        let mut decoder = reader.into_decoder()?;
        limits.reserve(decoder.total_bytes())?;
        if progressive {
            limits.reserve(decoder.total_bytes().saturating_mul(PROGRESSIVE_BYTES_PER_SAMPLE))?;
        }
        decoder.set_limits(limits)?;
        let image = DynamicImage::from_decoder(decoder)?;
        if image.width() == 0 || image.height() == 0 {
            return Err(PictureError::Undecodable);
        }
        Ok(Self(image))
    }

    /// Pixels in a row.
    #[must_use]
    pub fn width(&self) -> u32 {
        self.0.width()
    }

    /// Pixels in a column.
    #[must_use]
    pub fn height(&self) -> u32 {
        self.0.height()
    }

    /// The picture in 8-bit red, green and blue, averaged down until no side is longer than `side` pixels;
    /// transparency is dropped.
    #[must_use]
    pub fn fitted(&self, side: u32) -> RgbImage {
        if self.width().max(self.height()) <= side {
            self.0.to_rgb8()
        } else {
            self.0.thumbnail(side, side).to_rgb8()
        }
    }

    /// The picture in 8-bit red, green and blue, averaged or stretched to exactly `side` by `side` pixels;
    /// transparency is dropped.
    #[must_use]
    pub fn squared(&self, side: u32) -> RgbImage {
        self.0.thumbnail_exact(side, side).to_rgb8()
    }
}

#[cfg(test)]
mod tests;
