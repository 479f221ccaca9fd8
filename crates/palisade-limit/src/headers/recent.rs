//! Numbers that come again.

use super::text::{Digits, SMALL, TEXTS};
use http::HeaderValue;
use std::{cell::RefCell, mem};

/// The values of everyday numbers, such as what remains; a copy of one costs nothing.
static EVERYDAY: [HeaderValue; SMALL] = {
    let mut all = [const { HeaderValue::from_static("0") }; SMALL];
    let mut n = 0;
    while n < SMALL {
        // A constant cannot be dropped where it is made.
        mem::forget(mem::replace(&mut all[n], HeaderValue::from_static(TEXTS[n])));
        n += 1;
    }
    all
};

/// The value of a number: below 1,024 a copy, else `render`'s.
#[inline]
pub(super) fn number(n: u32, render: impl FnOnce(u64) -> HeaderValue) -> HeaderValue {
    match EVERYDAY.get(n as usize) {
        Some(value) => value.clone(),
        None => render(n.into()),
    }
}

/// [`recent`], where it is rarely needed.
#[cold]
pub(super) fn uncommon(n: u64) -> HeaderValue {
    recent(n)
}

/// How many numbers a thread remembers: the seconds at which most limits that are in use reset.
const REMEMBERED: usize = 16;

thread_local! {
    /// Rendered numbers, each at the place that its last digits name. A hit costs a reference count instead of an allocation.
    static RECENT: RefCell<[(u64, HeaderValue); REMEMBERED]> =
        const { RefCell::new([const { (0, HeaderValue::from_static("0")) }; REMEMBERED]) };
}

/// The value of a number that the next responses are likely to have too, such as the second of a reset.
// Always inlined: its value is five words, which would be copied twice on their way out.
#[inline(always)]
pub(super) fn recent(n: u64) -> HeaderValue {
    let cached = RECENT.try_with(|recent| {
        let mut recent = recent.try_borrow_mut().ok()?;
        let (number, value) = recent.get_mut(n as usize % REMEMBERED)?;
        if *number != n {
            (*number, *value) = (n, Digits::of(n).value());
        }
        Some(value.clone())
    });
    // A thread that is ending has no memory any more.
    cached.ok().flatten().unwrap_or_else(|| Digits::of(n).value())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_their_text() {
        for n in (0..3_000).chain([u32::MAX]) {
            assert_eq!(number(n, |n| Digits::of(n).value()), n.to_string().as_str());
        }
    }

    #[test]
    fn what_is_remembered_is_right() {
        for n in [0, 16, 1_700_000_000, 1_700_000_016, 1_700_000_000, 1_700_000_001, u64::MAX, 0, 16] {
            assert_eq!(recent(n), n.to_string().as_str());
            assert_eq!(recent(n), n.to_string().as_str());
        }
    }
}
