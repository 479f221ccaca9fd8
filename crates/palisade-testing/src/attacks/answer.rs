//! What came back for one request of an attack.

use crate::response::Response;
use palisade_core::{Facts, Identity};

/// One answer, with what is known of how it came about.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) response: Response,
    /// How often handlers of guarded routes ran for it.
    pub(crate) guarded_runs: u64,
    /// How often handlers of open routes did.
    pub(crate) open_runs: u64,
    /// What the stack wrote down; nothing, where there is none.
    pub(crate) facts: Facts,
    /// What was logged and emitted meanwhile.
    pub(crate) log: String,
}

impl Answer {
    pub(crate) const fn status(&self) -> u16 {
        self.response.status
    }

    pub(crate) fn is_success(&self) -> bool {
        (200..300).contains(&self.status())
    }

    pub(crate) fn header<'a>(&'a self, name: &'a str) -> Option<&'a str> {
        self.response.values(name).next()
    }

    /// Whether anybody found out who calls.
    pub(crate) fn knows_caller(&self) -> bool {
        self.facts.identity().and_then(Identity::principal).is_some()
    }

    /// Whether a stack of ours stands around the application.
    pub(crate) fn is_written_down(&self) -> bool {
        self.facts.client().is_some()
    }

    /// In a line: status, code, reason, handlers.
    pub(crate) fn in_short(&self) -> String {
        let mut text = self.status().to_string();
        for name in ["www-authenticate", "retry-after", "allow", "access-control-allow-origin"] {
            if let Some(value) = self.header(name) {
                text.push_str(&format!("; {name}: {value}"));
            }
        }
        if let Some(denial) = self.facts.denial() {
            text.push_str(&format!("; reason {}", denial.reason()));
        }
        let body = self.response.text();
        if !body.is_empty() {
            text.push_str(&format!("; {}", body.chars().take(160).collect::<String>()));
        }
        text
    }
}
