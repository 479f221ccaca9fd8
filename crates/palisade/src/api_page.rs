//! A page to read an API document and to try it.

use crate::api_document::ApiDocument;
use axum::{
    extract::Path,
    response::{IntoResponse as _, Redirect, Response},
};
use http::{HeaderValue, header};
use palisade_core::{Denial, DenialKind};
use palisade_routes::{Description, Policy, Routes, get};
use std::sync::Arc;
use utoipa_swagger_ui::{Config, serve};

/// Scripts and connections of this origin alone; Swagger UI sets styles in its elements.
const CONTENT_POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; \
     base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
);

impl ApiDocument {
    /// Swagger UI below `path`, for the document at `document` (an absolute path), for whom the policy admits.
    ///
    /// Its files come with the program; it fetches nothing from elsewhere and forgets credentials when it is closed.
    ///
    /// ```
    /// use palisade::{ApiDocument, routes::public};
    ///
    /// let document = ApiDocument::new("Models", "1.0.0");
    /// let routes = document.route("/openapi.json", public()).merge(document.page("/docs", "/openapi.json", public()));
    /// assert_eq!(routes.table().len(), 4);
    /// ```
    #[cfg_attr(docsrs, doc(cfg(feature = "swagger-ui")))]
    pub fn page(&self, path: &str, document: &str, policy: Policy) -> Routes {
        let path = path.trim_end_matches('/');
        let config = Config::new([document.to_owned()])
            .validator_url("none")
            .try_it_out_enabled(true)
            .persist_authorization(false)
            .display_request_duration(true);
        let config = Arc::new(config);
        let index = config.clone();
        let title: Arc<str> = titled(self.around().title()).into();
        let hidden = Description::hidden;
        let there = format!("{path}/");
        Routes::new()
            .route(
                path,
                get(move || async move { Redirect::permanent(&there) })
                    .policy(policy.clone())
                    .describe(hidden()),
            )
            .route(
                &format!("{path}/"),
                get(move || async move { file("", index, Some(&title)) })
                    .policy(policy.clone())
                    .describe(hidden()),
            )
            .route(
                &format!("{path}/{{*file}}"),
                get(move |Path(name): Path<String>| async move { file(&name, config, None) })
                    .policy(policy)
                    .describe(hidden()),
            )
    }
}

/// The title of the page as it comes, which does not tell one API from another.
const UNTITLED: &str = "<title>Swagger UI</title>";

fn titled(name: &str) -> String {
    let name = name.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    format!("<title>{name}</title>")
}

/// A file of the page, or, with a title, the page itself.
fn file(name: &str, config: Arc<Config<'static>>, title: Option<&str>) -> Result<Response, Denial> {
    match serve(name, config) {
        Ok(Some(file)) => {
            let kind = HeaderValue::from_str(&file.content_type).ok();
            let kind = kind.unwrap_or(HeaderValue::from_static("application/octet-stream"));
            let headers = [(header::CONTENT_TYPE, kind), (header::CONTENT_SECURITY_POLICY, CONTENT_POLICY)];
            let bytes = file.bytes.into_owned();
            let bytes = match title {
                Some(title) => String::from_utf8_lossy(&bytes).replacen(UNTITLED, title, 1).into_bytes(),
                None => bytes,
            };
            Ok((headers, bytes).into_response())
        }
        Ok(None) => Err(Denial::new(DenialKind::NotFound)),
        // Its settings are ours and always readable.
        Err(_) => Err(Denial::new(DenialKind::Internal).because("api_page")),
    }
}
