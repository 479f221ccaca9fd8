//! The attacks, a file for each part of an application.

use super::scene::Scene;

mod addresses;
mod bodies;
mod cors;
mod credentials;
mod errors;
mod keys;
mod kinds;
mod limits;
mod logs;
mod methods;
mod paths;
#[cfg(feature = "jwt")]
mod tokens;

/// Plays everything that leaves limits alone.
pub(crate) async fn play(scene: &Scene) {
    credentials::play(scene).await;
    keys::play(scene).await;
    kinds::play(scene).await;
    #[cfg(feature = "jwt")]
    tokens::play(scene).await;
    paths::play(scene).await;
    methods::play(scene).await;
    addresses::play(scene).await;
    bodies::play(scene).await;
    cors::play(scene).await;
    errors::play(scene).await;
    logs::play(scene).await;
    limits::play(scene).await;
}
