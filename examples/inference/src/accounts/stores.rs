//! Where users, refresh tokens and revocations are kept.

use palisade::jwt::{
    MemoryRevocations, Revocations,
    login::{MemoryRefresh, MemoryUsers, RefreshStore, UserStore},
};
use std::sync::Arc;

/// Where users, refresh tokens and revocations are kept.
#[derive(Clone, Debug)]
pub struct Stores {
    /// Who has a password.
    pub users: Arc<dyn UserStore>,
    /// Who is logged in.
    pub refresh: Arc<dyn RefreshStore>,
    /// Which access tokens are void.
    pub revocations: Arc<dyn Revocations>,
}

impl Stores {
    /// In this process: everything is forgotten at its end.
    #[must_use]
    pub fn in_memory() -> Self {
        Self {
            users: Arc::new(MemoryUsers::new()),
            refresh: Arc::new(MemoryRefresh::new()),
            revocations: Arc::new(MemoryRevocations::new()),
        }
    }
}
