//! The routes, and who may call them.

mod cache;
mod config;
mod describe;
mod health;
mod inference;
mod models;
mod queue;
mod stream;
mod whoami;

use crate::{accounts::Accounts, permissions::VIEW_AUDIT_LOGS, service::Service};
use palisade::{
    ApiDocument, Concurrency, StackLimits, explain_route,
    keys::Keyring,
    metrics_route,
    observe::Explain,
    routes::{Policy, Routes, public},
};
use std::sync::Arc;

/// Where the API is told to programs.
pub const DOCUMENT: &str = "/api/v1/openapi.json";
/// Where people read and try it.
pub const PAGE: &str = "/docs";

/// What routes are made of.
#[derive(Debug)]
pub struct Parts<'a> {
    /// What handlers share.
    pub service: &'a Arc<Service>,
    /// Acts on keys.
    pub keyring: &'a Keyring,
    /// Logins and users.
    pub accounts: &'a Accounts,
    /// The limits of the stack around them, which fills it.
    pub standing: &'a StackLimits,
    /// How many streams a caller may have at once.
    pub streams: &'a Concurrency,
    /// How requests were decided.
    pub explain: &'a Explain,
    /// The largest body with a prompt, in bytes.
    pub max_body: usize,
    /// All of this for readers; the stack fills it.
    pub document: &'a ApiDocument,
}

/// All of them; `render` says the numbers of `/metrics`.
pub fn routes(parts: &Parts<'_>, render: impl Fn() -> String + Clone + Send + Sync + 'static) -> Routes {
    let Parts { service, keyring, accounts, max_body, document, .. } = *parts;
    let api = Routes::new()
        .merge(health::routes(service))
        .merge(whoami::routes(parts.standing))
        .merge(models::routes(service))
        .merge(inference::routes(service, max_body))
        .merge(stream::routes(service, parts.streams, max_body))
        .merge(cache::routes(service))
        .merge(config::routes(service))
        .merge(queue::routes(service, max_body))
        .merge(metrics_route(render))
        .nest("/auth", accounts.login().routes())
        .nest("/auth/api-keys", keyring.routes())
        .nest("/users", accounts.users().routes())
        .nest("/audit", service.audit.recorder().routes(VIEW_AUDIT_LOGS));
    Routes::new()
        .nest("/api/v1", api)
        .merge(accounts.signing().routes())
        .merge(explain_route(parts.explain))
        .merge(document.route(DOCUMENT, reading()))
        .merge(document.page(PAGE, DOCUMENT, reading()))
}

/// A page and what it loads take all that an address may ask for at once, so they have a limit of their own.
fn reading() -> Policy {
    public().exempt_from("address").limit("10/second burst 60")
}
