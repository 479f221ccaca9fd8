//! Signed tokens through the whole stack, over a socket: four policies, every kind of refusal, limits, and who else is there.

#![allow(clippy::unwrap_used, clippy::panic, reason = "these are tests")]

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};
use data_encoding::BASE64URL_NOPAD;
use palisade::{
    Auth, Clock, Facts, ManualClock, Principal, Reply, Scope, Secret, Stack, StaticToken, StaticTokens,
    UnixTime,
    jwt::{
        Jwt, JwtClaims, KeySet, KeySource, MemoryRevocations, Revocation, Revocations, TrustedIssuer,
        Verifier, VerifyingKey,
    },
    keys::{ApiKeys, Change, KeyFormat, KeyRecord, KeyStore as _, MemoryStore, Peppers},
    routes::{Routes, get},
};
use serde_json::{Value, json};
use std::{net::SocketAddr, sync::Arc};
use tests::socket::{Raw, fetch};
use tokio::net::TcpListener;

const RUN: Scope = Scope::from_static("run_inference");
const NOW: u64 = 1_800_000_000;
const ISSUER: &str = "https://issuer.example";
const OTHER: &str = "https://other.example";

/// An issuer with one key; tokens for an hour.
struct Issuer(Ed25519KeyPair, &'static str);

impl Issuer {
    fn new(name: &'static str) -> Self {
        Self(Ed25519KeyPair::generate().unwrap(), name)
    }

    fn mint(&self, subject: &str, others: &Value) -> String {
        let mut claims = json!({ "iss": self.1, "aud": "api", "sub": subject, "iat": NOW, "exp": NOW + 3_600, "jti": "1" });
        for (name, value) in others.as_object().unwrap() {
            claims[name] = value.clone();
        }
        let part = |value: &Value| BASE64URL_NOPAD.encode(value.to_string().as_bytes());
        let signed = format!("{}.{}", part(&json!({ "alg": "EdDSA", "typ": "at+jwt" })), part(&claims));
        let signature = BASE64URL_NOPAD.encode(self.0.sign(signed.as_bytes()).as_ref());
        format!("{signed}.{signature}")
    }

    fn verifier(&self) -> Verifier {
        let key = VerifyingKey::ed25519(self.0.public_key().as_ref()).unwrap();
        let keys = palisade::jwt::FixedKeys::new(KeySet::new([key]).unwrap());
        Verifier::builder(self.1).audience("api").keys(keys).unwrap()
    }

    fn jwt(&self) -> Jwt {
        Jwt::new(self.verifier())
    }
}

async fn caller(facts: Facts, principal: Option<Principal>, claims: Option<JwtClaims>) -> String {
    let would: Vec<_> =
        facts.would_deny().map(|denial| denial.kind().status().as_u16().to_string()).collect();
    let name = principal.as_ref().map_or("nobody", Principal::id);
    let subject = claims.as_ref().map_or("-", |claims| claims.subject());
    format!("{name} {subject} [{}]", would.join(" "))
}

async fn claims(claims: JwtClaims) -> String {
    claims.get("name").and_then(Value::as_str).unwrap_or("?").to_owned()
}

fn routes() -> Routes {
    Routes::new()
        .route("/public", get(caller).public())
        .route("/optional", get(caller).optional())
        .route("/authenticated", get(caller).authenticated())
        .route("/requires", get(caller).requires(RUN))
        .route("/claims", get(claims).authenticated())
        .route("/headers", get(async |head: http::HeaderMap| format!("{}", head.len())).authenticated())
}

fn clock() -> Clock {
    Clock::manual(&ManualClock::new(UnixTime::from_secs(NOW)))
}

fn stack(auth: Auth) -> Stack {
    Stack::new(auth).clock(clock())
}

async fn serve(stack: Stack) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap();
    let app = stack.protect(routes()).unwrap();
    tokio::spawn(async move { axum::serve(listener, app).await });
    addr
}

async fn ask(addr: SocketAddr, path: &str, token: Option<&str>) -> Raw {
    let lines = token.map(|token| format!("Authorization: Bearer {token}\r\n")).unwrap_or_default();
    fetch(addr, path, &lines).await
}

/// The four policies against a good, a poor, an absent, an expired and a forged token.
async fn check(stack: Stack, issuer: &Issuer, expected: [(&str, [&str; 5]); 4]) {
    let addr = serve(stack).await;
    let forged = Issuer::new(ISSUER).mint("ada", &json!({ "scope": "run_inference" }));
    let tokens = [
        Some(issuer.mint("ada", &json!({ "scope": "read run_inference" }))),
        Some(issuer.mint("bob", &json!({ "scope": "run_inference_x xrun_inference RUN_INFERENCE" }))),
        None,
        Some(issuer.mint("ada", &json!({ "exp": NOW - 60, "iat": NOW - 90 }))),
        Some(forged),
    ];
    for (path, answers) in expected {
        for (token, expected) in tokens.iter().zip(answers) {
            let answer = ask(addr, path, token.as_deref()).await;
            let (text, challenge) = (body(&answer), answer.header("www-authenticate"));
            let found = format!("{} {text} {challenge}", answer.status);
            assert_eq!(found.trim_end(), expected, "{path} {token:?}");
            if answer.status != 200 {
                assert_eq!(answer.header("cache-control"), "no-store");
                assert!(answer.header("content-type").starts_with("application/json"));
            }
        }
    }
}

/// The text of a good answer; code and message of a refusal, which has nothing else.
fn body(answer: &Raw) -> String {
    let Ok(body) = serde_json::from_str::<Value>(&answer.body) else { return answer.body.clone() };
    let error = body["error"].as_object().unwrap();
    assert_eq!(error.keys().collect::<Vec<_>>(), ["code", "details", "message"]);
    format!("{} {}", error["code"].as_str().unwrap(), error["message"].as_str().unwrap())
}

const ADA: &str = "200 https://issuer.example ada ada []";
const BOB: &str = "200 https://issuer.example bob bob []";
const NOBODY: &str = "200 nobody - []";
const MISSING: &str = "401 AUTHENTICATION_FAILED Authentication required Bearer realm=\"api\"";
const EXPIRED: &str = "401 AUTHENTICATION_FAILED Invalid or expired credential \
    Bearer realm=\"api\", error=\"invalid_token\", error_description=\"The access token expired\"";
const INVALID: &str = "401 AUTHENTICATION_FAILED Invalid or expired credential \
    Bearer realm=\"api\", error=\"invalid_token\", error_description=\"The access token is invalid\"";
const POOR: &str = "403 PERMISSION_DENIED Permission denied \
    Bearer realm=\"api\", error=\"insufficient_scope\", scope=\"run_inference\"";

#[tokio::test]
async fn a126_four_policies_enforced() {
    let issuer = Issuer::new(ISSUER);
    check(
        stack(Auth::jwt(issuer.jwt())),
        &issuer,
        [
            ("/public", [NOBODY; 5]),
            ("/optional", [ADA, BOB, NOBODY, EXPIRED, INVALID]),
            ("/authenticated", [ADA, BOB, MISSING, EXPIRED, INVALID]),
            ("/requires", [ADA, POOR, MISSING, EXPIRED, INVALID]),
        ],
    )
    .await;
}

#[tokio::test]
async fn four_policies_reported() {
    let issuer = Issuer::new(ISSUER);
    let would = "200 nobody - [401]";
    check(
        stack(Auth::jwt(issuer.jwt())).report_only(),
        &issuer,
        [
            ("/public", [NOBODY; 5]),
            ("/optional", [ADA, BOB, NOBODY, would, would]),
            ("/authenticated", [ADA, BOB, would, would, would]),
            ("/requires", [ADA, "200 https://issuer.example bob bob [403]", would, would, would]),
        ],
    )
    .await;
}

#[tokio::test]
async fn a_caller_without_a_token_has_no_claims() {
    let issuer = Issuer::new(ISSUER);
    let tokens = StaticTokens::new([StaticToken::named("ci").value("u5vVlqUIBqbbJEMn2b3Ltw9Y")]).unwrap();
    let addr = serve(stack(Auth::with(tokens).or(issuer.jwt()))).await;
    let token = issuer.mint("ada", &json!({ "name": "Ada" }));
    let named = ask(addr, "/claims", Some(&token)).await;
    assert_eq!((named.status, named.body.as_str()), (200, "Ada"));
    let opaque = Some("u5vVlqUIBqbbJEMn2b3Ltw9Y");
    assert_eq!(ask(addr, "/claims", opaque).await.status, 403);
    assert_eq!(ask(addr, "/authenticated", opaque).await.body, "ci - []");
    assert_eq!(ask(addr, "/claims", None).await.status, 401);
}

#[tokio::test]
async fn keys_signed_tokens_and_static_tokens_are_told_apart_by_shape() {
    let issuer = Issuer::new(ISSUER);
    let (keys, key) = api_keys().await;
    let opaque = "u5vVlqUIBqbbJEMn2b3Ltw9Y";
    let tokens = || StaticTokens::new([StaticToken::named("ci").value(opaque)]).unwrap();
    let signed = issuer.mint("ada", &json!({}));
    for auth in [
        Auth::keys(keys.clone()).or(issuer.jwt()).or(tokens()),
        Auth::with(tokens()).or(issuer.jwt()).or(keys.clone()),
        Auth::jwt(issuer.jwt()).or(tokens()).or(keys),
    ] {
        let addr = serve(stack(auth)).await;
        let body = async |token: &str| ask(addr, "/authenticated", Some(token)).await.body;
        assert!(body(&key).await.ends_with(" - []"));
        assert_eq!(body(&signed).await, "https://issuer.example ada ada []");
        assert_eq!(body(opaque).await, "ci - []");
        // One claims it, and its refusal is the answer: nobody else is tried.
        let forged = ask(addr, "/authenticated", Some(&Issuer::new(ISSUER).mint("ada", &json!({})))).await;
        assert_eq!(forged.all("www-authenticate").len(), 1);
        assert!(
            forged.header("www-authenticate").ends_with("error_description=\"The access token is invalid\"")
        );
        // Two credentials at once are none.
        let both = format!("Authorization: Bearer {signed}\r\nX-API-Key: {key}\r\n");
        assert_eq!(fetch(addr, "/authenticated", &both).await.status, 400);
        let twice = format!("Authorization: Bearer {signed}\r\nAuthorization: Bearer {signed}\r\n");
        assert_eq!(fetch(addr, "/authenticated", &twice).await.status, 400);
    }
}

async fn api_keys() -> (ApiKeys, String) {
    let format = KeyFormat::new("acme", "live", &Secret::new("0123456789abcdef")).unwrap();
    let peppers = Peppers::new(1, &Secret::new("0123456789abcdef0123456789abcdef")).unwrap();
    let (store, key) = (MemoryStore::new(), format.mint().unwrap());
    let proof = peppers.digest(key.expose().as_bytes()).into();
    let by = || "operator:test".parse().unwrap();
    let (owner, name) = ("operator:test".parse().unwrap(), "test".parse().unwrap());
    let now = UnixTime::from_secs(NOW);
    let record = KeyRecord::new(key.id(), proof, key.hint().clone(), owner, name, now, by());
    store.write(vec![Change::Insert(record)]).await.unwrap();
    let presented = key.expose().to_owned();
    (ApiKeys::new(format, peppers, store), presented)
}

#[tokio::test]
async fn limits_count_the_caller_and_not_the_token() {
    let (one, other) = (Issuer::new(ISSUER), Issuer::new(OTHER));
    let jwt =
        Jwt::several([TrustedIssuer::new(one.verifier()), TrustedIssuer::new(other.verifier())]).unwrap();
    let addr = serve(stack(Auth::jwt(jwt)).principal_limit("2/hour")).await;
    let status = async |token: String| ask(addr, "/authenticated", Some(&token)).await.status;
    assert_eq!(status(one.mint("ada", &json!({ "jti": "1" }))).await, 200);
    assert_eq!(status(one.mint("ada", &json!({ "jti": "2" }))).await, 200);
    assert_eq!(status(one.mint("ada", &json!({ "jti": "3" }))).await, 429);
    // Another subject, and the same subject of another issuer, are others.
    assert_eq!(status(one.mint("bob", &json!({}))).await, 200);
    assert_eq!(status(other.mint("ada", &json!({}))).await, 200);
    // Who is not known counts by address.
    assert_eq!(status("a.b.c".to_owned()).await, 401);
}

#[tokio::test]
async fn stripped_tokens_reach_no_handler_and_claims_do() {
    let issuer = Issuer::new(ISSUER);
    let token = issuer.mint("ada", &json!({ "name": "Ada" }));
    let plain = serve(stack(Auth::jwt(issuer.jwt()))).await;
    let stripped = serve(stack(Auth::jwt(issuer.jwt()).strip())).await;
    let headers = async |addr| ask(addr, "/headers", Some(&token)).await.body.parse::<usize>().unwrap();
    assert_eq!(headers(plain).await - 1, headers(stripped).await);
    assert_eq!(ask(stripped, "/claims", Some(&token)).await.body, "Ada");
}

/// Keys that cannot be had.
#[derive(Debug)]
struct Nowhere;

impl KeySource for Nowhere {
    fn current(&self) -> Option<Arc<KeySet>> {
        None
    }

    fn missing(&self, _: &str) -> Reply<Option<Arc<KeySet>>> {
        Reply::now(None)
    }
}

#[tokio::test]
async fn keys_that_cannot_be_had_are_503_and_public_routes_are_open() {
    let verifier = Verifier::builder(ISSUER).audience("api").keys(Nowhere).unwrap();
    let addr = serve(stack(Auth::jwt(Jwt::new(verifier)))).await;
    let token = Issuer::new(ISSUER).mint("ada", &json!({}));
    let answer = ask(addr, "/authenticated", Some(&token)).await;
    assert_eq!((answer.status, answer.header("retry-after")), (503, "1"));
    assert!(answer.all("www-authenticate").is_empty());
    let told: Value = serde_json::from_str(&answer.body).unwrap();
    let expected = json!({ "error": {
        "code": "SERVICE_UNAVAILABLE", "message": "Service temporarily unavailable",
        "details": { "kind": "auth_unavailable" },
    } });
    assert_eq!(told, expected);
    assert_eq!(ask(addr, "/public", Some(&token)).await.status, 200);
    assert_eq!(ask(addr, "/authenticated", None).await.status, 401);
}

#[tokio::test]
async fn a133_a_token_that_was_revoked_is_refused_on_the_next_request() {
    let issuer = Issuer::new(ISSUER);
    let store = Arc::new(MemoryRevocations::new());
    let addr = serve(stack(Auth::jwt(issuer.jwt().revocations(store.clone())))).await;
    let token = issuer.mint("ada", &json!({ "jti": "session-7" }));
    assert_eq!(ask(addr, "/authenticated", Some(&token)).await.status, 200);
    let revocation = Revocation::token(ISSUER, "session-7", UnixTime::from_secs(NOW + 3_600));
    store.revoke(&revocation, clock().now()).await.unwrap();
    let answer = ask(addr, "/authenticated", Some(&token)).await;
    assert_eq!(format!("{} {} {}", answer.status, body(&answer), answer.header("www-authenticate")), INVALID);
}
