//! What a link carries.

use crate::{failure::Failure, script::Script};
use redis::{Cmd, Value};
use std::fmt;

/// One question to a script, and how its answer is read.
pub(crate) trait Exchange: fmt::Debug + Send + Sync + 'static {
    type Answer: Send + 'static;

    /// Adds how many keys there are, the keys, and the arguments.
    fn arguments(&self, command: &mut Cmd);

    fn read(&self, value: &Value) -> Result<Self::Answer, Failure>;
}

/// What a link is for: the calls that go over it, and how to try out whether they work again.
pub(crate) trait Work: fmt::Debug + Send + Sync + 'static {
    type Call: Exchange;

    fn script(&self) -> &Script;

    /// A call that writes, to a key that nobody else uses, beside the one that failed last.
    fn trial(&self, number: u64) -> Result<Self::Call, Failure>;

    /// Takes note of a call that failed: coming back is tried out where it went wrong.
    fn failed(&self, call: &Self::Call);
}
