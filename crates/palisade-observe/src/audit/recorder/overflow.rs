//! What becomes of requests while nothing can be recorded.

/// What becomes of requests while as much waits for the log as may wait. Changes to keys and users are refused then, whatever
/// this says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Overflow {
    /// They go on; what is not recorded is counted, and the count is a record.
    #[default]
    Count,
    /// They wait for room, up to a second, and then go on.
    Wait,
    /// They are refused with 503.
    Refuse,
}
