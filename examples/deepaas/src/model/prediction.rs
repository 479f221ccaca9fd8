//! The answer to a prediction request.

use super::figures::Figures;
use super::hash::perceptual_hash;
use super::labels::{LabelScore, rank};
use super::picture::Picture;
use image::RgbImage;
use serde::Serialize;

/// The body of a successful `POST /v2/models/{model}/predict`.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
pub struct Answer {
    /// Always `OK`: failures have a body of another kind.
    pub status: &'static str,
    /// What the model found.
    pub predictions: Predictions,
}

/// What a model found in a picture; fractions are rounded to four digits.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
pub struct Predictions {
    /// The model that answered.
    pub model: &'static str,
    /// Pixels in a row of the picture as it was sent.
    pub width: u32,
    /// Pixels in a column of the picture as it was sent.
    pub height: u32,
    /// The mean of each channel, from 0 to 255.
    pub mean_colour: MeanColour,
    /// The mean luma, from 0 to 1.
    pub brightness: f64,
    /// The spread of the luma, from 0 to 1.
    pub contrast: f64,
    /// The share of pixels that lie on an edge, from 0 to 1.
    pub edge_density: f64,
    /// The 64-bit difference hash, in 16 hexadecimal digits.
    pub perceptual_hash: String,
    /// Every label, the likeliest first.
    pub labels: Vec<LabelScore>,
}

/// A colour as three channel means.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, utoipa::ToSchema)]
#[expect(missing_docs, reason = "the names say it all")]
pub struct MeanColour {
    pub red: f64,
    pub green: f64,
    pub blue: f64,
}

impl Answer {
    /// Measures `input`, which a model made from `picture`.
    pub(super) fn new(model: &'static str, picture: &Picture, input: &RgbImage) -> Self {
        let figures = Figures::of(input);
        let [red, green, blue] = figures.mean_colour.map(rounded);
        let labels = rank(&figures)
            .into_iter()
            .map(|score| LabelScore { probability: rounded(score.probability), ..score })
            .collect();
        let predictions = Predictions {
            model,
            width: picture.width(),
            height: picture.height(),
            mean_colour: MeanColour { red, green, blue },
            brightness: rounded(figures.brightness),
            contrast: rounded(figures.contrast),
            edge_density: rounded(figures.edge_density),
            perceptual_hash: format!("{:016x}", perceptual_hash(input)),
            labels,
        };
        Self { status: "OK", predictions }
    }
}

/// To four digits after the point.
fn rounded(value: f64) -> f64 {
    (value * 1e4).round() / 1e4
}
