//! Two drawn faces, to have something to compare.

use image::{ImageEncoder as _, Rgb, RgbImage, codecs::jpeg::JpegEncoder, codecs::png::PngEncoder};

/// A face in a few figures.
#[derive(Debug, Clone, Copy)]
pub struct Face {
    skin: [u8; 3],
    hair: [u8; 3],
    wall: [u8; 3],
    /// The half axes of the head, as a share of the picture's height.
    head: (f64, f64),
    /// Up for a smile.
    mouth: f64,
}

impl Face {
    /// A narrow head, dark hair, smiling.
    pub const ADA: Self = Self {
        skin: [236, 188, 150],
        hair: [60, 34, 20],
        wall: [150, 190, 215],
        head: (0.27, 0.38),
        mouth: 0.10,
    };
    /// A round head, fair hair, not amused.
    pub const BOB: Self = Self {
        skin: [198, 142, 105],
        hair: [205, 170, 80],
        wall: [120, 150, 105],
        head: (0.37, 0.33),
        mouth: -0.10,
    };

    /// Draws it so many pixels wide and high.
    #[must_use]
    pub fn draw(&self, width: u32, height: u32) -> RgbImage {
        let size = f64::from(height.max(1));
        RgbImage::from_fn(width, height, |x, y| {
            let across = (f64::from(x) - f64::from(width) / 2.0) / size;
            Rgb(self.colour(across, f64::from(y) / size - 0.52))
        })
    }

    /// The colour at a place, seen from the middle of the head.
    fn colour(&self, x: f64, y: f64) -> [u8; 3] {
        const DARK: [u8; 3] = [40, 30, 30];
        const LIPS: [u8; 3] = [170, 60, 60];
        let inside = |x: f64, y: f64, (a, b): (f64, f64)| (x / a).powi(2) + (y / b).powi(2) <= 1.0;
        let (a, b) = self.head;
        let eye = inside(x.abs() - 0.11, y + 0.06, (0.035, 0.05));
        let lips = y - 0.17 + self.mouth * (x / 0.13).powi(2) - self.mouth / 2.0;
        if eye {
            DARK
        } else if x.abs() < 0.13 && lips.abs() < 0.02 {
            LIPS
        } else if inside(x, y, self.head) && y > -b * 0.5 {
            self.skin
        } else if inside(x, y + 0.03, (a + 0.03, b + 0.03)) && y < b * 0.3 {
            self.hair
        } else {
            self.wall
        }
    }
}

/// The picture as a PNG file; empty where it has no pixels.
#[must_use]
pub fn png(image: &RgbImage) -> Vec<u8> {
    let mut file = Vec::new();
    let (width, height) = image.dimensions();
    let written =
        PngEncoder::new(&mut file).write_image(image, width, height, image::ExtendedColorType::Rgb8);
    written.map(|()| file).unwrap_or_default()
}

/// The picture as a JPEG file of this quality, 1 to 100; empty where it has no pixels, or more than 65,535 on a side.
#[must_use]
pub fn jpeg(image: &RgbImage, quality: u8) -> Vec<u8> {
    let mut file = Vec::new();
    let written = JpegEncoder::new_with_quality(&mut file, quality).encode_image(image);
    written.map(|()| file).unwrap_or_default()
}
