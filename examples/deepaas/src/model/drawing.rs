//! Pictures for tests.

use image::{DynamicImage, ImageFormat, Rgb, RgbImage};
use std::io::Cursor;

/// Every pixel of one colour.
pub(super) fn plain(colour: [u8; 3]) -> RgbImage {
    RgbImage::from_pixel(64, 48, Rgb(colour))
}

/// Red rising to the right, green rising downwards.
pub(super) fn gradient(width: u32, height: u32) -> RgbImage {
    let share = |at: u32, of: u32| u8::try_from(at * 255 / of.max(2).saturating_sub(1)).unwrap_or(255);
    RgbImage::from_fn(width, height, |x, y| Rgb([share(x, width), share(y, height), 90]))
}

/// Black and white squares of `size` pixels.
pub(super) fn checkerboard(size: u32) -> RgbImage {
    RgbImage::from_fn(64, 48, |x, y| Rgb([if (x / size + y / size).is_multiple_of(2) { 0 } else { 255 }; 3]))
}

pub(super) fn png(image: &RgbImage) -> Vec<u8> {
    encode(&image.clone().into(), ImageFormat::Png)
}

pub(super) fn jpeg(image: &RgbImage) -> Vec<u8> {
    encode(&image.clone().into(), ImageFormat::Jpeg)
}

pub(super) fn encode(image: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut file = Cursor::new(Vec::new());
    image.write_to(&mut file, format).unwrap();
    file.into_inner()
}
