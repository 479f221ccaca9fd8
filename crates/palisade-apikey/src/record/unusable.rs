//! Why a key that is the right one may not be used.

/// Why a key that is the right one may not be used; the caller never learns which.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum Unusable {
    /// It was taken back.
    #[error("the key is revoked")]
    Revoked,
    /// It is switched off.
    #[error("the key is disabled")]
    Disabled,
    /// It will hold later.
    #[error("the key does not hold yet")]
    NotYet,
    /// Its time is over.
    #[error("the key is expired")]
    Expired,
    /// Its successor has taken over.
    #[error("the key was rotated and its grace period is over")]
    Rotated,
    /// It is not admitted from the caller's network.
    #[error("the key is not admitted from this network")]
    Network,
    /// It is bound to networks, and nobody found out where the caller is.
    #[error("the key is bound to networks and the client's address is not known")]
    NoAddress,
}

impl Unusable {
    /// The word for logs.
    #[must_use]
    pub const fn reason(self) -> &'static str {
        match self {
            Self::Revoked => "revoked_key",
            Self::Disabled => "disabled_key",
            Self::NotYet => "key_not_yet_valid",
            Self::Expired => "expired_key",
            Self::Rotated => "rotated_key",
            Self::Network => "network_not_allowed",
            Self::NoAddress => "client_address_missing",
        }
    }
}
