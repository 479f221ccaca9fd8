//! What a request occupies until its response is over.

use crate::permit::{Permit, Plain};
use std::{
    any::Any,
    fmt, mem,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// A permit of any kind: whoever lets go of it last gives back what it stands for.
pub(crate) type Share = Arc<dyn Permit>;

/// What lasts as long as a response: the permits of its request, and who wants to see it out.
#[derive(Default)]
pub(crate) struct Tail {
    pub(crate) permits: Vec<Share>,
    /// What sees the response out; of a type that this file need not know.
    pub(crate) watch: Option<Box<dyn Any + Send + Sync>>,
}

/// The tail of one request, while it is under way.
#[derive(Default)]
pub(crate) struct Held(Mutex<Tail>);

impl Held {
    pub(crate) fn push(&self, permit: Share) {
        self.lock().permits.push(permit);
    }

    /// A permit that wants to hear nothing.
    pub(crate) fn keep(&self, permit: impl Send + Sync + 'static) {
        self.push(Arc::new(Plain(permit)));
    }

    /// Lets `change` at what sees the response out.
    pub(crate) fn watch<R>(&self, change: impl FnOnce(&mut Option<Box<dyn Any + Send + Sync>>) -> R) -> R {
        change(&mut self.lock().watch)
    }

    pub(crate) fn any<P: Any>(&self, mut is: impl FnMut(&P) -> bool) -> bool {
        let find = |permit: &Share| {
            let permit: &dyn Any = &**permit;
            permit
                .downcast_ref()
                .or_else(|| permit.downcast_ref().map(|Plain(inner)| inner))
                .is_some_and(&mut is)
        };
        self.lock().permits.iter().any(find)
    }

    pub(crate) fn share(&self) -> Vec<Share> {
        self.lock().permits.clone()
    }

    pub(crate) fn take(&self) -> Tail {
        mem::take(&mut *self.lock())
    }

    fn lock(&self) -> MutexGuard<'_, Tail> {
        // A panic elsewhere does not make a list of permits wrong.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A share in everything that a request occupies, for work that outlives its response.
///
/// Permits are released when the response body is over. What goes on after that, such as a WebSocket or a task, takes a share
/// along; the permits are then released when both the response is over and the last share is dropped. Made by
/// [`Facts::in_flight`](crate::Facts::in_flight), or by axum as an extractor. It is empty where nothing limits the request.
///
/// ```
/// use palisade_core::{Clock, Facts};
///
/// let facts = Facts::new(Clock::system());
/// facts.hold("a permit");
/// let in_flight = facts.in_flight();
/// assert_eq!(in_flight.permits(), 1);
/// std::thread::spawn(move || drop(in_flight)); // released there
/// ```
#[derive(Clone, Default)]
#[must_use = "the permits are released when this is dropped: move it into what goes on"]
pub struct InFlight(Vec<Share>);

impl InFlight {
    pub(crate) const fn new(permits: Vec<Share>) -> Self {
        Self(permits)
    }

    /// How many permits it has a share in.
    #[must_use]
    pub fn permits(&self) -> usize {
        self.0.len()
    }
}

impl fmt::Debug for InFlight {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InFlight").field("permits", &self.0.len()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_share_releases() {
        let held = Held::default();
        let permit: Share = Arc::new(Plain(7_u8));
        let watch = Arc::downgrade(&permit);
        held.push(permit);
        assert!(held.any(|permit: &u8| *permit == 7));
        assert!(!held.any(|permit: &u8| *permit == 8) && !held.any(|_: &u16| true));
        let share = InFlight::new(held.share());
        drop(held.take());
        assert_eq!((share.permits(), held.take().permits.len()), (1, 0));
        let other = share.clone();
        drop(share);
        assert!(watch.upgrade().is_some());
        drop(other);
        assert!(watch.upgrade().is_none());
    }
}
