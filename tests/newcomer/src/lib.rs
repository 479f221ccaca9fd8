//! A notes API as somebody writes it who knows palisade from its guide alone.

mod accounts;
mod notes;
mod permission;
mod service;
mod settings;

pub use accounts::Accounts;
pub use notes::{NewNote, Note, Notes};
pub use permission::Permission;
pub use service::Service;
pub use settings::Settings;
