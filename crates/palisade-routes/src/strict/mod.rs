//! Bodies of JSON that mean one thing only.

#[cfg(feature = "garde")]
mod checked;
mod deserializer;
mod document;
mod extract;
mod fault;
mod media;
mod name;
mod node;
mod place;
mod reader;
mod round;
#[cfg(test)]
mod tests;
mod trail;
mod violation;

#[cfg(feature = "garde")]
pub use checked::Checked;
pub use extract::StrictJson;
pub use reader::{MAX_DEPTH, MAX_NODES};
pub use violation::{MAX_VIOLATIONS, Violation, Violations};
