//! A circuit breaker: calls to something that keeps failing are refused at once, until it works again.
//!
//! A [`Breaker`] belongs to one dependency or one route, never to a whole service. It is asked once on the way to what it
//! protects, in one of four ways:
//!
//! | | |
//! | --- | --- |
//! | [`Breaker::acquire`] | a [`Permit`], for whoever makes the call by hand |
//! | [`Breaker::call`], [`Breaker::call_or`] | around a future, without and with a fallback |
//! | [`Breaker::guard`] | at a route or in a gate; refuses with 503 |
//! | [`BreakerLayer`] | around a service, with another service as fallback |
//!
//! What never counts as a failure: a call that was cancelled, and what the classification calls neither, such as answers that
//! blame the client. So strangers cannot open a breaker by going away or by asking for nonsense. A time limit belongs *inside*
//! of the call, where running out is a failure; a limit around it would cancel the call.
//!
//! Time is monotonic. A state that time alone ends (open, a probe that hangs) ends at that time exactly, although nothing runs
//! in the background: the next look finds what a timer would have done.

mod call;
mod circuit;
mod error;
mod guard;
mod handle;
mod layer;
mod meter;
mod permit;
mod probes;
mod rules;
mod set;
mod settings;
mod snapshot;
mod state;
#[cfg(test)]
mod tests;
mod transition;
mod verdict;
mod window;

pub use call::{CallError, Classified};
pub use error::{BreakerError, BreakerErrors};
pub use guard::{BreakerGuard, BreakerPass};
pub use handle::Breaker;
pub use layer::{BreakerLayer, BreakerService};
pub use permit::Permit;
pub use set::{Breakers, MAX_BREAKERS};
pub use settings::BreakerSettings;
pub use snapshot::BreakerSnapshot;
pub use transition::{BreakerState, CallOutcome};
