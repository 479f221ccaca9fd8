//! From settings to a stack.

mod auth;
#[cfg(feature = "sql")]
mod databases;
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
use futures_util::FutureExt as _;
#[cfg(feature = "api-keys")]
use palisade_apikey::ApiKeys;
use palisade_core::{Envelope, EventSink, Format, Roles, StaticTokens, Tracing};
#[cfg(feature = "jwt")]
use palisade_jwt::Jwt;
#[cfg(feature = "observe")]
use palisade_observe::{Explain, audit::Recorder};
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
    /// The database that keeps its API keys, or that `auth.database` names, for users, refresh tokens and revocations.
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
    /// How requests were decided, for [`explain_route`](crate::explain_route).
    #[cfg(feature = "observe")]
    pub explain: Option<Explain>,
    /// Its certificate, for [`serve_tls`](crate::serve_tls).
    #[cfg(feature = "tls")]
    pub tls: Option<crate::ServerTls>,
    #[cfg(feature = "serve")]
    pub(super) served: crate::served::Served,
}

/// Builds what `config` says, with what outlives a change of settings.
pub(super) async fn build(config: &Config, kept: &Kept) -> Result<Assembly, Mistakes> {
    Parts::of(config, kept, false).build().await
}

/// What keeps `config` from being built, as far as that can be told without making or asking anything.
pub(super) fn rehearse(config: &Config) -> Mistakes {
    let kept = Kept::default();
    // Nothing is waited for where nobody is asked.
    let built = Parts::of(config, &kept, true).build().now_or_never();
    built.and_then(Result::err).unwrap_or_default()
}

impl<'c> Parts<'c> {
    fn of(config: &'c Config, kept: &'c Kept, rehearses: bool) -> Self {
        Self {
            config,
            kept,
            rehearses,
            mistakes: Mistakes::new(),
            sink: Arc::new(Tracing),
            #[cfg(feature = "sql")]
            unopened: Vec::new(),
        }
    }

    async fn build(mut self) -> Result<Assembly, Mistakes> {
        #[cfg(feature = "observe")]
        let audit = self.audit().await;
        self.counted();
        #[cfg(feature = "sql")]
        let database = self.database_of_auth().await;
        let auth = self.auth().await;
        let limits = StackLimits::new();
        let stack = self.stack(auth.auth, &limits);
        #[cfg(feature = "serve")]
        let stack = Stack { served: crate::served::Served::of(self.config), ..stack };
        #[cfg(feature = "observe")]
        let stack = match &audit {
            Some(recorder) => stack.audit(recorder),
            None => stack,
        };
        #[cfg(feature = "tls")]
        let tls = self.tls();
        #[cfg(feature = "observe")]
        let explain = self.kept.things().explain.clone();
        std::mem::take(&mut self.mistakes).into_result()?;
        Ok(Assembly {
            stack,
            limits,
            tokens: auth.tokens,
            #[cfg(feature = "api-keys")]
            keys: auth.keys,
            #[cfg(feature = "sql")]
            database,
            roles: auth.roles,
            events: self.sink.clone(),
            #[cfg(feature = "jwt")]
            jwt: auth.jwt,
            #[cfg(feature = "observe")]
            audit,
            #[cfg(feature = "observe")]
            explain,
            #[cfg(feature = "tls")]
            tls,
            #[cfg(feature = "serve")]
            served: crate::served::Served::of(self.config),
        })
    }
}

/// What is being built, and what went wrong.
struct Parts<'c> {
    config: &'c Config,
    kept: &'c Kept,
    /// Nothing is made, nobody is asked and nothing is begun: it is only found out what would be wrong.
    rehearses: bool,
    mistakes: Mistakes,
    /// Where events go: `tracing`, and the audit log where there is one.
    sink: Arc<dyn EventSink>,
    /// Databases that could not be opened, which was told.
    #[cfg(feature = "sql")]
    unopened: Vec<super::StoreUrl>,
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
        #[cfg(feature = "metrics")]
        let stack = if self.config.metrics { stack.metrics(palisade_observe::Metrics::new()) } else { stack };
        let stack = if self.config.several_nodes { stack.several_nodes() } else { stack };
        if self.config.report_only { stack.report_only() } else { stack }
    }

    /// Counts what happens beside responses too.
    fn counted(&mut self) {
        #[cfg(feature = "metrics")]
        if self.config.metrics {
            self.sink = Arc::new(palisade_observe::CountedEvents::new(self.sink.clone()));
        }
    }

    /// Read once: it looks at its files by itself.
    #[cfg(feature = "tls")]
    fn tls(&mut self) -> Option<crate::ServerTls> {
        use super::schema::TlsVersionSetting;
        let settings = self.config.tls.as_ref()?;
        if let Some(tls) = &self.kept.things().tls {
            return Some(tls.clone());
        }
        let tls = self.made("tls", crate::ServerTls::files(&settings.certificates, &settings.key))?;
        let tls = match settings.minimum {
            TlsVersionSetting::V1_2 => tls,
            TlsVersionSetting::V1_3 => tls.only_tls13(),
        };
        self.kept.things().tls = Some(tls.clone());
        Some(tls)
    }
}
