//! Events that were told, and waiting for something.

use palisade_core::{Event, EventSink, TokenEvent};
use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

/// Events that were told.
#[derive(Clone, Debug, Default)]
pub struct Told(Arc<Mutex<Vec<TokenEvent>>>);

impl Told {
    pub fn take(&self) -> Vec<TokenEvent> {
        std::mem::take(&mut *self.0.lock().unwrap())
    }

    pub fn count(&self, which: impl Fn(&TokenEvent) -> bool) -> usize {
        self.0.lock().unwrap().iter().filter(|event| which(event)).count()
    }
}

impl EventSink for Told {
    fn emit(&self, event: &Event) {
        if let Event::Token(event) = event {
            self.0.lock().unwrap().push(event.clone());
        }
    }
}

/// Waits until `is_so`, for a while.
pub async fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    for _ in 0..2_000 {
        if is_so() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("waited too long for {what}");
}
