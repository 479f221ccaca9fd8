use super::*;
use crate::model::drawing::{encode, gradient, jpeg, png};
use image::{GrayImage, ImageBuffer, LumaA, Rgba};
use proptest::prelude::*;

#[track_caller]
fn check(file: &[u8], expected: Result<(u32, u32), PictureError>) {
    let size = Picture::decode(file).map(|picture| (picture.width(), picture.height()));
    assert_eq!(size, expected);
}

/// The head of a JPEG of this size with three components, without the tables that decoding needs.
fn jpeg_head(start_of_frame: u8, width: u16, height: u16) -> Vec<u8> {
    let mut file = vec![0xFF, 0xD8, 0xFF, start_of_frame, 0, 17, 8];
    file.extend(height.to_be_bytes());
    file.extend(width.to_be_bytes());
    file.extend([3, 1, 0x11, 0, 2, 0x11, 0, 3, 0x11, 0]);
    file.extend([0xFF, 0xDA, 0, 12, 3, 1, 0, 2, 0, 3, 0, 0, 63, 0]);
    file.extend([0xFF, 0xD9]);
    file
}

/// The head of an 8-bit RGBA PNG of this size, without pixels.
fn png_head(width: u32, height: u32) -> Vec<u8> {
    let mut file = png(&gradient(1, 1));
    file[16..20].copy_from_slice(&width.to_be_bytes());
    file[20..24].copy_from_slice(&height.to_be_bytes());
    let crc = crc32(&file[12..29]);
    file[29..33].copy_from_slice(&crc.to_be_bytes());
    file
}

fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, &byte| {
        (0..8).fold(crc ^ u32::from(byte), |crc, _| (crc >> 1) ^ (0xEDB8_8320 & (crc & 1).wrapping_neg()))
    })
}

#[test]
fn takes_png_and_jpeg_in_the_usual_colour_types() {
    check(&png(&gradient(40, 30)), Ok((40, 30)));
    check(&jpeg(&gradient(40, 30)), Ok((40, 30)));
    check(&png(&gradient(1, 1)), Ok((1, 1)));
    check(&png(&gradient(MAX_SIDE, 1)), Ok((MAX_SIDE, 1)));
    let grey = GrayImage::from_pixel(3, 2, [7].into());
    check(&encode(&grey.into(), ImageFormat::Png), Ok((3, 2)));
    let grey_alpha = ImageBuffer::from_pixel(3, 2, LumaA([7_u8, 9]));
    check(&encode(&DynamicImage::ImageLumaA8(grey_alpha), ImageFormat::Png), Ok((3, 2)));
    let deep = ImageBuffer::from_pixel(3, 2, Rgba([7_u16, 8, 9, 10]));
    check(&encode(&DynamicImage::ImageRgba16(deep), ImageFormat::Png), Ok((3, 2)));
}

#[test]
fn refuses_what_is_no_picture() {
    let files: [&[u8]; 7] =
        [b"", b"x", b"hello, world", b"<svg></svg>", b"GIF89a\x01\x00\x01\x00", b"BM\x00\x00", b"\x89PN"];
    for file in files {
        check(file, Err(PictureError::NotAnImage));
    }
}

#[test]
fn refuses_large_pictures_before_decoding_them() {
    check(&png_head(MAX_SIDE + 1, 1), Err(PictureError::TooLarge));
    check(&png_head(1, MAX_SIDE + 1), Err(PictureError::TooLarge));
    check(&png_head(u32::MAX >> 1, u32::MAX >> 1), Err(PictureError::TooLarge));
    check(&jpeg_head(0xC0, 4097, 1), Err(PictureError::TooLarge));
    check(&jpeg_head(0xC0, 1, 65535), Err(PictureError::TooLarge));
    check(&png(&gradient(MAX_SIDE + 1, 1)), Err(PictureError::TooLarge));

    // 4096 by 4096 pixels of four 16-bit samples are 128 MiB.
    let mut deep = png_head(MAX_SIDE, MAX_SIDE);
    deep[24..26].copy_from_slice(&[16, 6]);
    let crc = crc32(&deep[12..29]);
    deep[29..33].copy_from_slice(&crc.to_be_bytes());
    check(&deep, Err(PictureError::TooLarge));
}

#[test]
fn a_progressive_jpeg_counts_its_coefficients() {
    // 48 MiB of samples fit; with 96 MiB of coefficients beside them they do not.
    check(&jpeg_head(0xC2, 4096, 4096), Err(PictureError::TooLarge));
    let small = Picture::decode(&jpeg_head(0xC2, 64, 64)).err();
    assert_ne!(small, Some(PictureError::TooLarge));
}

#[test]
fn refuses_cut_off_pictures() {
    let whole = jpeg(&gradient(40, 30));
    for end in [4, whole.len() / 4, whole.len() / 2, whole.len() - 1] {
        check(&whole[..end], Err(PictureError::Truncated));
    }
    let whole = png(&gradient(40, 30));
    for end in [8, 20, whole.len() / 2] {
        check(&whole[..end], Err(PictureError::Truncated));
    }
}

#[test]
fn refuses_damaged_pictures() {
    let mut damaged = png(&gradient(40, 30));
    let middle = damaged.len() / 2;
    damaged[middle] ^= 0xFF;
    check(&damaged, Err(PictureError::Undecodable));
    check(&png_head(0, 4), Err(PictureError::Undecodable));
    check(&[0xFF, 0xD8, 0xFF, 0xFF, 0xD9], Err(PictureError::Undecodable));
}

#[test]
fn messages_are_fixed_sentences() {
    for (error, message) in [
        (PictureError::NotAnImage, "The file is neither a PNG nor a JPEG picture."),
        (
            PictureError::TooLarge,
            "The picture is larger than 4096 by 4096 pixels, or takes more than 64 MiB to decode.",
        ),
        (PictureError::Truncated, "The picture is cut off."),
        (PictureError::Undecodable, "The picture is damaged or of an unsupported kind."),
    ] {
        assert_eq!(error.to_string(), message);
    }
    assert_eq!((MAX_SIDE, MAX_DECODE_BYTES), (4096, 64 << 20), "the message states these bounds");
}

#[test]
fn fits_and_squares_within_the_side() {
    let picture = Picture::decode(&png(&gradient(600, 3))).unwrap();
    assert_eq!(picture.fitted(512).dimensions(), (512, 3));
    assert_eq!(picture.fitted(600).dimensions(), (600, 3));
    assert_eq!(picture.squared(32).dimensions(), (32, 32));
    let line = Picture::decode(&png(&gradient(1, MAX_SIDE))).unwrap();
    assert_eq!(line.fitted(512).dimensions(), (1, 512));
}

proptest! {
    #[test]
    fn arbitrary_bytes_never_panic(tail in proptest::collection::vec(any::<u8>(), 0..200)) {
        for head in [&b""[..], b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff"] {
            let _ = Picture::decode(&[head, &tail, b"\xff\xd9"].concat());
        }
    }

    #[test]
    fn one_changed_byte_never_panics(position in any::<prop::sample::Index>(), bits in 1_u8..) {
        for mut file in [png(&gradient(9, 7)), jpeg(&gradient(9, 7))] {
            let position = position.index(file.len());
            file[position] ^= bits;
            let _ = Picture::decode(&file);
        }
    }

    #[test]
    fn any_size_can_be_fitted_and_squared(width in 1_u32..70, height in 1_u32..70) {
        let picture = Picture(gradient(width, height).into());
        let fitted = picture.fitted(32);
        prop_assert!((1..=32).contains(&fitted.width()) || width <= 32);
        prop_assert!((1..=32).contains(&fitted.height()) || height <= 32);
        prop_assert_eq!(picture.squared(32).dimensions(), (32, 32));
    }
}
