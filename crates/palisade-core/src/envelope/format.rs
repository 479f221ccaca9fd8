//! The forms of a refusal.

/// In which form refusals are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Format {
    /// `{"error":{"code","message","details"}}`, as `application/json`.
    Json,
    /// RFC 9457, as `application/problem+json`.
    Problem,
    /// A problem document that also has an `error` member, as `application/problem+json`.
    Dual,
    /// [`Problem`](Self::Problem) where `Accept` prefers it to JSON, else [`Json`](Self::Json).
    Negotiated,
}
