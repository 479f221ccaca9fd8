//! How alike two pictures are in colour, wherever the colours stand.

use image::RgbImage;

/// Levels between two anchors of a histogram: 255 is a multiple of it, so both ends are anchors.
const STEP: u8 = 17;
/// Anchors of one channel: 0, 17, 34 … 255.
const ANCHORS: usize = 16;

/// How often each level of red, green and blue occurs.
///
/// A level between two anchors counts for both, the more for the nearer one: rounding by a codec moves a little weight, not a
/// whole pixel into another bin. Weights are integers, so that what is equal is equal exactly.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Histogram([[u32; ANCHORS]; 3]);

impl Histogram {
    /// Counts the pixels.
    pub(super) fn of(image: &RgbImage) -> Self {
        let mut counts = [[0; ANCHORS]; 3];
        for pixel in image.pixels() {
            for (counts, level) in counts.iter_mut().zip(pixel.0) {
                let (anchor, beyond) = (usize::from(level / STEP), level % STEP);
                counts[anchor] += u32::from(STEP - beyond);
                if beyond > 0 {
                    counts[anchor + 1] += u32::from(beyond);
                }
            }
        }
        Self(counts)
    }

    /// The share of weight that both have in common, from 0 to 1; 1 for equal histograms.
    pub(super) fn overlap(&self, other: &Self) -> f64 {
        let pairs = || self.0.iter().flatten().zip(other.0.iter().flatten());
        let common: u64 = pairs().map(|(mine, theirs)| u64::from(*mine.min(theirs))).sum();
        let all: u64 = pairs().map(|(mine, theirs)| u64::from(*mine.max(theirs))).sum();
        // Both pictures have as many pixels, so that half the sum of `min` and `max` is the weight of either.
        2.0 * common as f64 / (common + all).max(1) as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn plain(level: u8) -> Histogram {
        Histogram::of(&RgbImage::from_pixel(8, 8, [level; 3].into()))
    }

    #[test]
    fn what_shares_nothing_is_0_and_what_is_equal_is_1() {
        let check = |a, b, expected: f64| {
            let overlap = plain(a).overlap(&plain(b));
            assert!((overlap - expected).abs() < 1e-12, "{a} {b} {overlap}");
        };
        check(0, 255, 0.0);
        check(0, 0, 1.0);
        check(255, 255, 1.0);
        check(100, 100, 1.0);
        check(0, 17, 0.0);
        check(17, 18, 16.0 / 17.0);
        check(16, 17, 16.0 / 17.0);
    }

    proptest! {
        #[test]
        fn it_is_symmetric_and_in_bounds(a: [u8; 12], b: [u8; 12]) {
            let of = |bytes: [u8; 12]| Histogram::of(&RgbImage::from_raw(2, 2, bytes.to_vec()).unwrap());
            let (a, b) = (of(a), of(b));
            prop_assert!((0.0..=1.0).contains(&a.overlap(&b)));
            prop_assert_eq!(a.overlap(&b), b.overlap(&a));
            prop_assert_eq!(a.overlap(&a), 1.0);
        }
    }
}
