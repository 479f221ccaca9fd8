//! A new key is on record before it is there.

use crate::support::{DAY, ISSUER, now, start};
use palisade_core::{Clock, Event, EventSink, Reply, TokenEvent, Unrecorded};
use palisade_jwt::{Grant, Issuer, KeySource as _, Rotation, SigningKeys, SigningKeysError};
use std::{
    path::Path,
    sync::{Arc, Mutex},
};

/// Takes note until it is told not to.
#[derive(Clone, Debug, Default)]
struct Notes(Arc<Mutex<(Vec<String>, Mood)>>);

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Mood {
    #[default]
    Well,
    Down,
    Silent,
}

impl Notes {
    fn note(&self, what: &str, event: &Event) {
        if let Event::Token(TokenEvent::KeyAdded { .. }) = event {
            self.0.lock().unwrap().0.push(what.to_owned());
        }
    }

    fn be(&self, mood: Mood) {
        *self.0.lock().unwrap() = (Vec::new(), mood);
    }

    fn taken(&self) -> Vec<String> {
        self.0.lock().unwrap().0.clone()
    }
}

impl EventSink for Notes {
    fn emit(&self, event: &Event) {
        self.note("told", event);
    }

    fn intend(&self, event: &Event) -> Reply<Result<(), Unrecorded>> {
        let mood = self.0.lock().unwrap().1;
        match mood {
            Mood::Down => return Reply::now(Err(Unrecorded::new("the disk is full"))),
            Mood::Silent => return Reply::later(std::future::pending()),
            Mood::Well => {}
        }
        self.note("begun", event);
        Reply::now(Ok(()))
    }

    fn record(&self, event: &Event) -> Reply<Result<(), Unrecorded>> {
        self.note("done", event);
        Reply::now(Ok(()))
    }

    fn abandon(&self, event: &Event, reason: &'static str) {
        self.note(reason, event);
    }
}

fn rotates(directory: Option<&Path>) {
    let (time, notes) = (start(), Notes::default());
    let builder = match directory {
        Some(directory) => SigningKeys::in_directory(directory),
        None => SigningKeys::in_memory(),
    };
    let builder = builder.rotation(Rotation::every(10 * DAY)).clock(Clock::manual(&time));
    let keys = builder.events(notes.clone()).refreshed_by_hand().open().unwrap();
    assert_eq!(notes.taken(), ["told"]);
    let issuer = Issuer::builder(ISSUER).audience("models").keys(&keys).unwrap();
    // Long after another key should have been made: there is none, and the first one goes on to sign.
    for mood in [Mood::Down, Mood::Silent] {
        notes.be(mood);
        time.advance(11 * DAY);
        let refused = keys.refresh().unwrap_err();
        assert!(matches!(refused, SigningKeysError::Unrecorded(_)), "{refused:?}");
        assert_eq!(keys.current().unwrap().len(), 1);
        assert!(!keys.is_stale());
        assert!(issuer.mint(&Grant::to("ada"), now(&time)).is_ok());
    }
    notes.be(Mood::Well);
    keys.refresh().unwrap();
    assert_eq!(notes.taken(), ["begun", "done"]);
    assert_eq!(keys.current().unwrap().len(), 2);
    keys.refresh().unwrap();
    assert_eq!(notes.taken(), ["begun", "done"]);
}

#[test]
fn a288_no_key_is_made_that_cannot_be_recorded() {
    rotates(None);
    let directory = tempfile::tempdir().unwrap();
    rotates(Some(&directory.path().join("keys")));
}
