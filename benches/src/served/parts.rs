//! What the stack does, put together from the best-known parts: as near as they come to it.

use super::server::{BURST, PERIOD};
use crate::{
    case::{bare::router, limit::governor_with, token::tower_http},
    failure::Failure,
};
use axum::{Router, body::Body};
use governor::middleware::StateInformationMiddleware;
use http::{
    HeaderName, HeaderValue, Request,
    header::{
        AUTHORIZATION, CACHE_CONTROL, CONTENT_SECURITY_POLICY, REFERRER_POLICY, VARY, X_CONTENT_TYPE_OPTIONS,
    },
};
use tower::ServiceBuilder;
use tower_governor::{
    GovernorLayer, errors::GovernorError, governor::GovernorConfigBuilder, key_extractor::KeyExtractor,
};
use tower_http::{
    catch_panic::CatchPanicLayer,
    request_id::{MakeRequestUuid, PropagateRequestIdLayer, SetRequestIdLayer},
    set_header::SetResponseHeaderLayer,
};

type Callers = GovernorLayer<Caller, StateInformationMiddleware, Body>;

/// A caller is whoever has the credential.
#[derive(Clone, Debug)]
struct Caller;

impl KeyExtractor for Caller {
    type Key = HeaderValue;

    fn extract<T>(&self, request: &Request<T>) -> Result<HeaderValue, GovernorError> {
        request.headers().get(AUTHORIZATION).cloned().ok_or(GovernorError::UnableToExtractKey)
    }
}

/// A bucket for each of them.
fn callers() -> Result<Callers, Failure> {
    let config = GovernorConfigBuilder::default()
        .key_extractor(Caller)
        .period(PERIOD)
        .burst_size(BURST)
        .use_headers()
        .finish();
    Ok(GovernorLayer::new(config.ok_or_else(|| Failure::setup("tower_governor takes no such quota"))?))
}

/// A limit for addresses, a token and a limit for callers, each a layer of the router.
pub(super) fn guards() -> Result<Router, Failure> {
    Ok(router().layer(callers()?).layer(tower_http()).layer(governor_with(PERIOD, BURST)?))
}

/// A limit for addresses, a token, a limit for callers, a name for the request, headers for browsers and caches, and panics
/// caught. One token where the stack knows many keys, two headers of limits where it sends five, and no policy of routes.
pub(super) fn app() -> Result<Router, Failure> {
    let say = |name: HeaderName, value| {
        SetResponseHeaderLayer::if_not_present(name, HeaderValue::from_static(value))
    };
    let parts = ServiceBuilder::new()
        .layer(SetRequestIdLayer::x_request_id(MakeRequestUuid))
        .layer(PropagateRequestIdLayer::x_request_id())
        .layer(say(X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .layer(say(REFERRER_POLICY, "no-referrer"))
        .layer(say(CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'"))
        .layer(say(CACHE_CONTROL, "no-store"))
        .layer(say(VARY, "authorization"))
        .layer(governor_with(PERIOD, BURST)?)
        .layer(tower_http())
        .layer(callers()?);
    // It makes another body of every body, which the others do not take.
    Ok(router().layer(CatchPanicLayer::new()).layer(parts))
}
