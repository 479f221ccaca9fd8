//! Accounts of how requests were decided.

use crate::{
    badge::Badge,
    support::{ID, TOKEN, ask, text, tokens},
};
use http::{StatusCode, header::AUTHORIZATION};
use palisade::{
    ClientIp, ProxyHeader, Scope, Stack, TrustedProxies,
    limit::RateLimit,
    observe::Explain,
    routes::{Routes, get},
};

#[tokio::test]
async fn who_may_look_sees_how_a_request_was_decided_and_no_secret() {
    let explain = Explain::with(1024 * 1024, 1_000_000);
    let routes = palisade::explain_route(&explain)
        .route("/models/{name}", get(async || "llama").requires(Scope::from_static("read")));
    let app = Stack::new(tokens([palisade::VIEW_AUDIT_LOGS]))
        .address_limit("10/second")
        .explain(&explain)
        .protect(routes)
        .unwrap();
    let secret = "c4n4ryc4n4ryc4n4ryc4n4ry";
    let lines = [("authorization", &*format!("Bearer {secret}")), ("cookie", secret), ("user-agent", secret)];
    let refused = ask(&app, [192, 0, 2, 9], &format!("/models/{secret}?q={secret}"), &lines).await;
    assert_eq!(refused.status(), StatusCode::UNAUTHORIZED);
    let id = refused.headers()["x-request-id"].to_str().unwrap().to_owned();

    let path = format!("/_palisade/explain/{id}");
    assert_eq!(ask(&app, [192, 0, 2, 9], &path, &[]).await.status(), StatusCode::UNAUTHORIZED);
    let right = format!("Bearer {TOKEN}");
    let right = [("authorization", &*right)];
    let answer = ask(&app, [192, 0, 2, 10], &path, &right).await;
    assert_eq!(
        (answer.status(), &answer.headers()["cache-control"]),
        (StatusCode::OK, &"no-store".parse().unwrap())
    );
    let told = text(answer).await;
    assert!(!told.contains(secret), "{told}");
    let told: serde_json::Value = serde_json::from_str(&told).unwrap();
    assert_eq!(told["request_id"], *id);
    assert_eq!(
        told["client"],
        serde_json::json!({"address": "192.0.2.9", "peer": "192.0.2.9", "because": "it is the peer"})
    );
    assert_eq!(told["denied"]["code"], "AUTHENTICATION_FAILED");
    assert_eq!(
        (&told["limits"][0]["policy"], &told["limits"][0]["remaining"]),
        (&"address".into(), &9.into())
    );
    for stage in ["head", "address_limit", "refusal"] {
        assert!(told["stages_us"][stage].is_u64(), "{told}");
    }
    // What no path has is refused before anybody looks for it.
    for (unknown, status) in [(ID, 404), ("x", 404), ("%00", 400)] {
        let path = format!("/_palisade/explain/{unknown}");
        assert_eq!(ask(&app, [192, 0, 2, 10], &path, &right).await.status(), status, "{unknown}");
    }
}

#[tokio::test]
async fn an_account_tells_header_hop_and_bucket_and_not_a_byte_of_what_was_sent() {
    let explain = Explain::with(1024 * 1024, 1);
    let dear = RateLimit::new("dear", "100/hour", palisade::By::principal()).unwrap().cost(30).unwrap();
    let routes = Routes::new()
        .route("/models", get(async || "llama").authenticated().guard(dear))
        .route("/open", get(async || "llama").public());
    let proxies = TrustedProxies::parse(["10.0.0.0/8"]).unwrap();
    let auth = tokens([]).or(Badge);
    let app = Stack::new(auth)
        .client_ip(ClientIp::behind(proxies, ProxyHeader::XForwardedFor))
        .address_limit("10/second")
        .explain(&explain)
        .protect(routes)
        .unwrap();
    let right = format!("Bearer {TOKEN}");
    let canary = "c4n4ryc4n4ryc4n4ryc4n4ry";
    let account = async |path: &str, lines: &[(&str, &str)]| {
        let answer = ask(&app, [10, 0, 0, 1], path, lines).await;
        let id = palisade::RequestId::parse(answer.headers()["x-request-id"].as_bytes()).unwrap();
        let told = String::from_utf8(explain.find(id).unwrap().into()).unwrap();
        for secret in [TOKEN, canary, &canary[..8], &TOKEN[..8]] {
            assert!(!told.contains(secret), "{told}");
        }
        serde_json::from_str::<serde_json::Value>(&told).unwrap()
    };

    let xff = ("x-forwarded-for", "203.0.113.66, 192.0.2.9, 10.0.0.3, 10.0.0.2");
    let told = account("/models", &[("authorization", &right), xff]).await;
    assert_eq!(told["credential"], serde_json::json!({"header": AUTHORIZATION.as_str(), "scheme": "Bearer"}));
    assert_eq!(
        told["client"],
        serde_json::json!({
            "address": "192.0.2.9", "peer": "10.0.0.1", "because": "a trusted proxy said so",
            "trusted": { "address": "10.0.0.3", "header": "x-forwarded-for", "hops": 3 },
        })
    );
    let buckets = |told: &serde_json::Value| -> Vec<(String, u64, u64)> {
        let limits = told["limits"].as_array().unwrap().iter();
        let number = |it: &serde_json::Value, name: &str| it[name].as_u64().unwrap();
        limits
            .map(|it| {
                (it["policy"].as_str().unwrap().to_owned(), number(it, "before"), number(it, "remaining"))
            })
            .collect()
    };
    assert_eq!(buckets(&told), [("address".to_owned(), 10, 9), ("dear".to_owned(), 100, 70)]);
    account("/models", &[("authorization", &right), xff]).await;
    let third = account("/models", &[("authorization", &right), xff]).await;
    assert_eq!(buckets(&third).last(), Some(&("dear".to_owned(), 40, 10)));
    let refused = account("/models", &[("authorization", &right), xff]).await;
    assert_eq!(
        (&refused["status"], buckets(&refused).last()),
        (&429.into(), Some(&("dear".to_owned(), 10, 10)))
    );

    // A word in front of a space may be the secret itself; garbage names no hop.
    let lines = [("authorization", &*format!("{canary} x")), ("x-forwarded-for", canary)];
    let told = account("/models", &lines).await;
    assert_eq!(told["credential"], serde_json::json!({"header": "authorization", "scheme": "other"}));
    assert_eq!(
        told["client"]["trusted"],
        serde_json::json!({"address": "10.0.0.1", "header": "x-forwarded-for", "hops": 1, "anomaly": "garbage"})
    );
    let told = account("/models", &[("x-badge", canary), xff]).await;
    assert_eq!(told["credential"], serde_json::json!({"header": "x-badge"}));
    assert!(account("/open", &[xff]).await["credential"].is_null());
}
