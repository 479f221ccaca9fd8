//! The law that every store obeys.
//!
//! [`suite!`](crate::suite!) makes a test of each function here.

mod listing;
mod reading;
mod sample;
mod telling;
mod writing;

pub use listing::*;
pub use reading::*;
pub use telling::*;
pub use writing::*;

/// Waits for a future on this thread.
pub use palisade_core::wait as run;

/// Makes a test of every law for one store.
///
/// `suite!(make)` calls `make()` for a fresh [`KeyStore`](crate::KeyStore) in each test; stores may share what is behind them,
/// because the tests draw their ids and owners at random. `suite!(make, tokio::test)` awaits `make()`, under that
/// test attribute. It stands in a module of its own, in tests, with the feature `suite`.
///
/// ```
/// mod memory {
///     palisade_apikey::suite!(palisade_apikey::MemoryStore::new);
/// }
/// ```
#[macro_export]
macro_rules! suite {
    ($make:expr $(, $test:meta)?) => {
        $crate::suite!(@each ($make $(, $test)?)
            what_is_inserted_is_read_back
            what_is_not_there_is_none
            ids_are_unique
            updates_need_the_version_that_was_read
            updates_of_nothing_are_conflicts
            one_of_two_writers_wins
            changes_are_made_together_or_not_at_all
            unchanged_records_are_conditions
            wrong_changes_are_invalid
            use_is_remembered_and_changes_no_version
            what_is_recalled_is_nothing_old
            pages_tell_each_record_once
            conditions_are_all_met
            pages_are_bounded
            listeners_are_told
        );
    };
    (@each ($make:expr) $($law:ident)*) => {
        $(#[test] fn $law() { $crate::suite::run($crate::suite::$law(&($make)())); })*
    };
    (@each ($make:expr, $test:meta) $($law:ident)*) => {
        $(#[$test] async fn $law() { $crate::suite::$law(&($make)().await).await; })*
    };
}
