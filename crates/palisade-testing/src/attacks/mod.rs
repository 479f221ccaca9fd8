//! Point it at your own router: it takes the routes, tries what applies to each, and tells what got through.
//!
//! See [`Attacks`]. Attacks are tried in the process, each from an address of its own and at a time that stands still, and over a
//! socket where the wire matters. No attack is judged by a status alone: how often handlers ran, what stands in the body, what was
//! written down about the caller, and what was logged and emitted meanwhile are looked at too.

mod against;
mod answer;
mod count;
mod door;
mod groups;
mod judge;
mod log;
mod outcome;
mod probe;
mod report;
mod scene;
mod settings;
mod shot;
mod table;
mod wire;

pub use against::Attacks;
pub use count::{CountLayer, Counted};
pub use log::Log;
pub use outcome::{Failure, Outcome};
pub use probe::Probe;
pub use report::Report;
