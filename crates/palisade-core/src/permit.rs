//! What a request occupies while it is under way.

use std::any::Any;

/// Something that a request occupies until its response is over, and that hears how the response goes on; given to
/// [`Facts::hold_permit`](crate::Facts::hold_permit). Whoever lets go of it last gives back what it stands for.
///
/// A response waits either for its handler, which has no more of the body yet, or for whoever reads it, who has not asked for more.
/// The second can be made to last for ever from outside, so a permit may be given to somebody else meanwhile: the body then ends in an error
/// ([`TailError::Unread`](crate::TailError::Unread)) when it is asked for again.
pub trait Permit: Any + Send + Sync {
    /// Whether the response waits for its reader now; told with every frame, so it must cost next to nothing.
    fn waits_for_reader(&self, waits: bool) {
        let _ = waits;
    }

    /// Whether it was given to somebody else.
    fn is_taken_back(&self) -> bool {
        false
    }
}

/// Any value that lasts as long as a response, and wants to hear nothing of it.
pub(crate) struct Plain<P>(pub(crate) P);

impl<P: Any + Send + Sync> Permit for Plain<P> {}
