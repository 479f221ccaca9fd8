//! What happened to a token.

/// What happened to a token, beside a response. Nothing of the token itself is in it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TokenEvent {
    /// One was presented and does not hold; its bearer reads one answer whatever was wrong.
    Refused {
        /// The configured issuer by whose rules it was judged; absent where it names none of them, or cannot be read.
        issuer: Option<Box<str>>,
        /// Why, in one word.
        reason: &'static str,
    },
    /// One was presented and nobody can tell at the moment whether it holds.
    Undecided {
        /// The configured issuer by whose rules it would be judged.
        issuer: Option<Box<str>>,
        /// Why, in one word.
        reason: &'static str,
    },
}

impl TokenEvent {
    pub(crate) fn trace(&self) {
        match self {
            // Strangers can make as many of these as they like: no reason to wake anybody.
            Self::Refused { issuer, reason } => {
                tracing::info!(target: "palisade::event", issuer = issuer.as_deref(), reason, "a token was refused");
            }
            Self::Undecided { issuer, reason } => {
                tracing::warn!(target: "palisade::event", issuer = issuer.as_deref(), reason, "a token cannot be judged now");
            }
        }
    }
}
