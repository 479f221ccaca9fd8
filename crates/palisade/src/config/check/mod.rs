//! What is wrong, or unwise, in settings that could be read.

mod auth;
mod compiled;
mod limits;
mod observe;
mod server;

use super::{
    mistake::{Mistake, Mistakes},
    schema::Config,
};
use std::{collections::BTreeSet, fmt, ops::RangeInclusive};

/// What was found in settings.
#[derive(Debug, Default)]
pub(super) struct Findings {
    pub(super) mistakes: Mistakes,
    pub(super) warnings: Vec<Mistake>,
}

impl Findings {
    fn wrong(&mut self, path: impl Into<String>, what: impl fmt::Display) {
        self.mistakes.push(Mistake::new(path, what));
    }

    fn unwise(&mut self, path: impl Into<String>, what: impl fmt::Display) {
        self.warnings.push(Mistake::new(path, what));
    }

    /// A choice that opens what is closed otherwise: it must be written, and is told.
    fn dangerous(&mut self, is_set: bool, path: &str, what: &str) {
        if is_set {
            self.unwise(path, what);
        }
    }

    fn within<T: PartialOrd + fmt::Display>(&mut self, path: &str, value: &T, bounds: &RangeInclusive<T>) {
        if !bounds.contains(value) {
            self.wrong(path, format!("is out of bounds: write {} to {}", bounds.start(), bounds.end()));
        }
    }

    /// Every entry of a list is good, and none stands there twice.
    fn each<E: fmt::Display>(
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
    fn written(&mut self, path: &str, text: &str, what: &str) {
        if text.trim().is_empty() {
            self.wrong(path, what);
        } else if text.trim().len() != text.len() {
            self.wrong(path, "has white space around it");
        }
    }
}

/// Everything that is wrong or unwise; asks nobody, opens nothing.
pub(super) fn check(config: &Config) -> Findings {
    let mut findings = Findings::default();
    auth::check(config, &mut findings);
    server::check(&config.server, &mut findings);
    limits::check(config, &mut findings);
    observe::check(config, &mut findings);
    compiled::check(config, &mut findings);
    if config.report_only {
        findings.unwise("report_only", "everything is decided and nothing refused");
    }
    findings
}
