//! What a token makes known.

use crate::{claims::Claims, revocation::TokenMarks};
use palisade_core::Principal;
use std::sync::Arc;

/// What a token that held made known.
#[derive(Debug)]
pub(super) struct Known {
    pub(super) principal: Principal,
    pub(super) claims: Arc<Claims>,
    /// By which it can be revoked.
    pub(super) marks: Option<TokenMarks>,
}
