//! What was found in settings.

use super::super::mistake::{Mistake, Mistakes};
use std::{collections::BTreeSet, fmt, ops::RangeInclusive};

/// What was found in settings.
#[derive(Debug, Default)]
pub(in crate::config) struct Findings {
    pub(in crate::config) mistakes: Mistakes,
    pub(in crate::config) warnings: Vec<Mistake>,
}

impl Findings {
    pub(super) fn wrong(&mut self, path: impl Into<String>, what: impl fmt::Display) {
        self.mistakes.push(Mistake::new(path, what));
    }

    pub(super) fn unwise(&mut self, path: impl Into<String>, what: impl fmt::Display) {
        self.warnings.push(Mistake::new(path, what));
    }

    /// A choice that opens what is closed otherwise: it must be written, and is told.
    pub(super) fn dangerous(&mut self, is_set: bool, path: &str, what: &str) {
        if is_set {
            self.unwise(path, what);
        }
    }

    pub(super) fn within<T: PartialOrd + fmt::Display>(
        &mut self,
        path: &str,
        value: &T,
        bounds: &RangeInclusive<T>,
    ) {
        if !bounds.contains(value) {
            self.wrong(path, format!("is out of bounds: write {} to {}", bounds.start(), bounds.end()));
        }
    }

    /// Every entry of a list is good, and none stands there twice.
    pub(super) fn each<E: fmt::Display>(
        &mut self,
        path: &str,
        list: &[String],
        mut check: impl FnMut(&str) -> Result<(), E>,
    ) {
        let mut seen = BTreeSet::new();
        for (at, entry) in list.iter().enumerate() {
            let path = || format!("{path}[{at}]");
            if let Err(what) = check(entry) {
                self.wrong(path(), what);
            } else if !seen.insert(entry.as_str()) {
                self.wrong(path(), "stands there twice");
            }
        }
    }

    /// A text that must have a sign in it at least.
    pub(super) fn written(&mut self, path: &str, text: &str, what: &str) {
        if text.trim().is_empty() {
            self.wrong(path, what);
        } else if text.trim().len() != text.len() {
            self.wrong(path, "has white space around it");
        }
    }
}
