//! Who knows a secret when it sees one.

use std::fmt;

/// Knows secrets of one kind by how they look, so that a log can mask them wherever they turn up.
///
/// What mints a secret implements it; what writes logs asks it. Cheap: it is asked for every word.
pub trait Recogniser: fmt::Debug + Send + Sync + 'static {
    /// Whether this word is such a secret, valid or not.
    fn recognises(&self, word: &str) -> bool;
}
