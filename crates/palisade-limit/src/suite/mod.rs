//! The law that every store obeys.
//!
//! [`suite!`](crate::suite!) makes a test of each function here. Time is what the calls say it is: a store with a clock of
//! its own must take the moment of the call instead while it is tested.

mod correcting;
mod counter;
mod deciding;
mod edges;

pub use correcting::*;
pub use deciding::*;
pub use edges::*;

use std::{
    pin::pin,
    sync::Arc,
    task::{Context, Poll, Wake, Waker},
    thread::{self, Thread},
};

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
            all_or_nothing
            counters_are_apart
            counters_of_one_key_keep_their_places
            peek_changes_nothing
            refund_gives_back_once
            refund_stays_in_its_window
            overrun_is_owed
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

/// Waits for a future on this thread.
pub fn run<T>(future: impl Future<Output = T>) -> T {
    struct Unpark(Thread);
    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let (mut future, mut cx) = (pin!(future), Context::from_waker(&waker));
    loop {
        match future.as_mut().poll(&mut cx) {
            Poll::Ready(value) => return value,
            Poll::Pending => thread::park(),
        }
    }
}
