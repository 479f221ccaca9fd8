//! Refresh tokens: what they look like, what is remembered of them, and where.

mod memory;
mod record;
mod store;
mod token;

pub use memory::MemoryRefresh;
pub use record::RefreshFamily;
pub use store::{MAX_FAMILIES, RefreshStore};
pub(super) use token::RefreshToken;
