//! How alike two pictures are in shape.

use image::RgbImage;

/// Windows are so many pixels wide and high, and begin half as many apart.
const WINDOW: usize = 8;
/// The constants of Wang, Bovik, Sheikh and Simoncelli (2004) for luma from 0 to 1: what is nearly black or nearly flat
/// weighs little.
const C1: f64 = 0.01 * 0.01;
const C2: f64 = 0.03 * 0.03;

/// The brightness of every pixel from 0 to 1, row by row.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Luma {
    width: usize,
    values: Vec<f64>,
}

impl Luma {
    /// ITU-R BT.709.
    pub(super) fn of(image: &RgbImage) -> Self {
        let weighted = |[red, green, blue]: [u8; 3]| {
            (0.2126 * f64::from(red) + 0.7152 * f64::from(green) + 0.0722 * f64::from(blue)) / 255.0
        };
        Self {
            width: image.width() as usize,
            values: image.pixels().map(|pixel| weighted(pixel.0)).collect(),
        }
    }

    /// The mean structural similarity (SSIM) over all windows, from 0 to 1. Both must have the same dimensions, at least one
    /// window; equal pictures score exactly 1, because both sides of every fraction are then the same sums.
    pub(super) fn similarity(&self, other: &Self) -> f64 {
        let height = self.values.len() / self.width.max(1);
        let starts = |length: usize| (0..(length + 1).saturating_sub(WINDOW)).step_by(WINDOW / 2);
        let (mut sum, mut windows) = (0.0, 0.0);
        for top in starts(height) {
            for left in starts(self.width) {
                sum += Moments::of(self.window(left, top), other.window(left, top)).similarity();
                windows += 1.0;
            }
        }
        if windows > 0.0 { (sum / windows).clamp(0.0, 1.0) } else { 0.0 }
    }

    fn window(&self, left: usize, top: usize) -> impl Iterator<Item = f64> + Clone {
        let rows = self.values.chunks(self.width.max(1)).skip(top).take(WINDOW);
        rows.flat_map(move |row| row.iter().skip(left).take(WINDOW).copied())
    }
}

/// Means, variances and covariance of two windows.
struct Moments {
    means: [f64; 2],
    variances: [f64; 2],
    covariance: f64,
}

impl Moments {
    fn of(a: impl Iterator<Item = f64> + Clone, b: impl Iterator<Item = f64> + Clone) -> Self {
        const PIXELS: f64 = (WINDOW * WINDOW) as f64;
        let means = [a.clone().sum::<f64>() / PIXELS, b.clone().sum::<f64>() / PIXELS];
        let (mut variances, mut covariance) = ([0.0; 2], 0.0);
        for (a, b) in a.zip(b) {
            let (a, b) = (a - means[0], b - means[1]);
            variances[0] += a * a / PIXELS;
            variances[1] += b * b / PIXELS;
            covariance += a * b / PIXELS;
        }
        Self { means, variances, covariance }
    }

    fn similarity(&self) -> f64 {
        let Self { means: [a, b], variances: [va, vb], covariance } = self;
        let light = (2.0 * (a * b) + C1) / (a * a + b * b + C1);
        let shape = (2.0 * covariance + C2) / (va + vb + C2);
        light * shape
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn luma(of: impl Fn(u32, u32) -> u8) -> Luma {
        Luma::of(&RgbImage::from_fn(64, 64, |x, y| [of(x, y); 3].into()))
    }

    #[test]
    fn equal_is_exactly_1_and_the_negative_is_0() {
        let stripes = luma(|x, _| if (x / 4).is_multiple_of(2) { 30 } else { 220 });
        let negative = luma(|x, _| if (x / 4).is_multiple_of(2) { 220 } else { 30 });
        assert_eq!(stripes.similarity(&stripes), 1.0);
        assert_eq!(stripes.similarity(&negative), 0.0);
    }

    #[test]
    fn shape_weighs_more_than_light() {
        let stripes = |at: u32, light: u8| if (at / 4).is_multiple_of(2) { 30 + light } else { 200 + light };
        let original = luma(|x, _| stripes(x, 0));
        let brighter = original.similarity(&luma(|x, _| stripes(x, 20)));
        let turned = original.similarity(&luma(|_, y| stripes(y, 0)));
        assert!(brighter > 0.9 && turned < 0.1, "{brighter} {turned}");
    }

    #[test]
    fn pictures_smaller_than_a_window_score_0() {
        let tiny = Luma::of(&RgbImage::new(4, 4));
        assert_eq!(tiny.similarity(&tiny), 0.0);
        assert_eq!(Luma::of(&RgbImage::new(0, 0)).similarity(&tiny), 0.0);
    }
}
