//! The routes of a stack, told to readers and to generators of clients.

use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use http::{HeaderValue, header};
use palisade_core::{Denial, DenialKind};
use palisade_routes::{Policy, Routes, get, openapi::Surroundings};
use std::{
    fmt,
    sync::{Arc, OnceLock},
};

/// An OpenAPI 3.1 document of everything behind a stack, written from the same declarations that decide: credentials, permissions, limits
/// and refusals of every route are what they are, and what [`describe`](palisade_routes::Endpoint::describe) says joins them.
///
/// It is empty until [`Stack::protect`](crate::Stack::protect) fills it; clones are the same. Whoever may read it learns every path.
///
/// ```
/// use palisade::routes::{Routes, get, public};
/// use palisade::{ApiDocument, Auth, Scope, Stack, StaticToken, StaticTokens};
///
/// const READ: Scope = Scope::from_static("read_models");
///
/// let document = ApiDocument::new("Models", "1.0.0");
/// let routes = Routes::new()
///     .route("/models", get(async || "[]").requires(READ))
///     .merge(document.route("/openapi.json", public()));
/// let tokens = StaticTokens::new([StaticToken::named("ci").value("u5vVlqUIBqbbJEMn2b3Ltw9Y").scopes([READ])])?;
/// let app = Stack::new(Auth::with(tokens)).address_limit("5/second burst 10").api_document(&document).protect(routes)?;
///
/// let written: serde_json::Value = serde_json::from_slice(&document.json().unwrap())?;
/// let models = &written["paths"]["/models"]["get"];
/// assert_eq!(models["security"][0]["bearer"][0], "read_models");
/// assert!(models["responses"]["429"].is_object());
/// # let _ = app;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
#[must_use = "give it to a stack, and its route to the routes"]
pub struct ApiDocument {
    around: Surroundings,
    written: Arc<OnceLock<Bytes>>,
}

impl ApiDocument {
    /// A document of this title and version, still empty.
    pub fn new(title: &str, version: &str) -> Self {
        Self { around: Surroundings::new(title, version), written: Arc::default() }
    }

    /// What the API is for (CommonMark).
    pub fn description(self, text: &str) -> Self {
        Self { around: self.around.description(text), ..self }
    }

    /// Where it is served, such as `https://api.example.com`; where the document came from, if nothing is said.
    pub fn server(self, url: &str) -> Self {
        Self { around: self.around.server(url), ..self }
    }

    /// A heading, and what stands below it (CommonMark). Readers see headings in the order in which they are named here, then the others; a
    /// route stands below the one that its description names, else below the first part of its path that tells it from others.
    pub fn tag(self, name: &str, text: &str) -> Self {
        Self { around: self.around.tag(name, text), ..self }
    }

    /// `GET` of this path: the document as JSON, for whom the policy admits.
    pub fn route(&self, path: &str, policy: Policy) -> Routes {
        let this = self.clone();
        let handler = move || {
            let answer = this.json().map(answer);
            async move { answer.ok_or_else(|| Denial::new(DenialKind::Unavailable).because("no_document")) }
        };
        Routes::new().route(path, get(handler).policy(policy).describe(description()))
    }

    /// The document; `None` until a stack wrote it.
    #[must_use]
    pub fn json(&self) -> Option<Bytes> {
        self.written.get().cloned()
    }

    pub(crate) const fn around(&self) -> &Surroundings {
        &self.around
    }

    pub(crate) fn fill(&self, document: &impl serde::Serialize) {
        // Nothing in a document can fail to be written; without it the route says that it is not there.
        if let Ok(json) = serde_json::to_vec(document) {
            // Given to two stacks it keeps the first one's, as the handles of limits do.
            let _ = self.written.set(json.into());
        }
    }
}

impl fmt::Debug for ApiDocument {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApiDocument")
            .field("around", &self.around)
            .field("is_written", &self.written.get().is_some())
            .finish()
    }
}

fn description() -> palisade_routes::Description {
    palisade_routes::Description::of("Read this document").tag("document").answers(
        200,
        "The document (OpenAPI 3.1)",
        "application/json",
        serde_json::json!({ "type": "object" }),
    )
}

fn answer(json: Bytes) -> Response {
    const JSON: HeaderValue = HeaderValue::from_static("application/json");
    ([(header::CONTENT_TYPE, JSON)], json).into_response()
}
