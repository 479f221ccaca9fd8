//! The TOML file.

use super::mistake::Mistake;
use serde::Deserialize;

/// What may stand in the file; unknown keys are mistakes, because a misspelt one would silently not count. Secrets have no place in it.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ConfigFile {
    pub(super) listen: Option<String>,
    pub(super) max_file_mib: Option<u64>,
    pub(super) threads: Option<u64>,
    pub(super) allow: Option<Vec<String>>,
    pub(super) deny: Option<Vec<String>>,
    pub(super) tenants: Option<Vec<String>>,
    pub(super) audit_file: Option<String>,
    pub(super) quiet: Option<bool>,
}

impl ConfigFile {
    /// Reads the text of a file that is called `name` in messages.
    pub(super) fn parse(name: &str, text: &str) -> Result<Self, Mistake> {
        toml::from_str(text).map_err(|fault: toml::de::Error| {
            let before = fault.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
            let line = before.matches('\n').count() + 1;
            Mistake::new(format!("{name}:{line}"), fault.message())
        })
    }
}
