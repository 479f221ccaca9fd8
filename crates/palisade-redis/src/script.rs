//! Scripts, each of which decides a whole call.

use std::fmt;

/// The script and the hash by which a server knows it.
pub(crate) struct Script {
    known: redis::Script,
    source: &'static str,
}

/// What decides on counters: one file for each algorithm, and what they have in common; put together to one script, so that a call of several quotas
/// is one round trip and one step.
const RATES: &str = concat!(
    include_str!("lua/time.lua"),
    include_str!("lua/arguments.lua"),
    include_str!("lua/product.lua"),
    include_str!("lua/calendar.lua"),
    include_str!("lua/gcra.lua"),
    include_str!("lua/fixed_window.lua"),
    include_str!("lua/sliding_counter.lua"),
    include_str!("lua/sliding_log.lua"),
    include_str!("lua/apply.lua"),
);

impl Script {
    pub(crate) fn rates() -> Self {
        Self::new(RATES)
    }

    pub(crate) fn new(source: &'static str) -> Self {
        Self { known: redis::Script::new(source), source }
    }

    pub(crate) fn hash(&self) -> &str {
        self.known.get_hash()
    }

    pub(crate) const fn source(&self) -> &'static str {
        self.source
    }
}

impl fmt::Debug for Script {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Script({})", self.hash())
    }
}
