//! Settings that a stack has beside tokens and limits, at work.

use crate::{app, sources};
use axum::body::{Body, Bytes};
use http::Method;
use metrics_exporter_prometheus::PrometheusBuilder;
use palisade::{
    Scope,
    config::{Assembly, Reload, Sources},
    explain_route,
    routes::{Routes, get as page, post},
};
use std::collections::BTreeSet;
use tests::{
    client::{get, request, send, send_from, with, with_token},
    keys::Fate,
    server::{Handled, TOKEN},
};
use tokio_stream::StreamExt as _;

async fn assembly(toml: &str) -> Assembly {
    let directory = tempfile::tempdir().unwrap();
    sources(&directory, toml).load().unwrap_or_else(|mistakes| panic!("{mistakes}")).build().await.unwrap()
}

#[tokio::test]
async fn heads_weigh_what_they_may() {
    let app = app(
        "[server]\nheader_lines = 8\nheader_bytes = \"2 KiB\"\ntarget_bytes = \"300 B\"",
        &Handled::default(),
    )
    .await;
    let lines = |many: usize| with(get("/healthz"), &vec![("x-line", "1"); many]);
    let weighing = |bytes: usize| with(get("/healthz"), &[("x", "x".repeat(bytes - 1).as_str())]);
    let target = |bytes: usize| get(&format!("/healthz?{}", "x".repeat(bytes - "/healthz".len())));
    for (good, bad, refused) in
        [(lines(8), lines(9), 431), (weighing(2_048), weighing(2_049), 431), (target(300), target(301), 414)]
    {
        assert_eq!(send(&app, good).await.status, 200);
        assert_eq!(send(&app, bad).await.status.as_u16(), refused);
    }
}

#[tokio::test]
async fn who_takes_too_long_over_a_body_is_told_so() {
    let assembly = assembly("server.body_deadline = \"1 s\"").await;
    let routes =
        Routes::new().route("/short", post(async |body: Bytes| body.len().to_string()).public()).route(
            "/long",
            post(async |body: Bytes| body.len().to_string())
                .public()
                .body_deadline(std::time::Duration::from_secs(60)),
        );
    let app = assembly.stack.protect(routes).unwrap();
    let stalled = |path: &str, seconds: u64| {
        let mut request = request(Method::POST, path);
        let first = tokio_stream::iter([Ok::<_, std::io::Error>(Bytes::from_static(b"a"))]);
        let last = futures_util::stream::once(async move {
            tokio::time::sleep(std::time::Duration::from_secs(seconds)).await;
            Ok(Bytes::from_static(b"b"))
        });
        *request.body_mut() = Body::from_stream(first.chain(last));
        request
    };
    assert_eq!(send(&app, stalled("/short", 600)).await.status, 408);
    assert_eq!(send(&app, stalled("/long", 2)).await.status, 200);
}

#[tokio::test]
async fn browsers_are_told_what_settings_say_and_nothing_comes_in_the_clear() {
    let toml = "[server]\nalways_https = true\nrequire_https = true\ntrusted_proxies = [\"10.0.0.0/8\"]\n\
                strict_transport_security = \"max-age=60; includeSubDomains\"\ncontent_security_policy = \"default-src 'self'\"";
    let app = app(toml, &Handled::default()).await;
    let over = |scheme: &str| {
        with(get("/healthz"), &[("x-forwarded-proto", scheme), ("x-forwarded-for", "192.0.2.1")])
    };
    let good = send_from(&app, [10, 0, 0, 1], over("https")).await;
    assert_eq!(good.status, 200);
    assert_eq!(good.header("strict-transport-security"), "max-age=60; includeSubDomains");
    assert_eq!(good.header("content-security-policy"), "default-src 'self'");
    assert_eq!(send_from(&app, [10, 0, 0, 1], over("http")).await.status, 403);
    assert_eq!(send_from(&app, [192, 0, 2, 7], over("https")).await.status, 403);
}

#[tokio::test]
async fn accounts_are_kept_and_found() {
    let directory = tempfile::tempdir().unwrap();
    let token = directory.path().join("auditor");
    std::fs::write(&token, TOKEN).unwrap();
    let toml = format!(
        "explain.sample_successes = 1\n[[auth.tokens]]\nname = \"auditor\"\nscopes = [\"view_audit_logs\"]\nfile = \"{}\"",
        token.display()
    );
    let assembly = Sources::new().text("app.toml", toml).load().unwrap().build().await.unwrap();
    let explain = assembly.explain.clone().unwrap();
    let routes = tests::server::routes(&Handled::default()).merge(explain_route(&explain));
    let app = assembly.stack.protect(routes).unwrap();
    let refused = send(&app, get("/v1/models")).await;
    let path = format!("/_palisade/explain/{}", refused.header("x-request-id"));
    let account = send(&app, with_token(get(&path), TOKEN)).await;
    assert_eq!(account.status, 200);
    assert!(String::from_utf8_lossy(&account.body).contains("401"));
}

#[tokio::test]
async fn plans_are_quotas_of_callers() {
    let toml = "[limits.plans]\ndefault = \"2/minute\"\npro = \"600/minute\"";
    let app = app(toml, &Handled::default()).await;
    let mut told = Vec::new();
    for _ in 0..3 {
        let answer = send(&app, with_token(get("/v1/models"), TOKEN)).await;
        told.push((answer.status.as_u16(), answer.header("x-ratelimit-limit").to_owned()));
    }
    assert_eq!(told.iter().map(|(status, _)| *status).collect::<Vec<_>>(), [200, 200, 429]);
    assert!(told.iter().all(|(_, limit)| limit == "2"), "{told:?}");
}

#[tokio::test]
async fn several_nodes_keep_nothing_in_the_memory_of_one() {
    let directory = tempfile::tempdir().unwrap();
    let settings = sources(
        &directory,
        "several_nodes = true\nlimits.address = \"5/second\"\nauth.keys = { prefix = \"acme\" }",
    );
    let routes = |_: &_| Routes::new().route("/", page(async || "ok").public());
    let found = Reload::start(settings, routes).await.map(drop).unwrap_err();
    assert_eq!(found.iter().filter(|mistake| mistake.path() == "several_nodes").count(), 2, "{found}");
    assert!(found.iter().all(|mistake| mistake.origin().to_string() == "app.toml:1"), "{found}");
}

#[tokio::test]
async fn a_program_that_announced_credentials_adds_some_or_does_not_start() {
    const READ: Scope = Scope::from_static("read_models");
    let ours = tests::keys::Service::new();
    let key = ours.key(Fate::Good).await;
    let with_key = || with(get("/models"), &[("x-api-key", key.expose())]);
    let routes = || {
        Routes::new().route(
            "/models",
            page(async |head: http::HeaderMap| head.contains_key("x-api-key").to_string()).requires(READ),
        )
    };
    for toml in
        ["auth = \"application\"", "[auth]\napplication = true\nroles = { reader = [\"read_models\"] }"]
    {
        let loaded = Sources::new().text("app.toml", toml).load().unwrap();
        assert!(
            loaded.warnings().iter().all(|warning| !warning.path().starts_with("auth")),
            "{:?}",
            loaded.warnings()
        );
        let assembly = loaded.build().await.unwrap();
        let missing = assembly.stack.clone().protect(routes()).map(drop).unwrap_err().to_string();
        assert!(missing.starts_with("auth: `application` says") && missing.contains("map_auth"), "{missing}");
        let app = assembly.stack.map_auth(|auth| auth.or(ours.keys())).protect(routes()).unwrap();
        assert_eq!(send(&app, get("/models")).await.status, 401);
        let known = send(&app, with_key()).await;
        // As everywhere among settings, handlers do not see credentials.
        assert_eq!((known.status.as_u16(), known.body.as_ref()), (200, b"false".as_ref()));
    }
    // Beside kinds that settings name, the one that was announced is asked for too.
    let directory = tempfile::tempdir().unwrap();
    let both = sources(&directory, "auth.application = true").load().unwrap().build().await.unwrap();
    assert!(both.stack.clone().protect(routes()).is_err());
    let app = both.stack.map_auth(|auth| auth.or(ours.keys())).protect(routes()).unwrap();
    for request in [with_token(get("/models"), TOKEN), with_key()] {
        assert_eq!(send(&app, request).await.status, 200);
    }
    // Reading the settings for a service tells where it stands.
    let found =
        Reload::start(Sources::new().text("app.toml", "auth = \"application\""), move |_: &_| routes()).await;
    assert!(found.map(drop).unwrap_err().to_string().starts_with("app.toml:1: auth: "));
}

#[tokio::test]
async fn every_number_says_what_it_is() {
    let recorder = PrometheusBuilder::new().build_recorder();
    let numbers = recorder.handle();
    let _installed = metrics::set_default_local_recorder(&recorder);
    let toml = "metrics = true\n[audit]\n[limits]\naddress = \"2/minute\"\nprincipal = \"60/minute\"\nauth.keys = { prefix = \"acme\" }";
    let toml = toml
        .replace("auth.keys = ", "[auth.keys]\n# ")
        .replace("# { prefix = \"acme\" }", "prefix = \"acme\"");
    let app = app(&toml, &Handled::default()).await;
    for _ in 0..3 {
        send(&app, with_token(get("/v1/models"), TOKEN)).await;
    }
    let text = numbers.render();
    let named = |word: &str| -> BTreeSet<String> {
        let lines = text.lines().filter_map(|line| line.strip_prefix(word));
        lines.filter_map(|line| line.split(' ').next().map(str::to_owned)).collect()
    };
    let (typed, told) = (named("# TYPE "), named("# HELP "));
    assert!(
        typed.contains("palisade_limit_decisions_total") && typed.contains("palisade_decisions"),
        "{text}"
    );
    assert_eq!(typed.difference(&told).collect::<Vec<_>>(), Vec::<&String>::new(), "{text}");
}
