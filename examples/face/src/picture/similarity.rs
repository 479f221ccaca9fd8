//! One figure for how alike two pictures are.

use super::{colour::Histogram, decode::Picture, structure::Luma};
use serde::Serialize;

/// How alike two pictures are; every figure from 0 to 1, told to six decimals and never rounded up.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, utoipa::ToSchema)]
pub struct Similarity {
    /// The mean of both figures below: 1 means that nothing differs at the size at which pictures are compared.
    pub similarity: f64,
    /// Structural similarity of brightness: the same shapes at the same places.
    pub structure: f64,
    /// Overlap of the colour histograms: the same colours, wherever they stand.
    pub colour: f64,
}

impl Similarity {
    /// Compares two pictures; the order makes no difference.
    ///
    /// It compares pictures, not persons: two photographs of one face in different light are different pictures.
    #[must_use]
    pub fn of(first: &Picture, second: &Picture) -> Self {
        let structure = Luma::of(first.pixels()).similarity(&Luma::of(second.pixels()));
        let colour = Histogram::of(first.pixels()).overlap(&Histogram::of(second.pixels()));
        Self {
            similarity: told((structure + colour) / 2.0),
            structure: told(structure),
            colour: told(colour),
        }
    }
}

fn told(figure: f64) -> f64 {
    (figure * 1e6).floor() / 1e6
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::picture::drawing::{Face, jpeg, png};
    use image::{RgbImage, imageops};
    use proptest::prelude::*;

    fn pictures() -> Vec<(&'static str, RgbImage)> {
        let squares = |x: u32, y: u32| [if (x / 24 + y / 24).is_multiple_of(2) { 10 } else { 240 }; 3].into();
        let slope = |x: u32, y: u32| [(x * 255 / 191) as u8, (y * 255 / 143) as u8, 90].into();
        let stripes = |_: u32, y: u32| [200, if (y / 18).is_multiple_of(2) { 40 } else { 120 }, 60].into();
        vec![
            ("ada", Face::ADA.draw(192, 144)),
            ("bob", Face::BOB.draw(192, 144)),
            ("squares", RgbImage::from_fn(192, 144, squares)),
            ("slope", RgbImage::from_fn(192, 144, slope)),
            ("stripes", RgbImage::from_fn(192, 144, stripes)),
            ("plain", RgbImage::from_pixel(192, 144, [90, 120, 200].into())),
        ]
    }

    /// The same picture in other files.
    fn copies(image: &RgbImage) -> Vec<(String, Vec<u8>)> {
        let mut copies: Vec<_> =
            [95, 75, 50, 25].map(|quality| (format!("jpeg {quality}"), jpeg(image, quality))).into();
        for (width, height) in [(96, 72), (64, 48), (288, 216), (640, 480)] {
            let sized = imageops::resize(image, width, height, imageops::FilterType::Triangle);
            copies.push((format!("{width} by {height}"), png(&sized)));
        }
        copies
    }

    fn decode(file: &[u8]) -> Picture {
        Picture::decode(file).unwrap()
    }

    #[test]
    fn the_same_picture_is_exactly_1() {
        for (name, image) in pictures() {
            let score = Similarity::of(&decode(&png(&image)), &decode(&png(&image)));
            assert_eq!(score, Similarity { similarity: 1.0, structure: 1.0, colour: 1.0 }, "{name}");
        }
    }

    #[test]
    fn copies_rank_above_every_other_picture() {
        let all = pictures();
        for (name, image) in &all {
            let original = decode(&png(image));
            let others = all.iter().filter(|(other, _)| other != name);
            let other = others.map(|(_, other)| Similarity::of(&original, &decode(&png(other))).similarity);
            let nearest = other.fold(0.0, f64::max);
            for (how, copy) in copies(image) {
                let score = Similarity::of(&original, &decode(&copy)).similarity;
                assert!(score > nearest + 0.05, "{name} as {how}: {score}, another picture: {nearest}");
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn figures_are_symmetric_and_in_bounds(a in 0_u8..=255, b in 0_u8..=255, side in 1_u32..90) {
            let noise = |seed: u8| {
                let level = |x: u32, y: u32| (x * 31 + y * 17 + u32::from(seed) * (x ^ y)) as u8;
                decode(&png(&RgbImage::from_fn(side, side, |x, y| [level(x, y), seed, level(y, x)].into())))
            };
            let (a, b) = (noise(a), noise(b));
            let score = Similarity::of(&a, &b);
            for figure in [score.similarity, score.structure, score.colour] {
                prop_assert!((0.0..=1.0).contains(&figure));
            }
            prop_assert_eq!(score, Similarity::of(&b, &a));
            prop_assert_eq!(Similarity::of(&a, &a).similarity, 1.0);
        }
    }
}
