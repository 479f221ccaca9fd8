//! Who finds room.

use super::*;
use palisade_core::{ManualClock, UnixTime};

const MOST: usize = 64 * 1024;
/// What strangers cause waits in so much of it.
const THEIRS: usize = 56 * 1024;

fn queue() -> Queue {
    let clock = Clock::manual(&ManualClock::new(UnixTime::from_secs(1_800_000_000)));
    Queue::new(clock, "here".into(), MOST, u32::MAX)
}

/// What waits, once no more of these finds room.
fn filled(queue: &Queue, act: &'static str) -> usize {
    let before = queue.lock().dropped;
    while queue.lock().dropped == before {
        queue.put(Entry::new(act));
    }
    queue.bytes()
}

#[test]
fn what_strangers_cause_leaves_an_eighth_to_everything_else() {
    let size = Entry::new("authn.failure").size().max(Entry::new("breaker.opened").size());
    let queue = queue();
    let theirs = filled(&queue, "authn.failure");
    assert!(theirs <= THEIRS && theirs + size > THEIRS, "{theirs}");
    assert!(queue.is_full());
    // Events of our own still find room, to the end of it.
    let all = filled(&queue, "breaker.opened");
    assert!(all <= MOST && all + size > MOST, "{all}");
    assert!(queue.put_durably(Entry::new("key.created")).is_err());
    // Every one that found none is counted.
    let state = queue.lock();
    assert_eq!((state.dropped, state.number), (2, state.waiting.len() as u64));
}

#[test]
fn changes_find_room_where_strangers_have_taken_theirs() {
    let queue = queue();
    filled(&queue, "limit.denied");
    assert!(queue.put_durably(Entry::new("key.created")).is_ok());
    // What is appended makes room again.
    let waiting = queue.lock().waiting.len();
    queue.appended(waiting);
    assert!(queue.bytes() == 0 && !queue.is_full());
    let before = queue.lock().dropped;
    queue.put(Entry::new("limit.denied"));
    assert_eq!(queue.lock().dropped, before);
}

/// A long entry may come at any time, so it is full a little before.
#[test]
fn it_is_full_when_a_long_entry_of_a_stranger_might_not_fit() {
    let queue = queue();
    while queue.bytes() + LONG <= THEIRS {
        assert!(!queue.is_full(), "{}", queue.bytes());
        queue.put(Entry::new("authn.failure"));
    }
    assert!(queue.is_full());
}
