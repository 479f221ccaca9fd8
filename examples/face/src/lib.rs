//! A picture comparison API that is open today and moves behind tokens step by step.
//!
//! [`settings`] decides how far the move has gone and refuses what is unsafe, [`picture`] compares, [`desk`] bounds how much
//! of that happens at once, [`migration`] remembers whom enforcing would refuse.

pub mod banner;
pub mod counted;
mod describe;
pub mod desk;
pub mod migration;
pub mod permissions;
pub mod picture;
pub mod server;
pub mod settings;
pub mod stats;
pub mod tally;
pub mod upload;
