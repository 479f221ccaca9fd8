//! Users: what is remembered of them, and where.

mod memory;
mod record;
mod store;

pub use memory::MemoryUsers;
pub use record::{MAX_USER_PERMISSIONS, MAX_USER_ROLES, User};
pub use store::{MAX_USER_CHANGES, MAX_USER_PAGE, UserChange, UserPage, UserQuery, UserStore};
