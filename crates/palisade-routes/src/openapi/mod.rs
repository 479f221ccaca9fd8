//! The declarations as an OpenAPI 3.1 document: what every operation demands, limits and refuses follows from its policy, so the
//! document cannot say otherwise than the code.

mod bodies;
mod components;
mod operation;
mod refusals;
mod security;
mod shape;
mod surroundings;

pub use shape::ShapeError;
pub use surroundings::{Scheme, Surroundings};

use crate::table::Row;
use components::Components;
use utoipa::openapi::{InfoBuilder, OpenApi, OpenApiBuilder, Paths, ServerBuilder, tag::TagBuilder};

/// The document of these declarations, as [`Routes::table`](crate::Routes::table) tells them, behind what stands around them.
///
/// Mounts and fallbacks are left out, because what lies below them is not known here, and so is what is
/// [hidden](crate::Description::hidden). Routes for every method stand under the methods that OpenAPI knows.
///
/// ```
/// use palisade_core::Scope;
/// use palisade_routes::{Routes, get, openapi::{Scheme, Surroundings, document}};
///
/// let routes: Routes = Routes::new().route("/models", get(async || "[]").requires(Scope::from_static("read_models")));
/// let around = Surroundings::new("Models", "1.0.0").scheme(Scheme::Bearer);
/// let document = serde_json::to_value(document(routes.table(), &around)?)?;
/// let operation = &document["paths"]["/models"]["get"];
/// assert_eq!(operation["security"], serde_json::json!([{ "bearer": ["read_models"] }]));
/// assert_eq!(operation["responses"]["403"]["$ref"], "#/components/responses/Forbidden");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// The first shape in a description that is none (an OpenAPI schema is an object) or that says what utoipa's types cannot, and the first
/// header or example of an answer that is not described.
pub fn document(rows: &[Row], around: &Surroundings) -> Result<OpenApi, ShapeError> {
    let mut components = Components::new(around);
    let mut paths = Paths::new();
    let is_told = |row: &&Row| {
        let hidden = row.description().is_some_and(|description| description.hidden);
        !row.is_mount() && !row.is_fallback() && !hidden
    };
    for row in rows.iter().filter(is_told) {
        let (template, places) = operation::template(&row.template());
        for method in operation::methods(row, rows) {
            let operation = operation::operation(row, &method, &template, &places, around, &mut components)?;
            paths.add_path_operation(&template, vec![method], operation);
        }
    }
    let info = InfoBuilder::new()
        .title(&around.title)
        .version(&around.version)
        .description(around.description.as_ref())
        .build();
    let servers = around.servers.iter().map(|url| ServerBuilder::new().url(url).build());
    let servers: Vec<_> = servers.collect();
    let tags =
        around.tags.iter().map(|(name, text)| TagBuilder::new().name(name).description(Some(text)).build());
    let tags: Vec<_> = tags.collect();
    Ok(OpenApiBuilder::new()
        .info(info)
        .paths(paths)
        .servers((!servers.is_empty()).then_some(servers))
        .tags((!tags.is_empty()).then_some(tags))
        .components(Some(components.finish()))
        .build())
}
