//! How a breaker's state changes, and what a call came to.

/// What a call says about the dependency behind a breaker.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CallOutcome {
    /// It did its work.
    Success,
    /// It did not.
    Failure,
    /// Nothing can be said: the caller went away, or asked for something wrong.
    Neither,
}

/// Where a breaker stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum BreakerState {
    /// Calls pass.
    Closed,
    /// Calls are refused until its time is over.
    Open,
    /// A few calls pass, to see whether it can close.
    HalfOpen,
    /// Calls are refused until somebody closes it by hand.
    ForcedOpen,
    /// Calls pass whatever they come to.
    ForcedClosed,
}

/// One change of state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Transition {
    /// `nanos` is absent where no time ends it.
    Opened {
        cause: &'static str,
        nanos: Option<u64>,
    },
    HalfOpened,
    Closed {
        cause: &'static str,
    },
}
