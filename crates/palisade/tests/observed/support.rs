//! A caller, and what it asks.

use axum::{body::Body, extract::Request, response::Response};
use http_body_util::BodyExt as _;
use palisade::{Auth, Peer, Protected, Scope, StaticToken, StaticTokens};
use tower::ServiceExt as _;

pub(crate) const TOKEN: &str = "u5vVlqUIBqbbJEMn2b3Ltw9Y";
pub(crate) const ID: &str = "0194a3f1-7c2e-7abc-8def-0123456789ab";

pub(crate) fn tokens(scopes: impl IntoIterator<Item = Scope>) -> Auth {
    Auth::with(StaticTokens::new([StaticToken::named("ops").value(TOKEN).scopes(scopes)]).unwrap())
}

pub(crate) async fn ask(app: &Protected, peer: [u8; 4], path: &str, lines: &[(&str, &str)]) -> Response {
    let mut request = Request::get(path).extension(Peer((peer, 40_000).into()));
    for (name, value) in lines {
        request = request.header(*name, *value);
    }
    app.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap()
}

pub(crate) async fn text(response: Response) -> String {
    String::from_utf8(response.into_body().collect().await.unwrap().to_bytes().to_vec()).unwrap()
}
