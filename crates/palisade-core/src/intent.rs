//! A change that is told of before it is made.

use crate::{
    event::{Event, EventSink},
    unrecorded::Unrecorded,
};
use std::{fmt, sync::Arc};

/// A change that is told of before it is made: where nobody can take note of it, it is not made.
///
/// ```
/// use palisade_core::{Event, EventSink, Intent, Tracing};
/// use std::sync::Arc;
///
/// # async fn act(write: impl Future<Output = bool>) -> Result<(), palisade_core::Unrecorded> {
/// let sink: Arc<dyn EventSink> = Arc::new(Tracing);
/// let intent = Intent::declare(&sink, Event::TokensReloaded { tokens: 3 }).await?;
/// if write.await {
///     // Nobody is told of success before this says so.
///     intent.done().await?;
/// } else {
///     intent.abandon("store_unavailable");
/// }
/// # Ok(()) }
/// ```
#[must_use = "a change that was declared is made and told as done, or abandoned"]
pub struct Intent {
    sink: Arc<dyn EventSink>,
    event: Event,
    open: bool,
    /// It was noted, so the change may be under way.
    noted: bool,
}

impl Intent {
    /// Tells that the change is about to be made.
    ///
    /// # Errors
    ///
    /// Where nobody can take note of it: the change must not be made then.
    pub async fn declare(sink: &Arc<dyn EventSink>, event: Event) -> Result<Self, Unrecorded> {
        // From here on it may have been noted, and whoever goes away leaves no question open.
        let mut intent = Self { sink: sink.clone(), event, open: true, noted: false };
        match intent.sink.intend(&intent.event).await {
            Ok(()) => {
                intent.noted = true;
                Ok(intent)
            }
            Err(unrecorded) => {
                intent.abandon("audit_unavailable");
                Err(unrecorded)
            }
        }
    }

    /// Tells that the change was made.
    ///
    /// # Errors
    ///
    /// Where that cannot be noted. The change stands, and it was noted that it was about to be made; it must not be acknowledged.
    pub async fn done(mut self) -> Result<(), Unrecorded> {
        self.open = false;
        self.sink.record(&self.event).await
    }

    /// Tells that the change was not made: why, in one word.
    pub fn abandon(mut self, reason: &'static str) {
        self.open = false;
        self.sink.abandon(&self.event, reason);
    }

    /// Tells that nobody knows whether the change was made, as after a store that did not answer: why, in one word.
    ///
    /// So it is told too where this value is dropped without an end: whoever made the change was broken off.
    pub fn doubt(mut self, reason: &'static str) {
        self.open = false;
        self.sink.doubt(&self.event, reason);
    }
}

impl Drop for Intent {
    fn drop(&mut self) {
        match (self.open, self.noted) {
            (true, true) => self.sink.doubt(&self.event, "broken_off"),
            (true, false) => self.sink.abandon(&self.event, "broken_off"),
            (false, _) => {}
        }
    }
}

impl fmt::Debug for Intent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Intent").field("event", &self.event).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reply::Reply;
    use std::sync::Mutex;

    #[derive(Debug, Default)]
    struct Heard(Mutex<Vec<String>>, bool, bool);

    impl Heard {
        fn hear(&self, what: &str, is: bool) -> Reply<Result<(), Unrecorded>> {
            self.0.lock().unwrap().push(what.to_owned());
            Reply::now(if is { Err(Unrecorded::new("down")) } else { Ok(()) })
        }
    }

    impl EventSink for Heard {
        fn emit(&self, _: &Event) {}

        fn intend(&self, _: &Event) -> Reply<Result<(), Unrecorded>> {
            self.hear("intend", self.1)
        }

        fn record(&self, _: &Event) -> Reply<Result<(), Unrecorded>> {
            self.hear("record", self.2)
        }

        fn abandon(&self, _: &Event, reason: &'static str) {
            drop(self.hear(reason, false));
        }

        fn doubt(&self, _: &Event, reason: &'static str) {
            drop(self.hear("in doubt", false));
            drop(self.hear(reason, false));
        }
    }

    const EVENT: Event = Event::TokensReloaded { tokens: 1 };

    async fn check(down: [bool; 2], expected: &[&str]) {
        let heard = Arc::new(Heard(Mutex::default(), down[0], down[1]));
        let sink: Arc<dyn EventSink> = heard.clone();
        if let Ok(intent) = Intent::declare(&sink, EVENT).await {
            assert_eq!(intent.done().await.is_err(), down[1]);
        }
        assert_eq!(*heard.0.lock().unwrap(), expected);
    }

    #[tokio::test]
    async fn every_intent_has_one_end() {
        check([false, false], &["intend", "record"]).await;
        check([true, false], &["intend", "audit_unavailable"]).await;
        check([false, true], &["intend", "record"]).await;
        let heard = Arc::new(Heard::default());
        let sink: Arc<dyn EventSink> = heard.clone();
        drop(Intent::declare(&sink, EVENT).await.unwrap());
        Intent::declare(&sink, EVENT).await.unwrap().abandon("conflict");
        Intent::declare(&sink, EVENT).await.unwrap().doubt("down");
        let expected =
            ["intend", "in doubt", "broken_off", "intend", "conflict", "intend", "in doubt", "down"];
        assert_eq!(*heard.0.lock().unwrap(), expected);
    }

    #[tokio::test]
    async fn two_sinks_hear_both_and_either_can_refuse() {
        let (one, other) = (Arc::new(Heard::default()), Arc::new(Heard(Mutex::default(), true, false)));
        let sink: Arc<dyn EventSink> = Arc::new((one.clone(), other.clone()));
        assert!(Intent::declare(&sink, EVENT).await.is_err());
        for heard in [one, other] {
            assert_eq!(*heard.0.lock().unwrap(), ["intend", "audit_unavailable"]);
        }
    }
}
