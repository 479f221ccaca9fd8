//! For whom a token is.

use crate::json::Span;

/// Names of services; a few stand in place.
#[derive(Clone, Debug, Default)]
pub(super) struct Audience {
    few: [Span; FEW],
    len: usize,
    /// All of them, where there are more.
    many: Vec<Span>,
}

const FEW: usize = 3;

impl Audience {
    pub(super) fn push(&mut self, span: Span) {
        match self.few.get_mut(self.len) {
            Some(place) => *place = span,
            None => {
                if self.many.is_empty() {
                    self.many.extend(self.few);
                }
                self.many.push(span);
            }
        }
        self.len += 1;
    }

    pub(super) fn spans(&self) -> &[Span] {
        self.few.get(..self.len).unwrap_or(&self.many)
    }
}
