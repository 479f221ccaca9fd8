//! The TOML file.

use super::mistake::Mistake;
use serde::Deserialize;

/// What may stand in the file; unknown keys are mistakes, because a misspelt one would silently not count.
#[derive(Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ConfigFile {
    pub(super) listen: Option<String>,
    pub(super) log_level: Option<String>,
    pub(super) users_file: Option<String>,
    pub(super) access_token_expire_minutes: Option<u64>,
    pub(super) redis_url: Option<String>,
    pub(super) redis_timeout_ms: Option<u64>,
    pub(super) nodes: Option<u32>,
    pub(super) upstream: Option<String>,
    pub(super) breaker_open_ms: Option<u64>,
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
