//! The one script that decides a whole call.

use std::fmt;

/// The script and the hash by which a server knows it.
pub(crate) struct Script(redis::Script);

/// One file for each algorithm, and what they have in common; put together to one script, so that a call of several quotas
/// is one round trip and one step.
const SOURCE: &str = concat!(
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
    pub(crate) fn new() -> Self {
        Self(redis::Script::new(SOURCE))
    }

    pub(crate) fn hash(&self) -> &str {
        self.0.get_hash()
    }

    #[expect(clippy::unused_self, reason = "the hash and the source belong together")]
    pub(crate) const fn source(&self) -> &'static str {
        SOURCE
    }
}

impl fmt::Debug for Script {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Script({})", self.hash())
    }
}
