//! Header lines that are put into a response further outside.

use crate::{facts::Facts, left::Left};
use http::{HeaderName, HeaderValue};
use std::{
    any::Any,
    sync::{Arc, atomic::Ordering::Relaxed},
};

/// Header lines of a response, such as those of limits, whose values are known on the way out.
///
/// A pass that [leaves](Facts::leave_lines) them need not write them itself: whoever stands outside and writes headers of the
/// response anyway writes these along with its own.
pub trait Lines: Send + Sync + 'static {
    /// Their names, in the order in which their values come.
    fn names(&self) -> &'static [HeaderName];

    /// Hands a value for each name to `put`; a name without one must not stand in the response.
    fn write(&self, facts: &Facts, put: &mut dyn FnMut(Option<HeaderValue>));
}

impl<L: Lines> Left for L {
    fn names(&self) -> &'static [HeaderName] {
        Lines::names(self)
    }

    fn write(&self, facts: &dyn Any, put: &mut dyn FnMut(Option<HeaderValue>)) {
        if let Some(facts) = facts.downcast_ref() {
            Lines::write(self, facts, put);
        }
    }
}

impl Facts {
    /// Whether somebody outside writes lines that are left; to be asked while the request comes in, because whoever stands inside
    /// has written when the caller's turn to leave them comes.
    #[must_use]
    #[inline]
    pub fn are_lines_taken(&self) -> bool {
        self.ledger().takes_lines.load(Relaxed)
    }

    /// Leaves lines to whoever [takes](Self::are_lines_taken) them.
    ///
    /// # Errors
    ///
    /// The lines, where nobody does, or others were left before; the caller then writes them itself.
    #[inline]
    pub fn leave_lines<L: Lines>(&self, lines: Arc<L>) -> Result<(), Arc<L>> {
        let ledger = self.ledger();
        if !self.are_lines_taken() || ledger.lines.is_completed() {
            return Err(lines);
        }
        ledger.lines.call_once(|| lines);
        Ok(())
    }

    /// Has lines left; `false` where somebody outside takes them already.
    #[inline]
    pub(crate) fn take_lines(&self) -> bool {
        let taken = &self.ledger().takes_lines;
        !taken.load(Relaxed) && !taken.swap(true, Relaxed)
    }

    /// The lines that were left.
    #[inline]
    pub(crate) fn lines(&self) -> Option<&dyn Left> {
        self.ledger().lines.get().map(|lines| &**lines)
    }
}
