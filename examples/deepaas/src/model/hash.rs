//! A fingerprint that survives scaling and compression.

use image::RgbImage;
use image::imageops::{grayscale, thumbnail};

/// Comparisons in a row, and rows: eight by eight bits.
const GRID: u32 = 8;

/// The difference hash (dHash) of a picture: one bit for each of 8 by 8 cells, set where the cell to its left is darker.
#[must_use]
pub fn perceptual_hash(image: &RgbImage) -> u64 {
    let cells = thumbnail(&grayscale(image), GRID + 1, GRID);
    let mut hash = 0;
    for row in cells.rows() {
        let row: Vec<u8> = row.map(|cell| cell.0[0]).collect();
        for pair in row.windows(2) {
            hash = hash << 1 | u64::from(pair[0] < pair[1]);
        }
    }
    hash
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::drawing::{checkerboard, gradient, jpeg, plain};
    use image::imageops::{flip_horizontal, rotate90};

    #[test]
    fn rising_to_the_right_sets_all_bits() {
        let rising = RgbImage::from_fn(90, 40, |x, _| [u8::try_from(x * 2).unwrap(); 3].into());
        assert_eq!(perceptual_hash(&rising), u64::MAX);
        assert_eq!(perceptual_hash(&flip_horizontal(&rising)), 0);
        assert_eq!(perceptual_hash(&rotate90(&rising)), 0);
        assert_eq!(perceptual_hash(&plain([200; 3])), 0);
    }

    #[test]
    fn survives_scaling_and_compression() {
        let original = checkerboard(16);
        let compressed = image::load_from_memory(&jpeg(&original)).unwrap().to_rgb8();
        let scaled = thumbnail(&original, 32, 24);
        for copy in [compressed, scaled] {
            let distance = (perceptual_hash(&original) ^ perceptual_hash(&copy)).count_ones();
            assert!(distance <= 6, "{distance} of 64 bits differ");
        }
    }

    #[test]
    fn pictures_smaller_than_the_grid_have_a_hash() {
        for (width, height) in [(1, 1), (2, 9), (9, 2), (8, 8)] {
            let _ = perceptual_hash(&gradient(width, height));
        }
    }
}
