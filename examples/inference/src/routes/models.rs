//! `/models`: which there are, and how more are made.

use super::describe;
use crate::{
    audit::Change,
    generator::Model,
    models::{MAX_TEXT, NotAdded, Registration},
    permissions::{DELETE_MODELS, READ_MODELS, WRITE_MODELS},
    request::unknown_model,
    service::Service,
};
use axum::{
    Json,
    extract::{FromRequest as _, Multipart, Path, Request, State},
    http::{
        StatusCode,
        header::{CONTENT_TYPE, LOCATION},
    },
    response::{IntoResponse as _, Response},
};
use palisade::{
    Denial, DenialKind, Facts, Principal, StrictJson,
    observe::audit::Entry,
    routes::{Routes, get},
};
use serde_json::{Value, json};
use std::sync::Arc;
use tokio::task::spawn_blocking;

/// A text in JSON is longer than the text: a line end takes two bytes, and others take more.
const MAX_BODY: usize = 2 * MAX_TEXT;

pub(super) fn routes(service: &Arc<Service>) -> Routes {
    let all = get(list)
        .requires(READ_MODELS)
        .describe(describe::models())
        .post(create)
        .requires(WRITE_MODELS)
        .body_limit(MAX_BODY)
        .describe(describe::create_model());
    let one = get(show)
        .requires(READ_MODELS)
        .describe(describe::one_model())
        .delete(remove)
        .requires(DELETE_MODELS)
        .describe(describe::delete_model());
    Routes::new().route("/models", all).route("/models/{name}", one).with_state(service.clone())
}

async fn list(State(service): State<Arc<Service>>) -> Json<Value> {
    let models = service.models.list();
    let models: Vec<&Model> = models.iter().map(|model| &**model).collect();
    Json(json!({ "models": models }))
}

async fn show(State(service): State<Arc<Service>>, Path(name): Path<String>) -> Result<Response, Denial> {
    let model = service.models.find(&name).ok_or_else(unknown_model)?;
    Ok(Json(&*model).into_response())
}

/// Trains one on a text: a document of JSON, or a form with a file.
async fn create(
    State(service): State<Arc<Service>>,
    facts: Facts,
    caller: Principal,
    request: Request,
) -> Result<Response, Denial> {
    let wanted = read(request).await?.checked()?;
    service.models.admits(&wanted.name).map_err(not_added)?;
    let model = Arc::new(train(&service, wanted).await?);
    let entry =
        Entry::new("model.created").on("model", model.name()).after("words", model.corpus_size() as u64);
    let change = Change::declare(service.audit.recorder(), &facts, &caller, entry).await?;
    if let Err(error) = service.models.add(model.clone()) {
        change.abandon("conflict");
        return Err(not_added(error));
    }
    change.done().await?;
    let place = format!("/api/v1/models/{}", model.name());
    Ok((StatusCode::CREATED, [(LOCATION, place)], Json(&*model)).into_response())
}

async fn read(request: Request) -> Result<Registration, Denial> {
    const FORM: &[u8] = b"multipart/form-data";
    let kind = request.headers().get(CONTENT_TYPE).map_or(&b""[..], |kind| kind.as_bytes());
    if kind.get(..FORM.len()).is_some_and(|kind| kind.eq_ignore_ascii_case(FORM)) {
        let form = Multipart::from_request(request, &()).await;
        let form = form.map_err(|_| Denial::new(DenialKind::Invalid).because("no_boundary"))?;
        return Registration::read(form).await;
    }
    StrictJson::from_request(request, &()).await.map(|StrictJson(wanted)| wanted)
}

/// Where requests are answered, nobody could be answered meanwhile.
async fn train(service: &Service, wanted: Registration) -> Result<Model, Denial> {
    let fault = || Denial::new(DenialKind::Internal).because("no_training");
    let _permit = service.training.acquire().await.map_err(|_| fault())?;
    let created = service.clock.now().wall.rfc3339();
    spawn_blocking(move || wanted.train(&created)).await.map_err(|_| fault())?
}

async fn remove(
    State(service): State<Arc<Service>>,
    Path(name): Path<String>,
    facts: Facts,
    caller: Principal,
) -> Result<StatusCode, Denial> {
    let model = service.models.find(&name).ok_or_else(unknown_model)?;
    let entry = Entry::new("model.deleted").on("model", model.name());
    let change = Change::declare(service.audit.recorder(), &facts, &caller, entry).await?;
    if service.models.remove(&name).is_none() {
        change.abandon("conflict");
        return Err(unknown_model());
    }
    change.done().await?;
    Ok(StatusCode::NO_CONTENT)
}

fn not_added(error: NotAdded) -> Denial {
    Denial::new(DenialKind::Conflict).with_message(match error {
        NotAdded::Taken => "There is a model of this name; delete it first",
        NotAdded::Full => "There are as many models as there can be; delete one first",
    })
}
