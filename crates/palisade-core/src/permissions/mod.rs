//! Which permissions there are, and how they hang together.

mod builder;
mod closure;
mod declared;
mod error;
#[cfg(test)]
mod tests;

pub use builder::PermissionsBuilder;
pub use declared::Permissions;
pub use error::{PermissionsError, PermissionsErrors};
