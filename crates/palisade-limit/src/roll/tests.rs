//! Who is found, and what is forgotten.

use super::*;
use palisade_core::{Clock, ManualClock, UnixTime};
use std::sync::atomic::AtomicU32;

#[derive(Default)]
struct Chair {
    place: Place,
    left: AtomicU32,
}

impl Permit for Chair {}

impl Placed for Chair {
    fn place(&self) -> &Place {
        &self.place
    }

    fn leave(&self) {
        self.left.fetch_add(1, Relaxed);
    }
}

struct Room {
    roll: Roll<Chair>,
    time: ManualClock,
    clock: Clock,
}

impl Room {
    fn new() -> Self {
        let time = ManualClock::new(UnixTime::from_secs(1));
        let clock = Clock::manual(&time);
        Self { roll: Roll::new(), time, clock }
    }

    fn enter(&self, waits: bool) -> Arc<Chair> {
        let chair = Arc::new(Chair::default());
        chair.place.waits_for_reader(waits);
        self.roll.enlist(&chair);
        chair
    }

    fn sweep(&self) -> bool {
        self.roll.sweep(self.clock.now().mono, UNREAD)
    }

    fn names(&self) -> usize {
        self.roll.shards.iter().map(|shard| shard.lock().unwrap().names.len()).sum()
    }
}

#[test]
fn whom_nobody_reads_loses_the_place_and_nobody_else() {
    let room = Room::new();
    let (unread, busy): (Vec<_>, Vec<_>) = (0..100).map(|_| (room.enter(true), room.enter(false))).unzip();
    assert!(!room.sweep());
    room.time.advance(UNREAD - Duration::from_nanos(1));
    assert!(!room.sweep());
    // One of them moves.
    unread[0].place.waits_for_reader(true);
    room.time.advance(Duration::from_secs(1));
    assert!(room.sweep());
    let left = |chairs: &[Arc<Chair>]| chairs.iter().map(|chair| chair.left.load(Relaxed)).sum::<u32>();
    assert_eq!((left(&unread[1..]), left(&unread[..1]), left(&busy)), (99, 0, 0));
    assert!(unread[1..].iter().all(|chair| chair.place.is_given_back()));
    room.time.advance(UNREAD);
    assert!(room.sweep() && left(&unread) == 100);
    room.time.advance(UNREAD);
    assert!(!room.sweep() && left(&busy) == 0);
}

#[test]
fn a_look_is_bounded_and_all_are_looked_at_in_the_end() {
    let room = Room::new();
    let chairs: Vec<_> = (0..10 * AT_ONCE).map(|_| room.enter(true)).collect();
    let left = || chairs.iter().map(|chair| chair.left.load(Relaxed) as usize).sum::<usize>();
    // No second look right after the first.
    assert!(!room.sweep());
    let seen = || chairs.iter().filter(|chair| chair.place.is_unread_for(0, room.clock.now().mono)).count();
    room.time.advance(Duration::from_nanos(1));
    assert!(!room.sweep());
    assert_eq!(left(), 0);
    assert!(seen() <= AT_ONCE, "{}", seen());
    for _ in 0..100 {
        room.time.advance(UNREAD);
        let before = left();
        room.sweep();
        assert!(left() - before <= AT_ONCE);
    }
    assert_eq!(left(), chairs.len());
}

#[test]
fn who_has_left_is_forgotten() {
    let room = Room::new();
    for _ in 0..100_000 {
        drop(room.enter(true));
    }
    assert!(room.names() <= SHARDS * FEW, "{}", room.names());
    let here: Vec<_> = (0..1_000).map(|_| room.enter(true)).collect();
    for _ in 0..100_000 {
        drop(room.enter(true));
    }
    assert!(room.names() <= 3 * here.len() + SHARDS * FEW, "{}", room.names());
    drop(here);
    assert!(!room.sweep(), "nobody is there");
}

#[test]
fn times_are_bounded() {
    for (seconds, fits) in [(0, false), (1, true), (30, true), (3_600, true), (3_601, false)] {
        assert_eq!(check_unread(Duration::from_secs(seconds)).is_ok(), fits, "{seconds}");
    }
}

#[cfg(feature = "metrics")]
#[test]
fn places_that_are_taken_back_are_counted() {
    use metrics_util::debugging::{DebugValue, DebuggingRecorder};
    let recorder = DebuggingRecorder::new();
    let told = recorder.snapshotter();
    metrics::with_local_recorder(&recorder, || {
        let room = Room::new();
        let _chairs: Vec<_> = (0..3).map(|_| room.enter(true)).collect();
        assert!(!room.sweep());
        room.time.advance(UNREAD);
        assert!(room.sweep());
    });
    let counted: Vec<_> =
        told.snapshot().into_vec().into_iter().map(|(key, .., value)| (key, value)).collect();
    let [(key, value)] = counted.as_slice() else { panic!("{counted:?}") };
    assert_eq!((key.key().name(), value), ("palisade_limit_unread_total", &DebugValue::Counter(3)));
}
