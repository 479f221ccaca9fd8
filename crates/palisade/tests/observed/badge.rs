//! A credential in a header of its own.

use crate::support::ask;
use axum::{body::Body, extract::Request};
use http::{HeaderName, request};
use palisade::{
    Auth, Authenticator, Cors, Credential, Denial, Facts, Peer, Principal, Reply, SecurityHeaders, Stack,
    routes::{Routes, get},
};
use tower::ServiceExt as _;

/// Knows everybody with a badge, in a header of its own.
#[derive(Debug)]
pub(crate) struct Badge;

const BADGE: HeaderName = HeaderName::from_static("x-badge");

impl Authenticator for Badge {
    fn find<'h>(&self, head: &'h request::Parts) -> Result<Option<Credential<'h>>, Denial> {
        let found = head.headers.iter().find(|(name, _)| **name == BADGE);
        Ok(found.map(|(name, value)| Credential::new(name, value.as_bytes())))
    }

    fn verify(
        &self,
        credential: Credential<'_>,
        _: &request::Parts,
        _: &Facts,
    ) -> Reply<Result<Principal, Denial>> {
        assert!(!credential.expose().is_empty());
        Reply::now(Ok(Principal::new("badge", "ada")))
    }

    fn places(&self) -> Vec<HeaderName> {
        vec![BADGE]
    }
}

#[tokio::test]
async fn headers_in_which_credentials_stand_get_into_vary_and_preflights_by_themselves() {
    let routes = || {
        Routes::new()
            .route("/mine", get(async || "mine").authenticated())
            .route("/open", get(async || "open").public())
    };
    let stack = || Stack::new(Auth::with(Badge)).cors(Cors::origins(["https://good.example"]));
    let cacheable = SecurityHeaders::api().dangerous_cacheable();
    for (stack, known) in [(stack(), "no-store"), (stack().security_headers(cacheable), "private")] {
        let app = stack.protect(routes()).unwrap();
        for (path, lines, vary, cache) in [
            ("/mine", &[("x-badge", "ada")][..], true, known),
            ("/mine", &[], true, "no-store"),
            ("/open", &[], false, ""),
        ] {
            let answer = ask(&app, [192, 0, 2, 9], path, lines).await;
            let said = |name| {
                answer
                    .headers()
                    .get_all(name)
                    .iter()
                    .map(|it| it.to_str().unwrap())
                    .collect::<Vec<_>>()
                    .join(", ")
            };
            assert_eq!(said("vary").contains("x-badge"), vary, "{path} {}", said("vary"));
            assert_eq!(said("cache-control"), cache, "{path}");
        }
        let preflight = Request::options("/mine")
            .extension(Peer(([192, 0, 2, 9], 1).into()))
            .header("origin", "https://good.example")
            .header("access-control-request-method", "GET")
            .header("access-control-request-headers", "x-badge");
        let answer = app.oneshot(preflight.body(Body::empty()).unwrap()).await.unwrap();
        assert_eq!(answer.headers()["access-control-allow-headers"], "authorization,content-type,x-badge");
    }
}
