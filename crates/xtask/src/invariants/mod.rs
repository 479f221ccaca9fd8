//! Rules that the source tree keeps, checked without compiling it.

mod circles;
mod clocks;
mod framework;
mod imports;
mod length;
mod modules;
mod pillars;
mod source;
mod text;
mod token;
mod violation;

use std::fs;
use std::path::Path;

use crate::metadata;
use violation::Violation;

/// What was looked at and what was found.
#[derive(Debug)]
pub(crate) struct Report {
    pub(crate) files: usize,
    pub(crate) violations: Vec<Violation>,
}

/// All rules on the tree at `root`; or why it cannot be read.
pub(crate) fn check(root: &Path) -> Result<Report, String> {
    let packages = metadata::packages(root)?;
    let files = source::read(root).map_err(|error| format!("cannot read the sources: {error}\n"))?;
    let manifest = |path: &str| fs::read_to_string(root.join(path)).unwrap_or_default();
    let violations = [
        pillars::check(&packages, manifest),
        clocks::check(&files),
        framework::check(&files),
        length::check(&files),
        circles::check(&files),
    ];
    Ok(Report { files: files.len(), violations: violations.into_iter().flatten().collect() })
}
