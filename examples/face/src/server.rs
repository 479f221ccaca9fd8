//! The HTTP side: routes, who may call them once the move is over, and the one limit on everything.

use crate::{
    counted::Counted,
    describe,
    desk::Desk,
    migration::{self, Migration},
    permissions::{COMPARE, READ_MIGRATION, READ_STATS},
    picture::Similarity,
    settings::{AuthMode, Settings},
    stats::{self, Stats},
    tally::Tally,
    upload::{self, FIELDS, MAX_BODY},
};
use axum::{
    Json,
    extract::{Multipart, State, multipart::MultipartRejection},
};
use palisade::{
    ApiDocument, Auth, By, ClientIp, Clock, Cors, Denial, Envelope, Format, Protected, ProxyHeader,
    RateLimit, Stack,
    limit::MemoryStore,
    routes::{Endpoint, Routes, get, post, public},
};
use serde_json::{Value, json};
use std::{error::Error, sync::Arc};

/// What every client address may do, on every endpoint together, `/health` included.
pub const LIMIT: &str = "5/second burst 10";
/// What handlers share.
#[derive(Debug)]
pub struct Service {
    auth: AuthMode,
    desk: Desk,
    stats: Stats,
    migration: Arc<Migration>,
}

impl Service {
    /// Nothing compared yet.
    #[must_use]
    pub fn new(auth: AuthMode) -> Self {
        let stats = Stats::new(Clock::system());
        Self { auth, desk: Desk::new(), stats, migration: Arc::default() }
    }
}

/// The routes and who may call them. While the move is observed, those that were open before refuse nobody; `/migration`,
/// which nobody depends on yet, is closed from its first day.
pub fn routes(service: &Arc<Service>, document: &ApiDocument) -> Routes {
    let Service { auth, stats, migration, .. } = &**service;
    let tally = |requests: &stats::Counter| Tally::new(requests.clone(), migration.clone());
    let moving = |endpoint: Endpoint<_>| match auth {
        AuthMode::Observe => endpoint.report_only(),
        AuthMode::Off | AuthMode::Enforce => endpoint,
    };
    Routes::new()
        .route("/health", get(health).public().guard(tally(&stats.health)).describe(describe::health()))
        .route(
            "/stats",
            moving(get(counts).requires(READ_STATS).guard(tally(&stats.stats))).describe(describe::stats()),
        )
        .route(
            "/compare",
            moving(post(compare).requires(COMPARE).body_limit(MAX_BODY).guard(tally(&stats.compare)))
                .describe(describe::compare()),
        )
        .route(
            "/migration",
            get(migration_report)
                .requires(READ_MIGRATION)
                .guard(tally(&stats.migration))
                .describe(describe::migration()),
        )
        .with_state(service.clone())
        .merge(document.route("/openapi.json", public()))
}

/// The service behind its fence.
///
/// # Errors
///
/// Where tokens are asked for and there are none.
pub fn app(settings: &Settings) -> Result<Protected, Box<dyn Error>> {
    watched(settings, |routes| routes)
}

/// As [`app`], of what `watch` makes of its routes.
///
/// # Errors
///
/// Where tokens are asked for and there are none.
pub fn watched(
    settings: &Settings,
    watch: impl FnOnce(Routes) -> Routes,
) -> Result<Protected, Box<dyn Error>> {
    let auth = match settings.auth {
        AuthMode::Off => Auth::disabled(),
        AuthMode::Observe | AuthMode::Enforce => callers(settings)?.strip(),
    };
    let service = Arc::new(Service::new(settings.auth));
    let store = Counted::new(MemoryStore::new(), service.stats.limited.clone());
    let limit = RateLimit::new("address", LIMIT, By::client())?.store(Arc::new(store));
    let client_ip = match &settings.proxies {
        None => ClientIp::peer(),
        Some(proxies) => ClientIp::behind(proxies.clone(), ProxyHeader::XForwardedFor),
    };
    let document = ApiDocument::new("Face comparison", env!("CARGO_PKG_VERSION"));
    Ok(Stack::new(auth)
        .api_document(&document)
        .client_ip(client_ip)
        .address_limit(limit)
        // Any page may ask, without cookies: a token has to be sent by whoever knows it.
        .cors(Cors::any_origin().methods(["GET", "POST"]))
        .envelope(Envelope::new(Format::Negotiated).dress_rejections())
        .protect(watch(routes(&service, &document)))?)
}

/// Callers with tokens of the identity provider, with declared ones, or with either.
fn callers(settings: &Settings) -> Result<Auth, Box<dyn Error>> {
    match (settings.jwt.clone(), settings.tokens.clone()) {
        (Some(jwt), Some(tokens)) => Ok(Auth::jwt(jwt).or(tokens)),
        (Some(jwt), None) => Ok(Auth::jwt(jwt)),
        (None, Some(tokens)) => Ok(Auth::with(tokens)),
        (None, None) => Err("no token is declared".into()),
    }
}

async fn health() -> Json<Value> {
    Json(json!({ "status": "ok" }))
}

async fn counts(State(service): State<Arc<Service>>) -> Json<stats::Report> {
    let would_refuse = (service.auth == AuthMode::Observe).then(|| service.migration.by_reason());
    Json(service.stats.report(service.auth, would_refuse))
}

async fn migration_report(State(service): State<Arc<Service>>) -> Json<migration::Report> {
    Json(service.migration.report())
}

async fn compare(
    State(service): State<Arc<Service>>,
    form: Result<Multipart, MultipartRejection>,
) -> Result<Json<Similarity>, Denial> {
    let seat = service.desk.seat()?;
    let files = upload::pictures(form.ok()).await?;
    match service.desk.compare(seat, files).await? {
        Ok(similarity) => {
            service.stats.compared.add();
            Ok(Json(similarity))
        }
        Err(unusable) => {
            service.stats.unusable.add();
            let problems = unusable.into_iter().map(|(at, fault)| {
                upload::problem(FIELDS.get(at).copied().unwrap_or_default(), &fault.to_string())
            });
            Err(upload::invalid(problems))
        }
    }
}
