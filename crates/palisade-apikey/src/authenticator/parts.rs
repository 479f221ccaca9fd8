//! What those who verify keys and those who make them share.

use crate::{digest::Peppers, effective::Effective, format::KeyFormat, store::KeyStore};
use palisade_core::EventSink;
use std::sync::Arc;

#[derive(Clone)]
pub(crate) struct Parts {
    pub(crate) format: KeyFormat,
    pub(crate) peppers: Peppers,
    pub(crate) store: Arc<dyn KeyStore>,
    pub(crate) effective: Effective,
    pub(crate) events: Arc<dyn EventSink>,
}
