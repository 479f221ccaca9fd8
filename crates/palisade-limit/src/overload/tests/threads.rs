//! The number, against a list of who is in, and under threads.

use super::super::{gauge::Gauge, seat::Seat};
use proptest::prelude::*;
use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering::SeqCst},
    },
    thread,
};

proptest! {
    /// `None` enters, `Some` lets one of those inside leave.
    #[test]
    fn the_count_is_those_who_are_in(
        steps in prop::collection::vec(prop::option::of(0..64_usize), 0..300),
        limit in 1..8_u32,
    ) {
        let gauge = Arc::new(Gauge::new(limit));
        let mut seats = Vec::new();
        for step in steps {
            match step {
                None => {
                    let room = seats.len() < limit as usize;
                    let seat = Seat::take(&gauge);
                    prop_assert_eq!(seat.is_some(), room);
                    seats.extend(seat);
                }
                Some(at) if !seats.is_empty() => drop(seats.remove(at % seats.len())),
                Some(_) => {}
            }
            prop_assert_eq!(gauge.count() as usize, seats.len());
            prop_assert!(gauge.count() <= limit);
        }
        drop(seats);
        prop_assert_eq!(gauge.count(), 0);
    }
}

#[test]
fn a303_sixty_four_threads_never_exceed_the_limit_and_end_at_nothing() {
    let gauge = Arc::new(Gauge::new(7));
    let (inside, most, admitted) = (AtomicU32::new(0), AtomicU32::new(0), AtomicU32::new(0));
    thread::scope(|scope| {
        for _ in 0..64 {
            scope.spawn(|| {
                for _ in 0..2_000 {
                    let Some(seat) = Seat::take(&gauge) else { continue };
                    most.fetch_max(inside.fetch_add(1, SeqCst) + 1, SeqCst);
                    admitted.fetch_add(1, SeqCst);
                    thread::yield_now();
                    inside.fetch_sub(1, SeqCst);
                    drop(seat);
                }
            });
        }
    });
    assert!((1..=7).contains(&most.load(SeqCst)), "{most:?}");
    assert!(admitted.load(SeqCst) >= 2_000);
    assert_eq!(gauge.count(), 0);
}
