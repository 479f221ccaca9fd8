//! Passwords: how they are typed, kept, compared, and chosen.

mod common;
mod compute;
mod cost;
mod hashing;
mod kept;
mod policy;
mod pool;
mod presented;
mod scratch;
mod stored;
#[cfg(test)]
mod tests;
mod threads;

pub use cost::{HashCost, InvalidCost};
pub use hashing::{Comparison, Hashing, HashingError};
pub use kept::PasswordHash;
pub use policy::{PasswordPolicy, WeakPassword};
pub use pool::HashingStatus;
pub use presented::{InvalidPassword, Password};
pub use stored::Unusable;
