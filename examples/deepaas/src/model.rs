//! Small image models that compute what they answer.
//!
//! A model measures a picture ([`Figures`]), fingerprints it ([`perceptual_hash`]) and scores its labels
//! ([`rank`]). The same bytes always get the same answer, other pictures get other answers.

mod catalog;
mod error;
mod figures;
mod hash;
mod jpeg;
mod labels;
mod picture;
mod prediction;

#[cfg(test)]
mod drawing;

pub use catalog::{Catalog, Metadata, Model, ModelList, Summary};
pub use error::PictureError;
pub use figures::Figures;
pub use hash::perceptual_hash;
pub use labels::{LabelScore, rank};
pub use picture::{MAX_DECODE_BYTES, MAX_SIDE, Picture};
pub use prediction::{Answer, MeanColour, Predictions};
