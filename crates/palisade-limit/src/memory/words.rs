//! The memory that a table is made of.

use crate::sync::{AtomicU64, zeros};
use self_cell::{MutBorrow, self_cell};
use std::{fmt, ops::Deref};

/// A fixed number of words, all zero at first.
pub(super) struct Words(Owned);

/// When the operating system hands memory out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pages {
    /// As it is first used, page by page.
    AsUsed,
    /// All at once, and in huge pages where the system has them.
    AtOnce,
}

struct Seen<'m>(&'m [AtomicU64]);

self_cell! {
    struct Owned {
        owner: MutBorrow<Memory>,
        #[covariant]
        dependent: Seen,
    }
}

enum Memory {
    Heap(Box<[AtomicU64]>),
    #[cfg(all(target_os = "linux", not(palisade_loom)))]
    Map(huge::Map),
}

impl Words {
    pub(super) fn zeros(count: usize, pages: Pages) -> Self {
        let memory = match pages {
            #[cfg(all(target_os = "linux", not(palisade_loom)))]
            Pages::AtOnce => huge::Map::new(count).map(Memory::Map),
            _ => None,
        };
        let memory = memory.unwrap_or_else(|| Memory::Heap(zeros(count)));
        Self(Owned::new(MutBorrow::new(memory), |memory| Seen(memory.borrow_mut().words())))
    }
}

impl Deref for Words {
    type Target = [AtomicU64];

    #[inline(always)]
    fn deref(&self) -> &[AtomicU64] {
        self.0.borrow_dependent().0
    }
}

impl fmt::Debug for Words {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Words").field("count", &self.len()).finish_non_exhaustive()
    }
}

impl Memory {
    fn words(&mut self) -> &[AtomicU64] {
        match self {
            Self::Heap(words) => words,
            #[cfg(all(target_os = "linux", not(palisade_loom)))]
            Self::Map(map) => map.words(),
        }
    }
}

#[cfg(all(target_os = "linux", not(palisade_loom)))]
mod huge {
    use crate::sync::AtomicU64;
    use memmap2::{Advice, MmapMut};
    use std::ops::Range;
    use zerocopy::FromBytes as _;

    /// The size of a huge page, on all processors that have such pages of about this size.
    const HUGE: usize = 2 << 20;

    /// Memory of its own, not of the allocator: the system is told how it is used.
    pub(super) struct Map {
        bytes: MmapMut,
        used: Range<usize>,
    }

    impl Map {
        /// `None` where the system has no more memory, and where fewer bytes are asked for than a huge page has.
        pub(super) fn new(count: usize) -> Option<Self> {
            let length = count.checked_mul(size_of::<AtomicU64>())?;
            if length < HUGE {
                return None;
            }
            // Room to begin where a huge page does.
            let bytes = MmapMut::map_anon(length.checked_add(HUGE)?).ok()?;
            let start = bytes.as_ptr().align_offset(HUGE);
            let used = start..start.checked_add(length)?;
            // A system that has no such pages, or does not know this advice, hands its usual ones out as they are used.
            let _ = bytes.advise_range(Advice::HugePage, start, length);
            let _ = bytes.advise_range(Advice::PopulateWrite, start, length);
            Some(Self { bytes, used })
        }

        pub(super) fn words(&mut self) -> &[AtomicU64] {
            let bytes = self.bytes.get_mut(self.used.clone()).unwrap_or_default();
            <[AtomicU64]>::mut_from_bytes(bytes).unwrap_or_default()
        }
    }
}

#[cfg(all(test, not(palisade_loom)))]
mod tests {
    use super::*;
    use crate::sync::Ordering::Relaxed;

    #[test]
    fn memory_is_zero_and_whole_however_it_is_handed_out() {
        for pages in [Pages::AsUsed, Pages::AtOnce] {
            for count in [1, 100, (2 << 20) / 8, 3_000_001] {
                let words = Words::zeros(count, pages);
                assert_eq!(words.len(), count);
                assert!(words.iter().step_by(511).chain(words.last()).all(|word| word.load(Relaxed) == 0));
                words[count - 1].store(7, Relaxed);
                assert_eq!(words[count - 1].load(Relaxed), 7);
            }
        }
    }
}
