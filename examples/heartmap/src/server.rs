//! The HTTP side: routes, who may call them, and what stands in front of them.

use crate::{
    access::{Access, Permission},
    describe,
    parameters::{Changed, ParameterStore, Parameters, Versioned},
    pool::Pool,
    results::{Kept, Owner, Results},
};
use axum::{
    Json,
    extract::{Multipart, Path, State, multipart::MultipartRejection},
    response::{IntoResponse as _, Response},
};
use bytes::Bytes;
use palisade::{
    ApiDocument, By, Clock, Concurrency, Denial, DenialKind, Facts, Principal, Protected, Routes, Stack,
    StrictJson,
    limit::LimitError,
    observe::audit::{Entry, Recorder},
    routes::{FileName, Signature, UploadPart, UploadRules, Violation, Violations, get, post, public},
};
use serde_json::{Value, json};
use std::{error::Error, sync::Arc, time::Duration};

/// What a form weighs beside its file.
const FRAME: usize = 64 * 1024;
/// How long a client may take to send a file.
const UPLOAD_TIME: Duration = Duration::from_secs(300);
/// How many bytes a client must send in a second: who sends less holds a place that others could use.
const UPLOAD_RATE: u32 = 32 * 1024;
/// What each caller may have analysed.
pub const ANALYZE_LIMIT: &str = "30/minute burst 10";

/// What handlers work with.
#[derive(Debug)]
pub struct Service {
    /// The parameters in force.
    pub parameters: ParameterStore,
    /// Where files are read.
    pub pool: Pool,
    /// What came of them.
    pub results: Results,
    /// Takes note of what was done.
    pub recorder: Recorder,
    /// The largest file that is taken, in bytes.
    pub max_file: usize,
    /// How many files each caller may send at once.
    pub at_once: Concurrency,
}

/// How many files each caller may send at once: no caller takes all places.
///
/// # Errors
///
/// Where the operating system gives no randomness.
pub fn at_once() -> Result<Concurrency, LimitError> {
    Concurrency::new("files", 2, By::principal())
}

/// The routes and who may call them.
pub fn routes(service: &Arc<Service>, access: &Access, document: &ApiDocument) -> Routes {
    let upload = post(analyze)
        .requires(Permission::Analyze)
        .limit(ANALYZE_LIMIT)
        .guard(service.at_once.clone())
        .body_limit(service.max_file + FRAME)
        .body_deadline(UPLOAD_TIME)
        .body_rate(UPLOAD_RATE)
        .never_open()
        .describe(describe::analyze());
    let config = get(config)
        .requires(Permission::ReadConfig)
        .never_open()
        .describe(describe::config())
        .put(change)
        .requires(Permission::WriteConfig)
        .body_limit(4 * 1024)
        .never_open()
        .describe(describe::change());
    Routes::new()
        .route("/health", get(health).public().describe(describe::health()))
        .route("/analyze", upload)
        .route("/config", config)
        .route(
            "/results/{id}",
            get(result).requires(Permission::ReadResults).never_open().describe(describe::result()),
        )
        .with_state(service.clone())
        .merge(access.routes())
        .nest("/audit", service.recorder.routes(Permission::ViewAudit))
        .merge(document.route("/openapi.json", public()))
}

/// The service behind its fence, which settings made.
///
/// # Errors
///
/// Where routes or limits cannot be used.
pub fn app(
    service: &Arc<Service>,
    access: &Access,
    stack: Stack,
    clock: Clock,
) -> Result<Protected, Box<dyn Error>> {
    let document = ApiDocument::new("Heartmap", env!("CARGO_PKG_VERSION"));
    let stack = stack.map_auth(|_| access.auth()).api_document(&document).clock(clock);
    Ok(stack.protect(routes(service, access, &document))?)
}

async fn health() -> Json<Value> {
    Json(json!({ "status": "ok" }))
}

async fn analyze(
    State(service): State<Arc<Service>>,
    caller: Principal,
    facts: Facts,
    form: Result<Multipart, MultipartRejection>,
) -> Result<Response, Denial> {
    let form = form
        .map_err(|_| wrong("multipart", "a multipart form with a .h5ad file in the part `file` is needed"))?;
    // The place comes first: without one nothing of the file is received.
    let place = service.pool.place()?;
    let (name, file) = upload(form, service.max_file).await?;
    let Versioned { revision, parameters } = service.parameters.current().as_ref().clone();
    let life = parameters.keep();
    let analysis = service.pool.analyze(place, file, parameters).await?;
    let found = (name.to_string(), revision, analysis);
    let kept = service.results.keep(Owner::of(&caller), found, facts.clock().now(), life)?;
    service.recorder.note(entry("analysis.done", &caller, &facts).after("cells", kept.analysis.cells as u64));
    let location = [(axum::http::header::LOCATION, format!("/results/{}", kept.id))];
    Ok((axum::http::StatusCode::CREATED, location, Json(kept.as_ref())).into_response())
}

/// The one file of a form.
async fn upload(form: Multipart, max_file: usize) -> Result<(FileName, Bytes), Denial> {
    let rules =
        UploadRules::new().file("h5ad", Signature::HDF5).file_bytes(max_file).parts(1).text_bytes(1024);
    let mut form = rules.read(form);
    let mut found = None;
    while let Some(part) = form.next_part().await? {
        match part {
            UploadPart::File(file) if file.name() == "file" => {
                found = Some((file.file_name().clone(), file.bytes().await?));
            }
            UploadPart::File(_) | UploadPart::Text { .. } => {
                return Err(wrong("unknown", "the form has one part, a file of the name `file`"));
            }
        }
    }
    found.ok_or_else(|| wrong("missing", "the form needs a .h5ad file in the part `file`"))
}

async fn result(
    State(service): State<Arc<Service>>,
    caller: Principal,
    facts: Facts,
    Path(id): Path<String>,
) -> Result<Json<Kept>, Denial> {
    let found = id.parse().ok();
    let found = found.and_then(|id| service.results.find(&id, &Owner::of(&caller), facts.now().mono));
    found
        .map(|kept| Json(kept.as_ref().clone()))
        .ok_or_else(|| Denial::new(DenialKind::NotFound).because("unknown_result"))
}

async fn config(State(service): State<Arc<Service>>) -> Json<Versioned> {
    Json(service.parameters.current().as_ref().clone())
}

async fn change(
    State(service): State<Arc<Service>>,
    caller: Principal,
    facts: Facts,
    StrictJson(next): StrictJson<Parameters>,
) -> Result<Json<Versioned>, Denial> {
    let entry = entry("config.changed", &caller, &facts);
    let (Changed::Now(now) | Changed::Nothing(now)) = service.parameters.change(next, entry).await?;
    Ok(Json(now.as_ref().clone()))
}

/// Something that this caller did by this request.
fn entry(act: &'static str, caller: &Principal, facts: &Facts) -> Entry {
    let mut entry = Entry::new(act).by(format!("{}:{}", caller.kind(), caller.id()));
    entry.client = facts.client().map(|client| client.ip);
    entry.request_id = Some(facts.request_id().to_string().into());
    entry.route = facts.route().map(|route| route.template().into());
    entry
}

fn wrong(code: &'static str, message: &'static str) -> Denial {
    Violations::from(Violation::new("/file", code, message)).into()
}
