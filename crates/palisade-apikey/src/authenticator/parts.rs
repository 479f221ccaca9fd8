//! What those who verify keys and those who make them share.

use crate::{digest::Peppers, format::KeyFormat, roles::Roles, store::KeyStore};
use palisade_core::EventSink;
use std::sync::Arc;

#[derive(Clone)]
pub(crate) struct Parts {
    pub(crate) format: KeyFormat,
    pub(crate) peppers: Peppers,
    pub(crate) store: Arc<dyn KeyStore>,
    pub(crate) roles: Roles,
    pub(crate) events: Arc<dyn EventSink>,
}
