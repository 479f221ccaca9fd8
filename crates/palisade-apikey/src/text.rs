//! Words of bounded length that stand in records.

pub use palisade_core::{InvalidText, Text};

/// What people call a key.
pub type KeyName = Text<128>;
/// To whom a key belongs.
pub type Owner = Text<256>;
/// Whose data it opens, where one service has several customers.
pub type Tenant = Text<128>;
/// The name of a profile of limits.
pub type Plan = Text<64>;
/// The name of a set of permissions.
pub type Role = Text<64>;
/// Why something was done.
pub type Reason = Text<256>;
/// Who did it.
pub type Actor = Text<256>;
