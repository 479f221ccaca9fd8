//! What writes events down.

mod builder;
mod counted;
mod events;
mod inner;
mod overflow;
mod queue;
mod sample;
mod thread;

pub use builder::{RecorderBuilder, RecorderError};
pub use events::Recorder;
pub use overflow::Overflow;
