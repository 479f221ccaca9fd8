//! What keeps the program from starting.

use std::fmt;

/// A mistake in the settings: where it stands, and what to write instead; never a value that may hold a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    place: String,
    what: String,
}

impl Mistake {
    /// This is wrong at that place.
    pub fn new(place: impl Into<String>, what: impl fmt::Display) -> Self {
        // One mistake is one line, whatever a parser has to say.
        let what = what.to_string().split_whitespace().collect::<Vec<_>>().join(" ");
        Self { place: place.into(), what }
    }
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.what)
    }
}

impl std::error::Error for Mistake {}
