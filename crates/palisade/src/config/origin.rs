//! Where a value comes from.

use std::{fmt, sync::Arc};

/// Where a value comes from; a later kind wins over an earlier one.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Origin {
    /// Nobody set it.
    Default,
    /// A TOML file.
    File {
        /// The file.
        name: Arc<str>,
        /// The line, counted from 1.
        line: usize,
    },
    /// An environment variable.
    Variable(Arc<str>),
    /// What the program was told when it was started, such as `--listen`.
    Flag(Arc<str>),
}

impl Origin {
    /// Whoever has the higher rank wins.
    pub(super) const fn rank(&self) -> u8 {
        match self {
            Self::Default => 0,
            Self::File { .. } => 1,
            Self::Variable(_) => 2,
            Self::Flag(_) => 3,
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File { name, line } => write!(f, "{name}:{line}"),
            Self::Variable(name) | Self::Flag(name) => f.write_str(name),
        }
    }
}
