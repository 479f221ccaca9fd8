//! `/.well-known/jwks.json`.

use crate::support::{DAY, fixed, issuer, now, start, text};
use axum::{Router, body::Body};
use http::{Request, StatusCode, header};
use http_body_util::BodyExt as _;
use palisade_core::Clock;
use palisade_jwt::{Algorithm, Grant, JwksPolicy, KeySet, Rotation, SigningKeys, Verifier};
use palisade_routes::Routes;
use tower::ServiceExt as _;

const PATH: &str = "/.well-known/jwks.json";

fn app(keys: &SigningKeys) -> Router {
    Routes::<()>::new().merge(keys.routes()).into_router().unwrap()
}

async fn fetch(app: &Router, tag: Option<&str>) -> (StatusCode, http::HeaderMap, Vec<u8>) {
    let mut request = Request::get(PATH);
    if let Some(tag) = tag {
        request = request.header(header::IF_NONE_MATCH, tag);
    }
    let response = app.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
    let (head, body) = response.into_parts();
    (head.status, head.headers, body.collect().await.unwrap().to_bytes().to_vec())
}

#[tokio::test]
async fn what_is_published_verifies_what_is_minted_and_may_be_kept() {
    let time = start();
    let builder = SigningKeys::in_memory().rotation(Rotation::every(10 * DAY));
    let keys = builder.clock(Clock::manual(&time)).refreshed_by_hand().open().unwrap();
    let app = app(&keys);
    let (status, headers, body) = fetch(&app, None).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(headers[header::CONTENT_TYPE], "application/jwk-set+json");
    assert_eq!(headers[header::CACHE_CONTROL], "public, max-age=600");
    assert_eq!(body, keys.jwks());
    let tag = headers[header::ETAG].to_str().unwrap().to_owned();
    for named in [&*tag, &format!("W/{tag}"), &format!("\"x\", {tag}"), "*"] {
        let (status, headers, body) = fetch(&app, Some(named)).await;
        assert_eq!((status, &*body), (StatusCode::NOT_MODIFIED, &b""[..]), "{named}");
        assert_eq!(headers[header::ETAG], tag);
        assert_eq!(headers[header::CACHE_CONTROL], "public, max-age=600");
    }
    // As somebody else's service reads it.
    let (set, skipped) = KeySet::from_jwks(&body, &JwksPolicy::default()).unwrap();
    assert!(skipped.is_empty());
    let verifier = Verifier::builder(crate::support::ISSUER).audience("models");
    let verifier = verifier.keys(palisade_jwt::FixedKeys::new(set)).unwrap();
    let minted = issuer(&keys).mint(&Grant::to("ada"), now(&time)).unwrap();
    assert!(verifier.verify(text(&minted), now(&time)).try_now().unwrap().is_ok());
    time.advance(9 * DAY);
    keys.refresh().unwrap();
    let (status, _, body) = fetch(&app, Some(&tag)).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(KeySet::from_jwks(&body, &JwksPolicy::default()).unwrap().0.len(), 2);
}

#[tokio::test]
async fn private_parts_and_shared_secrets_are_never_published() {
    for algorithm in crate::support::ALGORITHMS {
        let keys = fixed(algorithm);
        let (_, _, body) = fetch(&app(&keys), None).await;
        let document: serde_json::Value = serde_json::from_slice(&body).unwrap();
        let published = document["keys"].as_array().unwrap();
        assert_eq!(published.len(), usize::from(!algorithm.is_symmetric()));
        for key in published {
            let mut members: Vec<_> = key.as_object().unwrap().keys().map(String::as_str).collect();
            members.sort_unstable();
            let expected: &[&str] = match algorithm {
                Algorithm::EdDsa => &["alg", "crv", "kid", "kty", "use", "x"],
                _ => &["alg", "crv", "kid", "kty", "use", "x", "y"],
            };
            assert_eq!(members, expected);
        }
    }
}
