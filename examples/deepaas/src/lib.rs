//! One static bearer token in front of model endpoints.
//!
//! [`settings`] finds the token and refuses to start on a doubtful one, [`model`] answers pictures with figures
//! and labels computed from their pixels, [`versions`] is the public front page.

mod describe;
pub mod link;
pub mod model;
pub mod server;
pub mod settings;
pub mod versions;
