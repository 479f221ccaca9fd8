//! Why a file got no answer.

use image::ImageError;
use std::io;

/// A file that the models do not take. The message is meant for the client and says nothing of the decoder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PictureError {
    /// The first bytes are those of neither format.
    #[error("The file is neither a PNG nor a JPEG picture.")]
    NotAnImage,
    /// More pixels than [`MAX_SIDE`](super::MAX_SIDE) on a side, or more memory than
    /// [`MAX_DECODE_BYTES`](super::MAX_DECODE_BYTES).
    #[error("The picture is larger than 4096 by 4096 pixels, or takes more than 64 MiB to decode.")]
    TooLarge,
    /// The file ends before the picture does.
    #[error("The picture is cut off.")]
    Truncated,
    /// Damaged data, or a variant of the format that is not supported.
    #[error("The picture is damaged or of an unsupported kind.")]
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
