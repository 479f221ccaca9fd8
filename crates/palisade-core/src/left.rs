//! What was left for whoever writes the response's headers, as the ledger knows it: without knowing who reads the ledger.

use http::{HeaderName, HeaderValue};
use std::any::Any;

/// Lines whose facts come as a value of any type: the ledger keeps them, and the facts are made of the ledger.
pub(crate) trait Left: Send + Sync {
    fn names(&self) -> &'static [HeaderName];

    /// Nothing is put where `facts` are none.
    fn write(&self, facts: &dyn Any, put: &mut dyn FnMut(Option<HeaderValue>));
}
