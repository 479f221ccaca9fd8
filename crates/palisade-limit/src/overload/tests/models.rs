//! Every order in which threads can come and go.

use super::super::gauge::Gauge;
use loom::{
    sync::{
        Arc,
        atomic::{
            AtomicU32,
            Ordering::{Relaxed, SeqCst},
        },
    },
    thread,
};

/// Enters, notes how many are inside, and leaves; whether it was let in.
fn visit(gauge: &Gauge, inside: &AtomicU32) -> bool {
    let entered = gauge.enter();
    if entered {
        assert!(inside.fetch_add(1, SeqCst) < gauge.limit());
        inside.fetch_sub(1, SeqCst);
        gauge.leave();
    }
    entered
}

#[test]
fn loom_never_more_than_the_limit_and_nothing_in_the_end() {
    loom::model(|| {
        let (gauge, inside) = (Arc::new(Gauge::new(1)), Arc::new(AtomicU32::new(0)));
        let threads: Vec<_> = (0..2)
            .map(|_| {
                let (gauge, inside) = (gauge.clone(), inside.clone());
                thread::spawn(move || visit(&gauge, &inside))
            })
            .collect();
        let mine = visit(&gauge, &inside);
        let entered = threads.into_iter().fold(mine, |any, thread| thread.join().unwrap() | any);
        assert!(entered, "refused although nobody was in");
        assert_eq!(gauge.count(), 0);
        assert!(gauge.enter());
    });
}

#[test]
fn loom_nobody_is_refused_while_there_is_room() {
    loom::model(|| {
        let gauge = Arc::new(Gauge::new(2));
        let other = gauge.clone();
        let thread = thread::spawn(move || other.enter());
        assert!(gauge.enter() && thread.join().unwrap());
        assert!(!gauge.enter());
        assert_eq!(gauge.count(), 2);
    });
}

/// With a limit of one it is a lock: what the one who left wrote without any order, the next one in the place reads.
#[test]
fn loom_leaving_happens_before_entering() {
    loom::model(|| {
        let (gauge, place) = (Arc::new(Gauge::new(1)), Arc::new([AtomicU32::new(0), AtomicU32::new(0)]));
        let add = |gauge: &Gauge, place: &[AtomicU32; 2]| {
            if gauge.enter() {
                let seen = place.each_ref().map(|half| half.load(Relaxed));
                assert_eq!(seen[0], seen[1], "half of what the one before wrote");
                place.iter().for_each(|half| half.store(seen[0] + 1, Relaxed));
                gauge.leave();
            }
        };
        let (other, theirs) = (gauge.clone(), place.clone());
        let thread = thread::spawn(move || add(&other, &theirs));
        add(&gauge, &place);
        thread.join().unwrap();
    });
}
