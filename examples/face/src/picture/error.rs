//! Why a file is no picture that can be compared.

use image::ImageError;
use std::io;

/// A file that is not compared. The message is meant for the client and says nothing of the decoder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PictureError {
    /// The first bytes are those of neither format.
    #[error("The file is neither a PNG nor a JPEG picture")]
    NotAPicture,
    /// More than [`MAX_SIDE`](super::MAX_SIDE) pixels on a side, more than [`MAX_PIXELS`](super::MAX_PIXELS) in all, or more
    /// memory than [`MAX_DECODE_BYTES`](super::MAX_DECODE_BYTES).
    #[error(
        "The picture has more than 4096 pixels on a side or 12 million in all, or takes more than 64 MiB to decode"
    )]
    TooLarge,
    /// The file ends before the picture does.
    #[error("The picture is cut off")]
    Truncated,
    /// Damaged data, or a variant of the format that is not supported.
    #[error("The picture is damaged or of an unsupported kind")]
    Undecodable,
}

impl From<ImageError> for PictureError {
    fn from(error: ImageError) -> Self {
        match error {
            ImageError::Limits(_) => Self::TooLarge,
            ImageError::IoError(error) if error.kind() == io::ErrorKind::UnexpectedEof => Self::Truncated,
            _ => Self::Undecodable,
        }
    }
}
