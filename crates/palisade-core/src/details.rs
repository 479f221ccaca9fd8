//! What an authenticator knows of a caller beyond what every kind of credential has.

use std::{any::Any, fmt, sync::Arc};

/// A value of a type that only its authenticator and its readers name.
#[derive(Clone)]
pub(crate) struct Details(Arc<dyn Any + Send + Sync>);

impl Details {
    pub(crate) fn new<T: Any + Send + Sync>(value: Arc<T>) -> Self {
        Self(value)
    }

    pub(crate) fn get<T: Any + Send + Sync>(&self) -> Option<Arc<T>> {
        self.0.clone().downcast().ok()
    }
}

impl PartialEq for Details {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for Details {}

impl fmt::Debug for Details {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Details")
    }
}
