//! Where a text stands.

/// A part of a text of less than 64 KiB, as every token is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Span {
    start: u16,
    end: u16,
}

impl Span {
    /// `None` where it would end beyond what can be told.
    pub(crate) fn new(start: usize, len: usize) -> Option<Self> {
        let end = u16::try_from(start.checked_add(len)?).ok()?;
        Some(Self { start: u16::try_from(start).ok()?, end })
    }

    pub(crate) const fn is_empty(self) -> bool {
        self.start == self.end
    }

    pub(crate) const fn len(self) -> usize {
        (self.end - self.start) as usize
    }

    /// Whether it is a part of this text.
    pub(crate) fn is_within(self, text: &str) -> bool {
        usize::from(self.end) <= text.len()
    }

    /// That part of what follows a text.
    pub(crate) fn after<'t>(self, text: &str, behind: &'t str) -> &'t str {
        let range = usize::from(self.start)
            .checked_sub(text.len())
            .zip(usize::from(self.end).checked_sub(text.len()));
        range.and_then(|(start, end)| behind.get(start..end)).unwrap_or_default()
    }

    /// That part of a text.
    #[inline]
    pub(crate) fn of(self, text: &str) -> &str {
        text.get(usize::from(self.start)..usize::from(self.end)).unwrap_or_default()
    }
}
