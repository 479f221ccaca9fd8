//! Mistakes, each in front of a service that makes none.

use axum::{body::Body, extract::ConnectInfo, response::Response};
use bytes::Bytes;
use data_encoding::BASE64URL_NOPAD;
use http::{HeaderValue, Method, Request, StatusCode, header::AUTHORIZATION};
use http_body_util::BodyExt as _;
use palisade::{Peer, Protected};
use serde_json::{Value, json};
use std::{
    convert::Infallible,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    pin::Pin,
    task::{Context, Poll},
};
use tests::server::{POOR, TOKEN};
use tower::{Service, ServiceExt as _};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Hole {
    None,
    FirstAuthorization,
    AnyScheme,
    LeftmostForwarded,
    AlgorithmFromToken,
    NoAudience,
    OpenHead,
    QueryCredentials,
    CookieCredentials,
    UnlimitedBody,
    BodyBeforeAuth,
    CorsReflects,
    EchoesInput,
    TellsCauses,
    LimitByHeader,
    HeadUnlimited,
    RefusalRunsHandler,
    TrustsMarker,
    TrustsCertificateHeader,
    OpensByPrefix,
    OverridesMethod,
    LenientJson,
    ScopesIgnored,
    LogsCredentials,
    CacheableErrors,
    AllowToStrangers,
    LongTokenFaults,
    FirstKey,
}

/// Each mistake with attacks that must get through because of it.
pub(crate) const HOLES: &[(Hole, &[&str])] = &[
    (Hole::FirstAuthorization, &["A029"]),
    (Hole::AnyScheme, &["A031"]),
    (Hole::LeftmostForwarded, &["A180"]),
    (Hole::AlgorithmFromToken, &["A084"]),
    (Hole::NoAudience, &["A122"]),
    (Hole::OpenHead, &["A015"]),
    (Hole::QueryCredentials, &["A038"]),
    (Hole::CookieCredentials, &["A039"]),
    (Hole::UnlimitedBody, &["A275"]),
    (Hole::BodyBeforeAuth, &["A044", "A275"]),
    (Hole::CorsReflects, &["A332"]),
    (Hole::EchoesInput, &["A266"]),
    (Hole::TellsCauses, &["A269"]),
    (Hole::LimitByHeader, &["A213"]),
    (Hole::HeadUnlimited, &["A016"]),
    (Hole::RefusalRunsHandler, &["A028"]),
    (Hole::TrustsMarker, &["A022"]),
    (Hole::TrustsCertificateHeader, &["A243"]),
    (Hole::OpensByPrefix, &["A004"]),
    (Hole::OverridesMethod, &["A018"]),
    (Hole::LenientJson, &["A172"]),
    (Hole::ScopesIgnored, &["A080"]),
    (Hole::LogsCredentials, &["A278"]),
    (Hole::CacheableErrors, &["A272"]),
    (Hole::AllowToStrangers, &["A020"]),
    (Hole::LongTokenFaults, &["A036"]),
    (Hole::FirstKey, &["A041"]),
];

/// A service with one mistake in front of it.
#[derive(Clone)]
pub(crate) struct Holed {
    pub app: Protected,
    pub hole: Hole,
}

impl Service<Request<Body>> for Holed {
    type Response = Response;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let this = self.clone();
        Box::pin(async move { Ok(this.answer(request).await) })
    }
}

impl Holed {
    async fn answer(self, mut request: Request<Body>) -> Response {
        let hole = self.hole;
        let header = |request: &Request<Body>, name: &str| {
            request.headers().get(name).map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned())
        };
        let given = header(&request, "authorization");
        let seen = format!("{} {:?}", request.uri(), request.headers());
        let (origin, method) = (header(&request, "origin"), request.method().clone());
        match hole {
            Hole::FirstAuthorization | Hole::FirstKey => {
                let name = if hole == Hole::FirstKey { "x-api-key" } else { "authorization" };
                if let Some(first) = request.headers_mut().remove(name) {
                    request.headers_mut().insert(name, first);
                }
            }
            Hole::AnyScheme => {
                if let Some((_, token)) = given.as_deref().and_then(|it| it.split_once(' ')) {
                    let bearer = HeaderValue::from_bytes(format!("Bearer {token}").as_bytes()).unwrap();
                    request.headers_mut().insert(AUTHORIZATION, bearer);
                }
            }
            Hole::LeftmostForwarded => {
                let list = header(&request, "x-forwarded-for").unwrap_or_default();
                if let Some(ip) = list.split(',').next().and_then(|it| it.trim().parse().ok()) {
                    from(&mut request, ip);
                }
            }
            Hole::AlgorithmFromToken if given.as_deref().is_some_and(asks_for_no_signature) => {
                let_in(&mut request)
            }
            Hole::OpenHead if method == Method::HEAD => let_in(&mut request),
            Hole::HeadUnlimited if method == Method::HEAD => from(&mut request, [192, 0, 2, 200].into()),
            Hole::QueryCredentials if request.uri().query().is_some_and(|it| it.contains(TOKEN)) => {
                let_in(&mut request);
            }
            Hole::CookieCredentials if header(&request, "cookie").is_some_and(|it| it.contains(TOKEN)) => {
                let_in(&mut request);
            }
            Hole::BodyBeforeAuth => {
                let (head, body) = request.into_parts();
                let bytes = body.collect().await.unwrap().to_bytes();
                request = Request::from_parts(head, Body::from(bytes));
            }
            Hole::LimitByHeader => {
                if let Some(name) = header(&request, "x-user-id") {
                    from(&mut request, Ipv4Addr::new(192, 0, 2, name.len() as u8).into());
                }
            }
            Hole::TrustsMarker if header(&request, "x-internal").is_some() => let_in(&mut request),
            Hole::TrustsCertificateHeader if header(&request, "x-ssl-client-verify").is_some() => {
                let_in(&mut request);
            }
            Hole::OpensByPrefix if request.uri().path().starts_with("/public/") => {
                let_in(&mut request);
                let mut segments: Vec<&str> = Vec::new();
                let path = request.uri().path().replace("%2e", ".").replace("%2f", "/");
                for segment in path.split('/').filter(|segment| !segment.is_empty()) {
                    if segment == ".." {
                        let _ = segments.pop();
                    } else {
                        segments.push(segment)
                    }
                }
                *request.uri_mut() = format!("/{}", segments.join("/")).parse().unwrap();
            }
            Hole::OverridesMethod => {
                if let Some(name) = header(&request, "x-http-method-override") {
                    // Guarded by the method that was sent, which nobody may.
                    *request.method_mut() = Method::from_bytes(name.as_bytes()).unwrap();
                    let_in(&mut request);
                }
            }
            Hole::ScopesIgnored if given.as_deref().is_some_and(|it| it.contains(POOR)) => {
                let_in(&mut request)
            }
            Hole::LogsCredentials => tracing::info!(target: "service", "request {seen}"),
            Hole::LongTokenFaults if given.as_deref().is_some_and(|it| it.len() > 8_192) => {
                return axum::response::IntoResponse::into_response(StatusCode::INTERNAL_SERVER_ERROR);
            }
            _ => {}
        }
        let again = (hole == Hole::RefusalRunsHandler).then(|| {
            let mut again = Request::new(Body::empty());
            *again.method_mut() = method.clone();
            *again.uri_mut() = request.uri().clone();
            from(&mut again, [192, 0, 2, 201].into());
            let_in(&mut again);
            again
        });
        let mut response = self.app.clone().oneshot(request).await.unwrap();
        if response.status() == 401
            && let Some(again) = again
        {
            let _ = self.app.oneshot(again).await;
        }
        let refused = response.status().is_client_error();
        match hole {
            Hole::CorsReflects => {
                if let Some(origin) = origin.and_then(|it| it.parse().ok()) {
                    response.headers_mut().insert("access-control-allow-origin", origin);
                    let yes = HeaderValue::from_static("true");
                    response.headers_mut().insert("access-control-allow-credentials", yes);
                }
            }
            Hole::EchoesInput if refused => {
                let (mut head, body) = response.into_parts();
                let bytes = body.collect().await.unwrap().to_bytes();
                let mut error: Value = serde_json::from_slice(&bytes).unwrap_or_default();
                error["error"]["details"] = json!(seen);
                head.headers.remove("content-length");
                response = Response::from_parts(head, Body::from(Bytes::from(error.to_string())));
            }
            Hole::TellsCauses if refused && given.as_deref().is_some_and(|it| it.contains('.')) => {
                response.headers_mut().insert("x-cause", HeaderValue::from_static("not a token"));
            }
            Hole::CacheableErrors if refused => drop(response.headers_mut().remove("cache-control")),
            Hole::AllowToStrangers if response.status() == 401 => {
                response.headers_mut().insert("allow", HeaderValue::from_static("GET, POST"));
            }
            _ => {}
        }
        response
    }
}

/// With the token that opens everything.
fn let_in(request: &mut Request<Body>) {
    let token = HeaderValue::from_str(&format!("Bearer {TOKEN}")).unwrap();
    request.headers_mut().insert(AUTHORIZATION, token);
}

fn from(request: &mut Request<Body>, ip: IpAddr) {
    let peer = SocketAddr::new(ip, 40_000);
    request.extensions_mut().insert(Peer(peer));
    request.extensions_mut().insert(ConnectInfo(peer));
}

fn asks_for_no_signature(authorization: &str) -> bool {
    let token = authorization.strip_prefix("Bearer ").unwrap_or_default();
    let header = token.split('.').next().and_then(|it| BASE64URL_NOPAD.decode(it.as_bytes()).ok());
    let header: Value = serde_json::from_slice(&header.unwrap_or_default()).unwrap_or_default();
    header["alg"].as_str().is_some_and(|alg| alg.eq_ignore_ascii_case("none"))
}
