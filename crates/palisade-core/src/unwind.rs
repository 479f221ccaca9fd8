//! What becomes of a pass, and of a request, when the call beside it panics.

use crate::{facts::Facts, finish::Outlet};
use std::mem;

/// Runs `poll`, and empties `slot` if that panics: a pass in it is then dropped while the thread still panics, and can tell a
/// panic from a request that was cancelled.
#[doc(hidden)]
#[inline]
pub fn or_drop<T, R>(slot: &mut Option<T>, poll: impl FnOnce() -> R) -> R {
    let spoiled = Spoiled(slot);
    let result = poll();
    mem::forget(spoiled);
    result
}

struct Spoiled<'a, T>(&'a mut Option<T>);

impl<T> Drop for Spoiled<'_, T> {
    #[cold]
    fn drop(&mut self) {
        *self.0 = None;
    }
}

/// Runs `ask`, and gives the request up if that panics, while the thread still panics: whoever sees it out can then tell a panic from a
/// request that was cancelled.
#[inline]
pub(crate) fn or_abandon<F: Outlet, R>(finish: &F, facts: &Facts, ask: impl FnOnce() -> R) -> R {
    let abandoned = Abandoned(finish, facts);
    let result = ask();
    mem::forget(abandoned);
    result
}

struct Abandoned<'a, F: Outlet>(&'a F, &'a Facts);

impl<F: Outlet> Drop for Abandoned<'_, F> {
    #[cold]
    fn drop(&mut self) {
        self.0.abandon(self.1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{
        panic::{AssertUnwindSafe, catch_unwind},
        sync::atomic::{AtomicU32, Ordering::SeqCst},
        thread,
    };

    struct Witness<'a>(&'a AtomicU32);

    impl Drop for Witness<'_> {
        fn drop(&mut self) {
            self.0.fetch_add(if thread::panicking() { 100 } else { 1 }, SeqCst);
        }
    }

    #[test]
    fn what_stands_beside_a_panic_sees_it() {
        let seen = AtomicU32::new(0);
        let mut slot = Some(Witness(&seen));
        assert_eq!(or_drop(&mut slot, || 7), 7);
        assert!(slot.is_some() && seen.load(SeqCst) == 0);
        assert!(catch_unwind(AssertUnwindSafe(|| or_drop(&mut slot, || panic!("on purpose")))).is_err());
        assert!(slot.is_none());
        assert_eq!(seen.load(SeqCst), 100);
    }
}
