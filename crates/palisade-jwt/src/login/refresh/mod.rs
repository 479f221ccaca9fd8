//! Refresh tokens: what they look like, what is remembered of them, and where.

mod memory;
mod record;
mod revoke;
mod store;
mod token;

pub use memory::MemoryRefresh;
pub use record::{IssuedAccess, RefreshFamily};
pub(super) use revoke::revoke;
pub use store::{MAX_FAMILIES, RefreshStore};
pub(super) use token::RefreshToken;
