//! How much is logged.

use std::str::FromStr;
use tracing_subscriber::filter::LevelFilter;

/// A level by the name that `LOG_LEVEL` has it, in any case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LogLevel(LevelFilter);

impl LogLevel {
    /// What is logged where nothing is said.
    pub const DEFAULT: Self = Self(LevelFilter::INFO);

    /// The filter.
    #[must_use]
    pub const fn filter(self) -> LevelFilter {
        self.0
    }

    /// Whether it logs what belongs in no production log.
    #[must_use]
    pub fn is_for_developers(self) -> bool {
        self.0 >= LevelFilter::DEBUG
    }
}

impl FromStr for LogLevel {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(Self(match text.to_ascii_lowercase().as_str() {
            "trace" => LevelFilter::TRACE,
            "debug" => LevelFilter::DEBUG,
            "info" => LevelFilter::INFO,
            "warn" | "warning" => LevelFilter::WARN,
            "error" | "critical" => LevelFilter::ERROR,
            _ => return Err("not a level; write debug, info, warning or error"),
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_in_any_case() {
        let check = |text: &str, expected: Option<(LevelFilter, bool)>| {
            let found = text.parse::<LogLevel>().ok();
            assert_eq!(found.map(|level| (level.filter(), level.is_for_developers())), expected, "{text}");
        };
        check("info", Some((LevelFilter::INFO, false)));
        check("DEBUG", Some((LevelFilter::DEBUG, true)));
        check("Warning", Some((LevelFilter::WARN, false)));
        check("critical", Some((LevelFilter::ERROR, false)));
        check("trace", Some((LevelFilter::TRACE, true)));
        check("", None);
        check("verbose", None);
    }
}
