//! Logins: a password for a token.
//!
//! [`Login`] trades passwords and refresh tokens for access tokens, [`Users`] manages who has a password; both know no HTTP, and bring
//! their routes. [`UserStore`] and [`RefreshStore`] are ports to whatever keeps the records.

mod detach;
mod error;
mod fate;
mod id;
mod mint;
mod name;
mod parts;
mod password;
mod proof;
mod refresh;
mod router;
mod text;
mod tokens;
mod trade;
mod user;
mod users;

pub use error::LoginError;
pub use id::{FamilyId, InvalidId, UserId};
pub use name::{CanonicalName, InvalidUserName, UserName};
pub use password::{
    Comparison, HashCost, Hashing, HashingError, HashingStatus, InvalidCost, InvalidPassword, Password,
    PasswordHash, PasswordPolicy, Unusable, WeakPassword,
};
pub use refresh::{IssuedAccess, MAX_FAMILIES, MemoryRefresh, RefreshFamily, RefreshStore};
pub use text::{Email, InvalidEmail, InvalidText, PlanName, RoleName, Text};
pub use tokens::Tokens;
pub use trade::Login;
pub use user::{
    MAX_USER_CHANGES, MAX_USER_PAGE, MAX_USER_PERMISSIONS, MAX_USER_ROLES, MemoryUsers, User, UserChange,
    UserPage, UserQuery, UserStore,
};
pub use users::{Caller, FirstPassword, Mistake, NewUser, UserPatch, UserRule, Users, UsersError};
