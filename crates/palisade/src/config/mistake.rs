//! What keeps a service from starting.

use super::origin::Origin;
use std::fmt;

/// A mistake in settings: where it stands, and what to write instead; never a value that was found there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    path: String,
    origin: Origin,
    what: String,
}

impl Mistake {
    /// This is wrong with the setting at `path`, such as `limits.address`.
    pub fn new(path: impl Into<String>, what: impl fmt::Display) -> Self {
        // One mistake is one line, whatever a parser has to say.
        let what = what.to_string().split_whitespace().collect::<Vec<_>>().join(" ");
        Self { path: path.into(), origin: Origin::Default, what }
    }

    /// The same, found there.
    #[must_use]
    pub fn from_origin(mut self, origin: Origin) -> Self {
        self.origin = origin;
        self
    }

    /// The setting: names with dots between them, `tokens[0].name`; empty where it is about no setting.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Where its value comes from.
    #[must_use]
    pub const fn origin(&self) -> &Origin {
        &self.origin
    }

    /// What is wrong, and what to write instead.
    #[must_use]
    pub fn what(&self) -> &str {
        &self.what
    }
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.origin {
            Origin::Default => {}
            // A line tells where, not what.
            Origin::File { .. } => write!(f, "{}: ", self.origin)?,
            Origin::Variable(_) | Origin::Flag(_) => return write!(f, "{}: {}", self.origin, self.what),
        }
        if !self.path.is_empty() {
            write!(f, "{}: ", self.path)?;
        }
        f.write_str(&self.what)
    }
}

impl std::error::Error for Mistake {}

/// Every mistake in settings, one a line.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Mistakes(pub(super) Vec<Mistake>);

impl Mistakes {
    /// So many are told at once; who made more makes them again.
    pub const MOST: usize = 100;

    /// None yet.
    #[must_use]
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// One more.
    pub fn push(&mut self, mistake: Mistake) {
        if self.0.len() < Self::MOST && !self.0.contains(&mistake) {
            self.0.push(mistake);
        }
    }

    /// The mistakes one by one.
    pub fn iter(&self) -> impl Iterator<Item = &Mistake> {
        self.0.iter()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// In the order in which they stand in a file, and then all others.
    pub(super) fn sort(&mut self) {
        self.0.sort_by_key(|mistake| match &mistake.origin {
            Origin::File { line, .. } => *line,
            _ => usize::MAX,
        });
    }

    /// Success where there is none.
    ///
    /// # Errors
    ///
    /// The mistakes.
    pub fn into_result(self) -> Result<(), Self> {
        if self.is_empty() { Ok(()) } else { Err(self) }
    }
}

impl Extend<Mistake> for Mistakes {
    fn extend<I: IntoIterator<Item = Mistake>>(&mut self, mistakes: I) {
        mistakes.into_iter().for_each(|mistake| self.push(mistake));
    }
}

impl IntoIterator for Mistakes {
    type Item = Mistake;
    type IntoIter = std::vec::IntoIter<Mistake>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl fmt::Display for Mistakes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, mistake) in self.0.iter().enumerate() {
            if at > 0 {
                f.write_str("\n")?;
            }
            write!(f, "{mistake}")?;
        }
        if self.0.len() == Self::MOST {
            f.write_str("\nand perhaps more")?;
        }
        Ok(())
    }
}

/// As [`Display`](fmt::Display): it is what a `main` that returns the error prints.
impl fmt::Debug for Mistakes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for Mistakes {}
