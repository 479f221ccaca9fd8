//! A service with everything that can be attacked.

use crate::hole::{Hole, Holed};
use axum::{Json, extract::Path};
use http::Method;
use palisade::{
    AccessLog, Auth, ClientIp, Cors, Envelope, Format, ProxyHeader, Stack, StrictJson, TrustedProxies,
    jwt::{Jwt, Verifier},
    routes::{Routes, get},
};
use palisade_testing::{
    FakeIssuer, TestKeys,
    attacks::{Attacks, Probe},
};
use serde::Deserialize;
use serde_json::{Value, json};
use tests::server::{POOR, READ, TOKEN, WRITE, tokens};

const ORIGIN: &str = "https://good.example";
const PROXY: [u8; 4] = [10, 0, 0, 7];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Model {
    name: String,
}

fn routes(hole: Hole) -> Routes {
    let limit = if hole == Hole::UnlimitedBody { usize::MAX } else { 64 * 1024 };
    let models = get(async || "[]").requires(READ);
    let models = match hole {
        Hole::LenientJson => models.post(async |Json(body): Json<Value>| body.to_string()).requires(WRITE),
        _ => models.post(async |StrictJson(model): StrictJson<Model>| model.name).requires(WRITE),
    };
    Routes::new()
        .route("/healthz", get(async || "ok").public())
        .route("/public/{*rest}", get(async |Path(_): Path<String>| "public").public())
        .route("/v1/models", models.body_limit(limit))
        .route("/v1/models/{name}", get(async |Path(name): Path<String>| name).requires(READ))
        .route("/v1/whoami", get(async || "somebody").authenticated())
}

fn app(hole: Hole, probe: &Probe, keys: &TestKeys, issuer: &FakeIssuer) -> Holed {
    let verifier = match hole {
        Hole::NoAudience => Verifier::builder(issuer.name()).any_audience().keys(issuer.keys()).unwrap(),
        _ => Verifier::builder(issuer.name()).audience("api").keys(issuer.keys()).unwrap(),
    };
    let proxies = TrustedProxies::parse(["10.0.0.7/32"]).unwrap();
    let app = Stack::new(Auth::keys(keys.authenticator()).or(Jwt::new(verifier)).or(tokens()).strip())
        .client_ip(ClientIp::behind(proxies, ProxyHeader::XForwardedFor))
        .address_limit("60/minute burst 40")
        .cors(Cors::origins([ORIGIN]).credentials())
        .envelope(Envelope::new(Format::Negotiated).dress_rejections())
        .access_log(AccessLog::json(probe.log()).build().unwrap())
        .protect(probe.watch(routes(hole)))
        .unwrap();
    Holed { app, hole }
}

/// Attacks on the service with this hole.
pub(crate) async fn attacks(hole: Hole) -> Attacks {
    let (keys, issuer) = (TestKeys::new(), FakeIssuer::new("https://issuer.example"));
    let key = keys.mint([READ, WRITE]).await;
    let revoked = keys.revoked().await;
    let token = issuer.token().audience("api").scopes(["read_models", "write_models"]);
    Attacks::on(move |probe| app(hole, probe, &keys, &issuer))
        .token(TOKEN)
        .weak_token(POOR)
        .api_key("x-api-key", key)
        .dead_key("revoked", revoked)
        .issuer(token)
        .origin(ORIGIN)
        .trusted_proxy(PROXY)
        .json(Method::POST, "/v1/models", json!({ "name": "llama-7b" }))
}
