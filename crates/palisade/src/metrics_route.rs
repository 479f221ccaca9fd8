//! Numbers over HTTP.

use axum::response::IntoResponse;
use http::{HeaderValue, header};
use palisade_core::Scope;
use palisade_routes::{Description, Routes, get};

/// May read the numbers of a service.
pub const READ_METRICS: Scope = Scope::from_static("read_metrics");

/// `GET /metrics`, for holders of [`READ_METRICS`]: what `render` says, as Prometheus text (exposition format 0.0.4).
///
/// The exporter is the program's own choice; with `metrics-exporter-prometheus` it is `move || handle.render()`.
///
/// ```
/// use palisade::metrics_route;
///
/// let routes = metrics_route(|| String::from("# TYPE up gauge\nup 1\n"));
/// assert_eq!(routes.table().iter().count(), 1);
/// ```
pub fn metrics_route(render: impl Fn() -> String + Clone + Send + Sync + 'static) -> Routes {
    let handler = move || {
        let text = render();
        async move {
            const TEXT: HeaderValue = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");
            const FRESH: HeaderValue = HeaderValue::from_static("no-store");
            ([(header::CONTENT_TYPE, TEXT), (header::CACHE_CONTROL, FRESH)], text).into_response()
        }
    };
    let text = serde_json::json!({ "type": "string" });
    let told = Description::of("Read the numbers of the service").answers(
        200,
        "Prometheus text",
        "text/plain",
        text,
    );
    Routes::new().route("/metrics", get(handler).requires(READ_METRICS).describe(told))
}
