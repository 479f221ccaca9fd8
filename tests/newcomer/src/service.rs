//! The whole service.

use crate::{accounts::Accounts, notes::Notes, permission::Permission, settings::Settings};
use palisade::config::{Assembly, Sources};
use palisade::observe::Metrics;
use palisade::routes::{Routes, get, public};
use palisade::{
    ApiDocument, By, Description, Principal, Protected, RateLimit, Stack, StackErrors, metrics_route,
};
use std::{error::Error, fmt, sync::Arc};
use tokio::net::TcpListener;

/// The whole service, before it is served.
#[derive(Clone)]
pub struct Service {
    settings: Settings,
    assembly: Assembly,
    accounts: Accounts,
    document: ApiDocument,
    notes: Notes,
    plans: RateLimit,
    numbers: Arc<dyn Fn() -> String + Send + Sync>,
}

impl Service {
    /// Opens everything that the settings name; `numbers` renders what `/metrics` tells.
    ///
    /// # Errors
    ///
    /// Every mistake in the settings, and whatever cannot be opened.
    pub async fn open(
        sources: &Sources,
        numbers: impl Fn() -> String + Send + Sync + 'static,
    ) -> Result<Self, Box<dyn Error + Send + Sync>> {
        let (settings, loaded) = sources.load_with::<Settings>()?;
        let plans = settings.plans(loaded.effective())?;
        let plans = RateLimit::plans("plan", plans, By::lineage().or(By::client()))?;
        let assembly = loaded.build().await?;
        let accounts = Accounts::open(&settings, &assembly)?;
        if let Some(password) = &settings.admin_password {
            accounts.first_user(password.expose()).await?;
        }
        let document = ApiDocument::new("Notes", env!("CARGO_PKG_VERSION"));
        let (notes, numbers) = (Notes::default(), Arc::new(numbers));
        Ok(Self { settings, assembly, accounts, document, notes, plans, numbers })
    }

    /// The settings beside those of the stack.
    #[must_use]
    pub const fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Who may call what.
    pub fn routes(&self) -> Routes {
        let numbers = self.numbers.clone();
        let health = get(async || "ok").public().describe(Description::of("Whether it is up"));
        let me = get(me).authenticated().describe(Description::of("Who is calling"));
        let status =
            get(self.assembly.limits.status()).optional().limit("30/minute").exempt_from("principal");
        let routes = Routes::new()
            .route("/health", health.exempt_from("address"))
            .route("/me", me)
            .route("/rate_limit", status)
            .nest("/notes", self.notes.routes())
            .merge(self.accounts.routes())
            .merge(metrics_route(move || numbers()))
            .merge(self.document.route("/openapi.json", public()))
            .merge(self.document.page("/docs", "/openapi.json", public()));
        match &self.assembly.audit {
            Some(audit) => routes.nest("/audit", audit.routes(Permission::ViewAuditLogs)),
            None => routes,
        }
    }

    /// What stands around them.
    #[must_use]
    pub fn stack(&self) -> Stack {
        let jwt = self.accounts.jwt().clone();
        let stack = self.assembly.stack.clone().map_auth(|auth| auth.or(jwt));
        let stack =
            stack.principal_limit(self.plans.clone()).metrics(Metrics::new()).api_document(&self.document);
        if self.assembly.tls.is_some() { stack.require_https() } else { stack }
    }

    /// The routes behind the stack.
    ///
    /// # Errors
    ///
    /// Every mistake in routes and limits.
    pub fn protect(&self) -> Result<Protected, StackErrors> {
        self.stack().protect(self.routes())
    }

    /// Serves until a signal, over TLS where the settings name a certificate, and writes down what still waits for the audit log.
    ///
    /// # Errors
    ///
    /// Every mistake in routes and limits, and where it cannot listen.
    pub async fn serve(&self) -> Result<(), Box<dyn Error + Send + Sync>> {
        let app = self.protect()?;
        let listener = TcpListener::bind(self.settings.listen).await?;
        self.assembly.serve(listener, app).await?;
        self.drain().await;
        Ok(())
    }

    /// Writes down what still waits for the audit log.
    pub async fn drain(&self) {
        if let Some(audit) = &self.assembly.audit {
            audit.drain(std::time::Duration::from_secs(5)).await;
        }
    }
}

impl fmt::Debug for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Service").field("settings", &self.settings).finish_non_exhaustive()
    }
}

async fn me(caller: Principal) -> String {
    format!("{} {}", caller.kind(), caller.id())
}
