//! A limit that others may charge, without knowing how it counts.

use crate::{denial::Denial, key::Key, reply::Reply};
use std::fmt;

/// Charges a key, for guards that are no limiter themselves (a login that slows down guessing).
pub trait Throttle: fmt::Debug + Send + Sync + 'static {
    /// Charges one unit at entry.
    fn charge(&self, key: &Key) -> Reply<Result<Charge, Denial>>;
}

/// A charge that was made; [`refund`](Self::refund) takes it back, dropping it lets it stand.
#[must_use = "a charge stands unless it is refunded"]
pub struct Charge(Box<dyn FnOnce() -> Reply<()> + Send>);

impl Charge {
    /// A charge with what takes it back.
    pub fn new(refund: impl FnOnce() -> Reply<()> + Send + 'static) -> Self {
        Self(Box::new(refund))
    }

    /// Takes the charge back; done when the reply is there.
    pub fn refund(self) -> Reply<()> {
        (self.0)()
    }
}

impl fmt::Debug for Charge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Charge")
    }
}
