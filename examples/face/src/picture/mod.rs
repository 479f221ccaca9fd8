//! Pictures, and how alike two of them are.

mod colour;
mod decode;
pub mod drawing;
mod error;
mod similarity;
mod structure;

pub use decode::{MAX_DECODE_BYTES, MAX_PIXELS, MAX_SIDE, Picture, SIDE};
pub use error::PictureError;
pub use similarity::Similarity;
