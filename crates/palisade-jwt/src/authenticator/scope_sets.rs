//! Sets of scopes that tokens had lately: those of one service's callers are few.

use crate::mapping::Unmapped;
use arc_swap::ArcSwapOption;
use palisade_core::ScopeSet;
use std::{fmt, sync::Arc};

/// So many claims are remembered at most.
const PLACES: usize = 256;
/// A longer claim is read each time, in bytes.
const MAX_LEN: usize = 512;

/// What claims of scopes mean, by every byte of them; only tokens that hold are ever asked for.
pub(super) struct ScopeSets(Box<[ArcSwapOption<Said>]>);

struct Said {
    claim: Box<str>,
    set: ScopeSet,
}

impl ScopeSets {
    pub(super) fn new() -> Self {
        Self((0..PLACES).map(|_| ArcSwapOption::empty()).collect())
    }

    /// The set that `read` makes of this claim, or made of it before.
    #[inline]
    pub(super) fn of(
        &self,
        claim: &str,
        read: impl FnOnce() -> Result<ScopeSet, Unmapped>,
    ) -> Result<ScopeSet, Unmapped> {
        let Some(place) = self.0.get(place(claim.as_bytes())) else { return read() };
        if let Some(said) = place.load().as_ref().filter(|said| *said.claim == *claim) {
            return Ok(said.set.clone());
        }
        let set = read()?;
        if claim.len() <= MAX_LEN {
            place.store(Some(Arc::new(Said { claim: claim.into(), set: set.clone() })));
        }
        Ok(set)
    }
}

/// Where a claim is looked for: claims that meet there take turns, which costs time and nothing else.
fn place(claim: &[u8]) -> usize {
    let (words, tail) = claim.as_chunks::<8>();
    let mut last = [0; 8];
    last.iter_mut().zip(tail).for_each(|(place, byte)| *place = *byte);
    let mix = |hash: u64, word: &[u8; 8]| {
        // The golden ratio in 64 bits: an odd number whose product spreads what it is given over the upper bits.
        (hash.rotate_left(5) ^ u64::from_le_bytes(*word)).wrapping_mul(0x9e37_79b9_7f4a_7c15)
    };
    (mix(words.iter().fold(0, mix), &last) >> 32) as usize % PLACES
}

impl fmt::Debug for ScopeSets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ScopeSets")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_claim_is_read_once_and_another_in_its_place_is_another() {
        let sets = ScopeSets::new();
        let read = |claim: &str| sets.of(claim, || claim.parse().map_err(|_| Unmapped::ScopeMalformed));
        for round in 0..2 {
            for n in 0..4 * PLACES {
                let claim = format!("read write{n}");
                assert_eq!(read(&claim).unwrap(), claim.parse().unwrap(), "{round}");
                assert!(sets.of(&claim, || Err(Unmapped::ScopeType)).is_ok());
            }
        }
        assert!(read("a\tb").is_err() && read("a\tb").is_err(), "what cannot be read is not remembered");
    }

    #[test]
    fn a_long_claim_is_not_kept() {
        let sets = ScopeSets::new();
        let long = "x".repeat(MAX_LEN + 1);
        assert!(sets.of(&long, || Ok(ScopeSet::empty())).is_ok());
        assert_eq!(sets.of(&long, || Err(Unmapped::TooManyScopes)), Err(Unmapped::TooManyScopes));
    }
}
