//! The law that every store obeys.
//!
//! [`suite!`](crate::suite!) makes a test of each function here. Time is what the calls say it is: a store with a clock of
//! its own must take the moment of the call instead while it is tested.
//!
//! What a limit promises, and what holds it to that:
//!
//! | promise | law, or test elsewhere |
//! | --- | --- |
//! | no burst above its bound | [`bursts_stay_within_their_bound`] |
//! | who obeys is never refused | [`who_heeds_what_is_left_is_never_refused`]; by the headers themselves, `a201_…` of the guard |
//! | the told wait is enough | [`exact_wait_passes`] |
//! | refusals cost nothing | [`refused_is_not_charged`] |
//! | all or nothing | [`all_or_nothing`], [`every_way_of_counting_in_one_call`] |
//! | refunds stay where they belong | [`refund_gives_back_once`], [`refund_stays_in_its_window`] |
//! | penalties and rewards are exact, whatever is left | [`penalties_and_rewards_move_every_counter`], [`rewards_open_no_window`] |
//! | steps of the wall clock change nothing | [`wall_clock_steps_change_nothing`] |
//! | numbers at their ends | [`extremes_do_not_break`] |
//! | no amnesty for whoever brings strangers | [`strangers_free_nobody`]; full tables, `a209_…` of the memory store |
//! | one answer, at once or not | each law that takes one charge after the other, by `take_at_once` and by `apply` in turns |
//! | as specified | [`decisions_are_those_of_the_reference`] |
//! | bounded memory | `a208_…` of the memory store, and `benches memory`; each store has bounds of its own |
//! | exact under threads | `a202_…` and the `loom` test of the memory store |
//!
//! Addresses and spoofed headers are tested where keys are made (`client_ip` of `palisade-core`); stores that are down, report-only
//! limits, limits applied twice, methods, and the syntax of headers where the guard is (`rate_limit`, `headers`), and through a
//! whole stack in the package `tests`.

mod agreeing;
mod bounding;
mod correcting;
mod counter;
mod deciding;
mod edges;

pub use agreeing::*;
pub use bounding::*;
pub use correcting::*;
pub use deciding::*;
pub use edges::*;

/// Waits for a future on this thread.
pub use palisade_core::wait as run;

/// Makes a test of every law for one store.
///
/// `suite!(make)` calls `make()` for a fresh [`RateStore`](crate::RateStore) in each test; stores may share what is behind them,
/// because the tests draw their keys at random. `suite!(make, tokio::test)` awaits `make()`, under that test attribute. It stands
/// in a module of its own, in tests, with the feature `suite`.
///
/// ```
/// mod memory {
///     palisade_limit::suite!(palisade_limit::MemoryStore::new);
/// }
/// ```
#[macro_export]
macro_rules! suite {
    ($make:expr $(, $test:meta)?) => {
        $crate::suite!(@each ($make $(, $test)?)
            burst_then_rate
            windows_start_again
            exact_wait_passes
            refused_is_not_charged
            cost_zero_looks
            cost_beyond_capacity_never_passes
            bursts_stay_within_their_bound
            who_heeds_what_is_left_is_never_refused
            strangers_free_nobody
            a_sliding_counter_slides
            a_sliding_log_forgets_one_by_one
            calendar_windows_end_at_midnight
            decisions_are_those_of_the_reference
            every_way_of_counting_in_one_call
            all_or_nothing
            counters_are_apart
            counters_of_one_key_keep_their_places
            peek_changes_nothing
            refund_gives_back_once
            refund_stays_in_its_window
            overrun_is_owed
            penalties_and_rewards_move_every_counter
            rewards_open_no_window
            block_and_clear
            wall_clock_steps_change_nothing
            extremes_do_not_break
            wrong_calls_are_errors
        );
    };
    (@each ($make:expr) $($law:ident)*) => {
        $(#[test] fn $law() { $crate::suite::run($crate::suite::$law(&($make)())); })*
    };
    (@each ($make:expr, $test:meta) $($law:ident)*) => {
        $(#[$test] async fn $law() { $crate::suite::$law(&($make)().await).await; })*
    };
}
