//! Names that are drawn.

use aws_lc_rs::digest::{SHA256, digest};
use data_encoding::BASE64URL_NOPAD;
use std::{fmt, str::FromStr};

/// Names what it stands for by 128 random bits; 32 hexadecimal digits as text.
macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name([u8; 16]);

        impl $name {
            /// A new one.
            ///
            /// # Errors
            ///
            /// Where the operating system gives no randomness.
            pub fn random() -> Result<Self, getrandom::Error> {
                let mut bytes = [0; 16];
                getrandom::fill(&mut bytes)?;
                Ok(Self(bytes))
            }

            /// The one of these bytes.
            #[must_use]
            pub const fn from_bytes(bytes: [u8; 16]) -> Self {
                Self(bytes)
            }

            /// Its bytes.
            #[must_use]
            pub const fn as_bytes(&self) -> &[u8; 16] {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;

            fn from_str(text: &str) -> Result<Self, InvalidId> {
                let bytes = data_encoding::HEXLOWER.decode(text.as_bytes()).map_err(|_| InvalidId(()))?;
                bytes.try_into().map(Self).map_err(|_| InvalidId(()))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }
    };
}

id! {
    /// Names a user for good, also when the name changes: the `sub` of their tokens.
    UserId
}

id! {
    /// Names a line of refresh tokens, each of which replaced the one before.
    FamilyId
}

impl FamilyId {
    /// What access tokens of this line have as their `sid`. Not the id itself: whoever knows that can end the line with a forged refresh
    /// token, and access tokens come around.
    pub(crate) fn session(&self) -> String {
        let hash = digest(&SHA256, &[b"palisade session 1".as_slice(), &self.0].concat());
        BASE64URL_NOPAD.encode(hash.as_ref().get(..16).unwrap_or_default())
    }
}

/// The text is no id: 32 hexadecimal digits in lower case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an id has 32 hexadecimal digits in lower case")]
pub struct InvalidId(());
