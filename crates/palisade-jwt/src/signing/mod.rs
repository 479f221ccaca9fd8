//! Keys that sign our own tokens.

mod builder;
mod directory;
mod error;
mod jwk;
mod key;
mod key_file;
mod keys;
mod material;
mod noting;
mod private_file;
mod ring;
mod rotation;
mod secret_error;
mod secret_key;
mod state;
mod watch;

pub use builder::SigningKeysBuilder;
pub use error::{SigningKeyError, SigningKeysError};
pub use key::SigningKey;
pub use keys::SigningKeys;
pub use rotation::{Rotation, RotationError};
pub use secret_error::{SecretFault, SecretKeyError};
