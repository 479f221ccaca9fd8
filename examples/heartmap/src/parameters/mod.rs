//! What may be changed of the analysis while the service runs.

mod store;
mod values;

pub use store::{Changed, ParameterStore, Versioned};
pub use values::{Parameters, Summaries};
