//! Whether a chain holds.

use super::{
    chain::Chain,
    link::Link,
    record::{Record, Sealed},
};

/// What became of looking through a whole log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Verification {
    /// Where the log begins: after what was pruned.
    pub anchor: Link,
    /// The last record that holds.
    pub head: Link,
    /// How many records hold.
    pub records: u64,
    /// The first record that does not.
    pub fault: Option<Fault>,
}

/// The first record that does not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Fault {
    /// Which record, by its number.
    pub sequence: u64,
    /// What is wrong with it.
    pub kind: FaultKind,
}

/// What is wrong with a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FaultKind {
    /// It is not what was written, or something before it that it binds is not.
    Altered,
    /// It is not at its place: deleted, moved, or cut off at the end.
    Missing,
    /// It cannot be read.
    Unreadable,
    /// What marks the log's beginning or end was not made with this chain: changed, or made with another key.
    Mark,
}

impl FaultKind {
    /// One word for logs.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Altered => "altered",
            Self::Missing => "missing",
            Self::Unreadable => "unreadable",
            Self::Mark => "mark",
        }
    }
}

/// Looks at records one after the other; keeps none.
#[derive(Debug)]
pub struct Walk<'c> {
    chain: &'c Chain,
    so_far: Verification,
    /// What the log must have come by: its own head, and links that were noted elsewhere.
    known: Vec<Link>,
    /// What nothing follows.
    end: Option<u64>,
}

impl<'c> Walk<'c> {
    /// From the anchor on; the log must reach every link that is `known`, and be there what it was.
    #[must_use]
    pub fn new(chain: &'c Chain, anchor: Link, known: impl IntoIterator<Item = Link>) -> Self {
        let so_far = Verification { anchor, head: anchor, records: 0, fault: None };
        let mut known: Vec<_> = known.into_iter().filter(|link| link.sequence > 0).collect();
        // What was pruned cannot be looked at; at the anchor itself it must be the same.
        known.retain(|link| link.sequence >= anchor.sequence);
        let mut walk = Self { chain, so_far, known, end: None };
        if walk.known.iter().any(|link| link.sequence == anchor.sequence && *link != anchor) {
            walk.stop(anchor.sequence, FaultKind::Altered);
        }
        walk
    }

    /// Looks at the record that stands next; `false` where there is nothing more to learn.
    pub fn step(&mut self, sealed: Option<&Sealed>) -> bool {
        self.step_with(sealed, |_| true)
    }

    /// The same, of a store that keeps more than the record and knows whether both say the same.
    pub fn step_with(&mut self, sealed: Option<&Sealed>, agrees: impl FnOnce(&Record) -> bool) -> bool {
        if self.so_far.fault.is_some() {
            return false;
        }
        let at = self.so_far.head.sequence.saturating_add(1);
        if self.end.is_some_and(|end| at > end) {
            return self.stop(at, FaultKind::Altered);
        }
        let Some(sealed) = sealed else { return self.stop(at, FaultKind::Unreadable) };
        if sealed.link.sequence != at {
            return self.stop(at, FaultKind::Missing);
        }
        let link = self.chain.link(&self.so_far.head, &sealed.body);
        let known = self.known.iter().any(|known| known.sequence == at && *known != link);
        if link != sealed.link || known || !sealed.record().is_some_and(|record| agrees(&record)) {
            return self.stop(at, FaultKind::Altered);
        }
        self.so_far.head = link;
        self.so_far.records = self.so_far.records.saturating_add(1);
        true
    }

    /// The log ends here and not before or after, as it knows itself.
    pub fn end(&mut self, link: Link) {
        let at = self.so_far.head;
        if self.so_far.fault.is_some() {
            return;
        }
        if link.sequence < at.sequence {
            self.stop(link.sequence.saturating_add(1), FaultKind::Altered);
        } else if link.sequence > at.sequence {
            self.known.push(link);
        } else if link != at {
            self.stop(at.sequence, FaultKind::Altered);
        }
        self.end = Some(link.sequence);
    }

    /// The outcome, with nothing following.
    #[must_use]
    pub fn finish(mut self) -> Verification {
        let at = self.so_far.head.sequence;
        if self.so_far.fault.is_none() && self.known.iter().any(|link| link.sequence > at) {
            self.stop(at.saturating_add(1), FaultKind::Missing);
        }
        self.so_far
    }

    /// Of a log whose marks are not its own.
    #[must_use]
    pub fn marked(sequence: u64) -> Verification {
        let fault = Some(Fault { sequence, kind: FaultKind::Mark });
        Verification { anchor: Link::START, head: Link::START, records: 0, fault }
    }

    fn stop(&mut self, sequence: u64, kind: FaultKind) -> bool {
        self.so_far.fault = Some(Fault { sequence, kind });
        false
    }
}
