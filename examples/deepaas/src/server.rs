//! The HTTP side: routes, the token in front of them, and refusals in one envelope.

use crate::{
    describe,
    model::{Answer, Catalog, Metadata, Model, ModelList, PictureError},
    versions::{Version, Versions},
};
use axum::{
    Json,
    extract::{Multipart, Path, State, multipart::MultipartRejection},
};
use palisade::{
    ApiDocument, Denial, DenialKind, Description, Protected, Stack, StackErrors,
    routes::{Routes, any, get, post, public},
};
use std::sync::Arc;

/// The longest picture that is taken, in bytes.
pub const MAX_PICTURE: usize = 10 * 1024 * 1024;
/// What a multipart body weighs beside its file.
const MULTIPART_FRAME: usize = 16 * 1024;

/// The routes and who may call them.
pub fn routes(document: &ApiDocument) -> Routes {
    let hidden = || any(nothing).authenticated().describe(Description::hidden());
    Routes::new()
        .route("/", get(versions).public().describe(describe::versions()))
        .route("/v2/", get(version).public().describe(describe::version()))
        .route("/v2/models/", get(list).authenticated().describe(describe::models()))
        .route("/v2/models/{model}/", get(metadata).authenticated().describe(describe::metadata()))
        .route(
            "/v2/models/{model}/predict",
            post(predict)
                .authenticated()
                .body_limit(MAX_PICTURE + MULTIPART_FRAME)
                .describe(describe::predict()),
        )
        // Whatever else lies below: without the token it is 401 and tells nothing about what exists.
        .route("/v2/models", hidden())
        .route("/v2/models/{model}", hidden())
        .route("/v2/models/{model}/{*rest}", hidden())
        .with_state(Arc::new(Catalog::new()))
        .merge(document.route("/openapi.json", public()))
}

/// The service behind its fence, which settings made.
///
/// # Errors
///
/// Where the limits of the settings cannot be used.
pub fn app(stack: Stack) -> Result<Protected, StackErrors> {
    watched(stack, |routes| routes)
}

/// As [`app`], of what `watch` makes of its routes.
///
/// # Errors
///
/// Where the limits of the settings cannot be used.
pub fn watched(stack: Stack, watch: impl FnOnce(Routes) -> Routes) -> Result<Protected, StackErrors> {
    let document = ApiDocument::new("Image models", env!("CARGO_PKG_VERSION"));
    stack.api_document(&document).protect(watch(routes(&document)))
}

type Models = State<Arc<Catalog>>;

async fn nothing() -> Denial {
    Denial::new(DenialKind::NotFound)
}

async fn versions() -> Json<Versions> {
    Json(Versions::all())
}

async fn version() -> Json<Version> {
    Json(Version::v2())
}

async fn list(State(models): Models) -> Json<ModelList> {
    Json(models.list())
}

async fn metadata(State(models): Models, Path(name): Path<String>) -> Result<Json<Metadata>, Denial> {
    Ok(Json(find(&models, &name)?.metadata()))
}

async fn predict(
    State(models): Models,
    Path(name): Path<String>,
    form: Result<Multipart, MultipartRejection>,
) -> Result<Json<Answer>, Denial> {
    let model = find(&models, &name)?.clone();
    let file = picture(form.map_err(|_| missing())?).await?;
    // Decoding keeps a processor busy; the threads that answer requests must not wait for it.
    let answer = tokio::task::spawn_blocking(move || model.predict(&file)).await;
    let answer = answer
        .map_err(|fault| Denial::new(DenialKind::Internal).because("model_panicked").with_source(fault))?;
    answer.map(Json).map_err(unusable)
}

fn find<'m>(models: &'m Catalog, name: &str) -> Result<&'m Model, Denial> {
    models.get(name).ok_or_else(|| Denial::new(DenialKind::NotFound).because("unknown_model"))
}

/// The file in the part `data`.
async fn picture(mut form: Multipart) -> Result<Vec<u8>, Denial> {
    let malformed = |fault: axum::extract::multipart::MultipartError| match fault.status().as_u16() {
        413 => Denial::new(DenialKind::PayloadTooLarge),
        _ => invalid("data", "The multipart body cannot be read").with_source(fault),
    };
    while let Some(part) = form.next_field().await.map_err(malformed)? {
        // A part without a file name is a form field, not a file.
        if part.name() == Some("data") && part.file_name().is_some() {
            return Ok(part.bytes().await.map_err(malformed)?.to_vec());
        }
    }
    Err(missing())
}

fn missing() -> Denial {
    invalid("data", "A multipart body with a file in the part `data` is needed")
}

fn unusable(fault: PictureError) -> Denial {
    match fault {
        PictureError::TooLarge => {
            Denial::new(DenialKind::PayloadTooLarge).with_message("The picture is too large")
        }
        fault => invalid("data", &fault.to_string()),
    }
}

fn invalid(field: &str, detail: &str) -> Denial {
    Denial::new(DenialKind::Invalid)
        .with_details(serde_json::json!([{ "pointer": format!("#/{field}"), "detail": detail }]))
}
