//! What is kept of many, in a fixed amount of memory.

use palisade_core::Key;
use std::sync::{Mutex, PoisonError};

/// Something that is kept of one.
pub(super) trait Kept: Copy + Default + Send {
    /// What weighs least makes room for another.
    fn weight(&self) -> u64;
}

const WAYS: usize = 8;
const SETS: usize = 512;

/// Keeps something of at most 4,096; made whole at once, and never larger.
///
/// Where a set is full, what weighs least goes: whoever floods it with fresh keys pushes out others that did little.
pub(super) struct Table<T>(Box<[Mutex<Set<T>>]>);

type Set<T> = [Option<(Key, T)>; WAYS];

impl<T: Kept> Table<T> {
    pub(super) fn new() -> Self {
        Self((0..SETS).map(|_| Mutex::new([None; WAYS])).collect())
    }

    /// Lets `change` at what is kept of this key.
    pub(super) fn with<R>(&self, key: Key, change: impl FnOnce(&mut T) -> R) -> Option<R> {
        let [.., low, high] = key.as_bytes();
        let set = usize::from(u16::from_le_bytes([*low, *high])) % SETS;
        let mut set = self.0.get(set)?.lock().unwrap_or_else(PoisonError::into_inner);
        let known = set.iter().position(|place| place.as_ref().is_some_and(|(there, _)| *there == key));
        let place = match known {
            Some(place) => set.get_mut(place)?,
            None => {
                set.iter_mut().min_by_key(|place| place.as_ref().map_or(0, |(_, kept)| kept.weight() | 1))?
            }
        };
        match place {
            Some((there, kept)) if *there == key => Some(change(kept)),
            other => Some(change(&mut other.insert((key, T::default())).1)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Clone, Copy, Default)]
    struct Count(u64);

    impl Kept for Count {
        fn weight(&self) -> u64 {
            self.0
        }
    }

    fn key(n: u64) -> Key {
        let mut bytes = [0; 16];
        for (index, part) in bytes.chunks_exact_mut(8).enumerate() {
            let mixed = (n + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(17 * index as u32 + 7);
            part.copy_from_slice(&mixed.wrapping_mul(0xbf58_476d_1ce4_e5b9).to_le_bytes());
        }
        Key::from_bytes(bytes)
    }

    #[test]
    fn strangers_make_it_no_larger_and_do_not_push_out_who_presses() {
        let table = Table::<Count>::new();
        let busy = key(1_000_000);
        for _ in 0..1_000 {
            table.with(busy, |count| count.0 += 10);
        }
        for stranger in 0..100_000 {
            assert_eq!(
                table.with(key(stranger), |count| {
                    count.0 += 1;
                    count.0
                }),
                Some(1)
            );
        }
        assert_eq!(table.with(busy, |count| count.0), Some(10_000));
        let kept: usize = table.0.iter().map(|set| set.lock().unwrap().iter().flatten().count()).sum();
        assert!(kept <= WAYS * SETS);
    }
}
