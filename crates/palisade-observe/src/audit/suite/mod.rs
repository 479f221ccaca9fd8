//! The law that every audit log obeys.
//!
//! [`audit_suite!`](crate::audit_suite!) makes a test of each function here. Logs must be empty at the beginning of each.

mod appending;
mod reading;
mod sample;

pub use appending::*;
pub use reading::*;

/// Makes a test of every law for one log.
///
/// `audit_suite!(make)` awaits `make()` for a fresh, empty [`AuditLog`](crate::audit::AuditLog) in each test, within a runtime of
/// tokio. What it gives may be a pair of a log and something that must live as long. It stands in a module of its own, in tests,
/// with the feature `suite`.
#[macro_export]
macro_rules! audit_suite {
    ($make:expr) => {
        $crate::audit_suite!(@each ($make)
            an_empty_log_holds
            sequences_have_no_gaps
            many_writers_leave_no_gap
            too_many_entries_are_invalid
            what_is_appended_is_read_back
            pages_tell_each_record_once
            conditions_are_all_met
            a_log_must_come_by_known_links
            pruning_leaves_an_anchor
            pruning_of_everything_goes_on
        );
    };
    (@each ($make:expr) $($law:ident)*) => {
        $(#[tokio::test] async fn $law() {
            let (log, _kept) = ($make)().await;
            $crate::audit::suite::$law(&log).await;
        })*
    };
}
