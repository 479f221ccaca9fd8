//! Laws of the chain.

use crate::support::{entry, keyed};
use palisade_observe::audit::{Chain, FaultKind, Link, Mark, Sealed, Walk};
use proptest::prelude::*;

fn records(chain: &Chain, count: u64) -> Vec<Sealed> {
    let entries: Vec<_> = (0..count).map(entry).collect();
    chain.seal_all(Link::START, &entries).unwrap()
}

fn walk(chain: &Chain, records: &[Sealed], known: &[Link]) -> Option<(u64, FaultKind)> {
    let mut walk = Walk::new(chain, Link::START, known.iter().copied());
    let _ = records.iter().all(|sealed| walk.step(Some(sealed)));
    walk.finish().fault.map(|fault| (fault.sequence, fault.kind))
}

proptest! {
    #[test]
    fn whatever_is_changed_the_first_record_that_is_not_itself_is_named(
        count in 2_u64..20, at in 0_usize..20, other in 0_usize..20, byte in 0_usize..400, how in 0..4, is_keyed: bool,
    ) {
        let chain = if is_keyed { keyed() } else { Chain::plain() };
        let original = records(&chain, count);
        let known = [original.last().unwrap().link];
        let mut changed = original.clone();
        let (at, other) = (at % changed.len(), other % changed.len());
        match how {
            0 => {
                let body = &mut changed[at].body;
                let mut byte = byte % body.len();
                while !body.as_bytes()[byte].is_ascii_alphanumeric() {
                    byte = (byte + 1) % body.len();
                }
                let new = if body.as_bytes()[byte] == b'a' { "b" } else { "a" };
                body.replace_range(byte..=byte, new);
            }
            1 => drop(changed.remove(at)),
            2 => changed.swap(at, other),
            _ => changed.truncate(at),
        }
        let first = original.iter().zip(&changed).position(|(a, b)| a != b).unwrap_or_else(|| original.len().min(changed.len()));
        let expected = (changed != original).then_some(first as u64 + 1);
        prop_assert_eq!(walk(&chain, &changed, &known).map(|(sequence, _)| sequence), expected);
    }

    #[test]
    fn marks_are_read_by_the_chain_that_made_them_alone(sequence: u64, hash: [u8; 32], at in 0_usize..200) {
        let link = Link { sequence, hash };
        let mark = keyed().mark(Mark::Head, &link);
        prop_assert_eq!(keyed().unmark(Mark::Head, &mark), Some(link));
        prop_assert_eq!(keyed().unmark(Mark::Anchor, &mark), None);
        prop_assert_eq!(Chain::plain().unmark(Mark::Head, &mark), None);
        let mut torn = mark.clone();
        torn.truncate(at % mark.len());
        prop_assert_eq!(keyed().unmark(Mark::Head, &torn), None);
    }
}

#[test]
fn what_a_record_is_bound_by() {
    // Recomputed by hand from what the guide says.
    let entry = entry(1);
    let sealed = Chain::plain().seal(&Link::START, &entry);
    assert_eq!(
        sealed.body,
        "{\"sequence\":1,\"time\":\"2027-01-15T08:00:01.000Z\",\"act\":\"key.created\",\"outcome\":\"done\",\"actor\":\"user:1\",\"target\":\"key:1\"}"
    );
    assert_ne!(sealed.link.hash, keyed().seal(&Link::START, &entry).link.hash);
    assert_eq!(sealed.record().unwrap().entry, entry);
}
