//! How much one decision does, counted in buckets and slots instead of in time.

use super::*;

/// What a call touched, by the shards of all tables.
fn touched(store: &MemoryStore, call: impl FnOnce()) -> u64 {
    store.tables.touched();
    call();
    store.tables.touched()
}

#[test]
fn a210_no_decision_does_more_than_a_few_buckets_of_work() {
    let (store, _) = small();
    let quotas = [quota!("1/day"), quota!("1/day fixed"), quota!("1/day sliding")];
    // Empty, filling, full for long, and outdated all at once: there is no rehash and no sweep.
    for (from, now) in [(0, 0), (100_000, 86_400 * SECOND)] {
        for nth in from..from + 5_000 {
            for quota in &quotas {
                let work = touched(&store, || {
                    take(&store, key(nth), quota, 1, now);
                });
                // Two buckets, and once more where it goes on to the shared cell.
                assert!((1..=4).contains(&work), "{work}");
            }
        }
    }
}

#[test]
fn a210_no_decision_at_a_log_walks_further_than_its_bound() {
    let (store, _) = small();
    let quota = quota!("1000/minute strict");
    for round in [0, 61, 122] {
        for nth in 0..25 {
            for now in 0..1_000 {
                let work = touched(&store, || {
                    take(&store, key(nth), &quota, 1, round * SECOND + now);
                });
                // Two buckets, and the slots that are looked at for outdated logs when no entry is spare.
                assert!((1..=2 + 1_024).contains(&work), "{work}");
            }
        }
    }
}

#[test]
fn a211_keys_that_collide_cost_no_more_than_others() {
    let (store, _) = small();
    let quota = quota!("1/day");
    // All of them in the same two buckets: what an attacker would have who knew the hash's key.
    for nth in 0..100_000_u64 {
        let mut bytes = [7; 16];
        bytes[..8].copy_from_slice(&nth.to_le_bytes());
        let work = touched(&store, || {
            take(&store, Key::from_bytes(bytes), &quota, 1, 0);
        });
        assert!((1..=4).contains(&work), "{work}");
    }
    // He has filled two buckets; everybody else has the rest.
    let passed = (0..40).filter(|nth| take(&store, key(*nth), &quota, 1, 0).admitted).count();
    assert!(passed >= 30, "{passed}");
}
