//! Somebody who behaves as those do who try doors.

use std::time::Duration;

/// What was seen too often.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Sign {
    /// Refusals with 401 of one address.
    Unauthenticated,
    /// Credentials of one address that cannot be any: malformed, or made up.
    Junk,
    /// Refusals with 403 of one caller.
    Forbidden,
    /// Networks from which one caller came.
    Networks,
}

impl Sign {
    /// As one word, for labels and logs.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unauthenticated => "unauthenticated",
            Self::Junk => "junk_credentials",
            Self::Forbidden => "forbidden",
            Self::Networks => "many_networks",
        }
    }
}

/// That somebody is suspicious: told once, and again only after they had become quiet.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Suspicion {
    /// What was seen.
    pub sign: Sign,
    /// Of whom: an address (`192.0.2.7`), or kind and id of a verified caller (`api_key:8hQ2…`).
    pub who: Box<str>,
    /// How often, until it was too often.
    pub count: u32,
    /// For how long the address is banned, where it is.
    pub ban: Option<Duration>,
}

impl Suspicion {
    /// That this was seen of somebody so often.
    #[must_use]
    pub fn new(sign: Sign, who: impl Into<Box<str>>, count: u32, ban: Option<Duration>) -> Self {
        Self { sign, who: who.into(), count, ban }
    }

    pub(crate) fn trace(&self) {
        let Self { sign, who, count, ban } = self;
        tracing::warn!(target: "palisade::event", sign = sign.as_str(), who = &**who, count, ?ban, "somebody is suspicious");
    }
}
