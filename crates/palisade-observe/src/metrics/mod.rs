//! Requests and events as numbers.

#[cfg(feature = "audit")]
pub(crate) mod audit;
mod event_names;
mod events;
mod guard;
mod method;
mod names;
mod watch;

pub use events::CountedEvents;
pub use guard::Metrics;
