//! Why a request was decided as it was.

mod account;
mod guard;
mod ring;
mod witness;

pub use guard::Explain;
