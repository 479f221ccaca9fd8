//! What can be measured in a picture.

use image::RgbImage;

/// A step of brightness across a pixel, as a share of the whole range, from which on it is an edge.
const EDGE: f64 = 0.2;

/// Measurements of the pixels; every figure but the mean colour lies in the unit interval, `warmth` in `-1.0..=1.0`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Figures {
    /// The mean of red, green and blue, each from 0 to 255.
    pub mean_colour: [f64; 3],
    /// The mean luma (ITU-R BT.709).
    pub brightness: f64,
    /// Twice the standard deviation of the luma: 1 for half black, half white.
    pub contrast: f64,
    /// The mean distance between a pixel's strongest and weakest channel.
    pub chroma: f64,
    /// The mean of red less blue.
    pub warmth: f64,
    /// The share of pixels where the Sobel gradient of the luma is steep.
    pub edge_density: f64,
}

impl Figures {
    /// Measures a picture in two passes over its pixels; a picture without pixels measures zero throughout.
    #[must_use]
    pub fn of(image: &RgbImage) -> Self {
        let pixels = f64::from(image.width()) * f64::from(image.height());
        let mut sum = [0.0; 3];
        let mut chroma = 0.0;
        for pixel in image.pixels() {
            let [red, green, blue] = pixel.0;
            for (sum, channel) in sum.iter_mut().zip(pixel.0) {
                *sum += f64::from(channel);
            }
            chroma += f64::from(red.max(green).max(blue) - red.min(green).min(blue));
        }
        let mean_colour = sum.map(|sum| sum / pixels.max(1.0));
        let [red, _, blue] = mean_colour;

        let luma = Luma::of(image);
        let brightness = luma.values.iter().sum::<f64>() / pixels.max(1.0);
        let variance =
            luma.values.iter().map(|value| (value - brightness).powi(2)).sum::<f64>() / pixels.max(1.0);
        Self {
            mean_colour,
            brightness,
            contrast: (2.0 * variance.sqrt()).min(1.0),
            chroma: chroma / pixels.max(1.0) / 255.0,
            warmth: (red - blue) / 255.0,
            edge_density: luma.edges() / pixels.max(1.0),
        }
    }
}

/// The brightness of every pixel, from 0 to 1, row by row.
struct Luma {
    width: usize,
    height: usize,
    values: Vec<f64>,
}

impl Luma {
    fn of(image: &RgbImage) -> Self {
        let weighted = |[red, green, blue]: [u8; 3]| {
            (0.2126 * f64::from(red) + 0.7152 * f64::from(green) + 0.0722 * f64::from(blue)) / 255.0
        };
        Self {
            width: image.width() as usize,
            height: image.height() as usize,
            values: image.pixels().map(|pixel| weighted(pixel.0)).collect(),
        }
    }

    /// How many pixels lie on an edge; beyond the border the border pixel repeats.
    fn edges(&self) -> f64 {
        let mut edges = 0.0;
        for y in 0..self.height {
            let rows = [y.saturating_sub(1), y, (y + 1).min(self.height - 1)].map(|y| self.row(y));
            for x in 0..self.width {
                if gradient(rows, [x.saturating_sub(1), x, (x + 1).min(self.width - 1)]) > EDGE {
                    edges += 1.0;
                }
            }
        }
        edges
    }

    fn row(&self, y: usize) -> &[f64] {
        &self.values[y * self.width..(y + 1) * self.width]
    }
}

/// The length of the Sobel gradient, scaled so that a step from black to white measures 1.
fn gradient([above, here, below]: [&[f64]; 3], [left, x, right]: [usize; 3]) -> f64 {
    let horizontal =
        (above[right] - above[left]) + 2.0 * (here[right] - here[left]) + (below[right] - below[left]);
    let vertical = (below[left] - above[left]) + 2.0 * (below[x] - above[x]) + (below[right] - above[right]);
    horizontal.hypot(vertical) / 4.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::drawing::{checkerboard, gradient, plain};
    use proptest::prelude::*;

    #[track_caller]
    fn check(image: &RgbImage, expected: Figures) {
        let found = Figures::of(image);
        let list = |figures: Figures| {
            let [red, green, blue] = figures.mean_colour;
            let Figures { brightness, contrast, chroma, warmth, edge_density, .. } = figures;
            [red, green, blue, brightness, contrast, chroma, warmth, edge_density]
        };
        for (found, expected) in list(found).into_iter().zip(list(expected)) {
            assert!((found - expected).abs() < 1e-9, "{found} is not {expected}");
        }
    }

    const BLACK: Figures = Figures {
        mean_colour: [0.0; 3],
        brightness: 0.0,
        contrast: 0.0,
        chroma: 0.0,
        warmth: 0.0,
        edge_density: 0.0,
    };

    #[test]
    fn plain_pictures_have_no_contrast_and_no_edges() {
        check(&plain([0; 3]), BLACK);
        check(&RgbImage::new(0, 0), BLACK);
        check(&plain([255; 3]), Figures { mean_colour: [255.0; 3], brightness: 1.0, ..BLACK });
        check(
            &plain([255, 0, 0]),
            Figures { mean_colour: [255.0, 0.0, 0.0], brightness: 0.2126, chroma: 1.0, warmth: 1.0, ..BLACK },
        );
        check(
            &plain([0, 0, 255]),
            Figures {
                mean_colour: [0.0, 0.0, 255.0],
                brightness: 0.0722,
                chroma: 1.0,
                warmth: -1.0,
                ..BLACK
            },
        );
    }

    #[test]
    fn half_black_half_white_has_full_contrast_and_one_edge() {
        let halves = RgbImage::from_fn(64, 48, |x, _| [if x < 32 { 0 } else { 255 }; 3].into());
        // The two columns that touch the step, of 64.
        let edge_density = 2.0 / 64.0;
        check(
            &halves,
            Figures { mean_colour: [127.5; 3], brightness: 0.5, contrast: 1.0, edge_density, ..BLACK },
        );
    }

    #[test]
    fn finer_squares_have_more_edges() {
        let density = |size| Figures::of(&checkerboard(size)).edge_density;
        assert!(
            density(4) > density(8) && density(8) > density(16),
            "{} {} {}",
            density(4),
            density(8),
            density(16)
        );
    }

    proptest! {
        #[test]
        fn figures_stay_in_their_bounds(width in 1_u32..12, height in 1_u32..12, seed in any::<[u8; 16]>()) {
            let mut image = gradient(width, height);
            for (byte, noise) in image.iter_mut().zip(seed.iter().cycle()) {
                *byte = byte.wrapping_mul(*noise);
            }
            let figures = Figures::of(&image);
            for figure in [figures.brightness, figures.contrast, figures.chroma, figures.edge_density] {
                prop_assert!((0.0..=1.0 + 1e-9).contains(&figure));
            }
            prop_assert!((-1.0..=1.0).contains(&figures.warmth));
            prop_assert!(figures.mean_colour.iter().all(|mean| (0.0..=255.0).contains(mean)));
        }
    }
}
