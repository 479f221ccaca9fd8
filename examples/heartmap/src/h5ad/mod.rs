//! Files of the `.h5ad` kind: HDF5 in the layout of `anndata`, read without trusting a byte of them.
//!
//! Every claim of a file is compared with a bound before anything is allocated or decoded for it, every byte that the reader asks for
//! is counted, and what is decoded is looked at a chunk at a time.

mod attribute;
mod dense;
mod elements;
mod encoding;
mod error;
mod layout;
mod matrix;
mod meter;
mod names;
mod number;
mod sparse;
mod tally;

pub use encoding::Encoding;
pub use error::H5adError;
pub use matrix::Matrix;
pub use meter::{Meter, StopOnDrop};
pub use tally::{Line, Tally};
