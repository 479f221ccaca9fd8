//! Whether a refusal refuses.

/// What a gate does with a denial.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// It refuses the request.
    #[default]
    Enforce,
    /// It writes the denial down as what would have been, and lets the request pass without a pass.
    Report,
}

impl Mode {
    /// The laxer of the two.
    #[must_use]
    #[inline]
    pub const fn or(self, other: Self) -> Self {
        match (self, other) {
            (Self::Enforce, Self::Enforce) => Self::Enforce,
            (Self::Report, _) | (_, Self::Report) => Self::Report,
        }
    }
}
