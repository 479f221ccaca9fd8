//! Why no token is issued.

use std::time::Duration;

/// Why an issuer cannot be set up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum IssuerError {
    /// The issuer is empty, longer than 1,024 bytes, or holds control characters.
    #[error("the issuer is the `iss` of its tokens, such as `https://api.example`, of at most 1024 bytes")]
    Issuer,
    /// There is no audience, or more than 16, or one of them is empty or longer than 1,024 bytes.
    #[error("1 to 16 audiences are needed, each the name that a service has in `aud`, of at most 1024 bytes")]
    Audience,
    /// A token lives for a second to 24 hours.
    #[error("a token lives 1 second to 24 hours")]
    Lifetime,
    /// Keys would be gone before the tokens that they signed.
    #[error("tokens would live longer than their keys verify, which is {0:?}; see `Rotation::longest_token`")]
    LongerThanKeys(Duration),
}

/// Why a token was not issued.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MintError {
    /// The subject is empty, longer than 255 bytes, or holds control characters.
    #[error("a subject has 1 to 255 bytes and no control characters")]
    Subject,
    /// The client is empty, longer than 255 bytes, or holds control characters.
    #[error("a client id has 1 to 255 bytes and no control characters")]
    Client,
    /// It would live for less than a second, or longer than the issuer allows.
    #[error("a token lives at least a second and at most as long as its issuer allows")]
    Lifetime,
    /// It would begin when it has ended.
    #[error("a token begins to hold before it ends")]
    NotBefore,
    /// The issuer itself says what stands in this claim.
    #[error("the claim `{0}` is the issuer's own")]
    Registered(String),
    /// There are more than 32 further claims, or they nest deeper than 8.
    #[error("there are at most 32 further claims, nested at most 8 deep")]
    TooManyClaims,
    /// The further claims have more than [`MAX_CLAIMS_LEN`](crate::MAX_CLAIMS_LEN) bytes, or the whole token is too long.
    #[error("the token is too long: fewer scopes or further claims are needed")]
    TooLong,
    /// No key can sign for now, or there is no randomness. The caller answers 503.
    #[error("no key can sign for now")]
    Unavailable,
}
