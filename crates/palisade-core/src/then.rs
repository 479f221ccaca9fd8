//! Two links of a chain.

use std::fmt;

/// Two links of a chain: the second is asked only when the first admits, and the first sees the second's refusal go out.
///
/// ```
/// use palisade_core::{Guard, gate, guard_fn};
///
/// let layer = gate(guard_fn(|_, _| Ok(())).then(guard_fn(|_, _| Ok(()))).then(guard_fn(|_, _| Ok(()))));
/// # let _ = layer;
/// ```
#[derive(Clone, Copy)]
pub struct Then<A, B>(pub(crate) A, pub(crate) B);

impl<A, B> Then<A, B> {
    pub(crate) const fn new(first: A, second: B) -> Self {
        Self(first, second)
    }

    /// This chain, and then that guard.
    pub const fn then<C>(self, next: C) -> Then<Self, C> {
        Then(self, next)
    }
}

impl<A, B> fmt::Debug for Then<A, B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Then")
    }
}
