//! From settings to a stack.

mod auth;
#[cfg(feature = "jwt-remote")]
mod issuers;
mod kept;
#[cfg(feature = "api-keys")]
mod keys;
mod limits;
#[cfg(feature = "observe")]
mod observe;
mod server;

pub(in crate::config) use kept::Kept;

use super::{
    mistake::{Mistake, Mistakes},
    schema::{Config, ErrorFormat},
};
use crate::{Stack, StackLimits};
#[cfg(feature = "api-keys")]
use palisade_apikey::ApiKeys;
use palisade_core::{Envelope, EventSink, Format, Roles, StaticTokens, Tracing};
#[cfg(feature = "jwt")]
use palisade_jwt::Jwt;
#[cfg(feature = "observe")]
use palisade_observe::audit::Recorder;
use std::sync::Arc;

/// A stack that was made of settings, and what applications need of it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Assembly {
    /// The stack; [`Stack::protect`] puts routes behind it.
    pub stack: Stack,
    /// Its limits, once it protects routes.
    pub limits: StackLimits,
    /// Its static tokens.
    pub tokens: Option<StaticTokens>,
    /// Its API keys, for a [`Keyring`](palisade_apikey::Keyring).
    #[cfg(feature = "api-keys")]
    pub keys: Option<ApiKeys>,
    /// The database that keeps its API keys, for users, refresh tokens and revocations.
    #[cfg(feature = "sql")]
    pub database: Option<palisade_sql::SqlStore>,
    /// What each role may do, as `auth.roles` says, for logins.
    pub roles: Roles,
    /// Where everything in it tells what happens: `tracing`, and the audit log where there is one. Give it to logins and limits too.
    pub events: Arc<dyn EventSink>,
    /// What takes tokens of its issuers.
    #[cfg(feature = "jwt")]
    pub jwt: Option<Jwt>,
    /// Its audit log, for routes, and to drain before the process ends.
    #[cfg(feature = "observe")]
    pub audit: Option<Recorder>,
}

/// Builds what `config` says, with what outlives a change of settings.
pub(super) async fn build(config: &Config, kept: &Kept) -> Result<Assembly, Mistakes> {
    let mut parts = Parts { config, kept, mistakes: Mistakes::new(), sink: Arc::new(Tracing) };
    #[cfg(feature = "observe")]
    let audit = parts.audit().await;
    let auth = parts.auth().await;
    let limits = StackLimits::new();
    let stack = parts.stack(auth.auth, &limits);
    #[cfg(feature = "observe")]
    let stack = match &audit {
        Some(recorder) => stack.audit(recorder),
        None => stack,
    };
    parts.mistakes.into_result()?;
    Ok(Assembly {
        stack,
        limits,
        tokens: auth.tokens,
        #[cfg(feature = "api-keys")]
        keys: auth.keys,
        #[cfg(feature = "sql")]
        database: kept.things().database.clone(),
        roles: auth.roles,
        events: parts.sink,
        #[cfg(feature = "jwt")]
        jwt: auth.jwt,
        #[cfg(feature = "observe")]
        audit,
    })
}

/// What is being built, and what went wrong.
struct Parts<'c> {
    config: &'c Config,
    kept: &'c Kept,
    mistakes: Mistakes,
    /// Where events go: `tracing`, and the audit log where there is one.
    sink: Arc<dyn EventSink>,
}

impl Parts<'_> {
    /// What was made, or why not.
    fn made<T, E: std::fmt::Display>(&mut self, path: &str, made: Result<T, E>) -> Option<T> {
        made.map_err(|error| self.mistakes.push(Mistake::new(path, error))).ok()
    }

    fn stack(&mut self, auth: crate::Auth, limits: &StackLimits) -> Stack {
        let format = match self.config.errors.format {
            ErrorFormat::Negotiated => Format::Negotiated,
            ErrorFormat::Json => Format::Json,
            ErrorFormat::Problem => Format::Problem,
            ErrorFormat::Dual => Format::Dual,
        };
        let envelope = Envelope::new(format);
        let envelope =
            if self.config.errors.dress_rejections { envelope.dress_rejections() } else { envelope };
        let stack = Stack::new(auth).envelope(envelope).limits(limits);
        let stack = self.front(stack);
        let stack = self.limited(stack);
        #[cfg(feature = "observe")]
        let stack = self.observed(stack, limits);
        if self.config.report_only { stack.report_only() } else { stack }
    }
}
