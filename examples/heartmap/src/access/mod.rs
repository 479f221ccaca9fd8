//! Who may do what, and with what they prove who they are.

mod gate;
mod login;
mod permission;

pub use gate::{Access, FirstKey};
pub use login::ADMIN;
pub use permission::{Permission, permissions};
