//! Permissions as types: what is declared holds alike for routes, proofs, refusals and whoever hands permissions on.

#![allow(clippy::unwrap_used, clippy::panic, reason = "these are tests")]

use axum::body::Body;
use http::{HeaderName, Method, Request, request};
use palisade::{
    Auth, Authenticator, Credential, Denial, Facts, Granted, Permissions, Principal, Protected, Reply, Scope,
    ScopeSet, Secret, Stack, StaticToken, StaticTokens, permissions,
    routes::{Routes, get, post},
    single_header,
};
use palisade_apikey::{ApiKeys, Caller, Created, KeyFormat, Keyring, MemoryStore, NewKey, Peppers};
use serde_json::{Value, json};
use tests::client::{Answer, get as read, request, send, with_token};

permissions! {
    /// What callers may do.
    #[derive(serde::Deserialize, serde::Serialize)]
    #[serde(try_from = "String", into = "&'static str")]
    pub enum Permission {
        ReadModels = "models:read",
        WriteModels = "models:write",
        RunInference = "run_inference",
        UseStreaming = "use_streaming",
        ManageKeys = "manage_keys",
        Admin = "admin",
    }
}

use permission::{RunInference, UseStreaming, WriteModels};

const KEYS: &str = "/api-keys";
const WRITER: &str = "u5vVlqUIBqbbJEMn2b3Ltw9Y";
const ADMIN: &str = "0HkS1rN3mQ7yTz5wXcVbP2Ae";

fn declared() -> Permissions {
    Permissions::declare(Permission::ALL)
        .implies(Permission::WriteModels, [Permission::ReadModels])
        .implies_everything(Permission::Admin)
        .wildcard("models:*")
        .role("runner", [Permission::RunInference, Permission::UseStreaming])
        .role("curator", [Permission::WriteModels])
        .build()
        .unwrap()
}

/// The domain: it cannot be reached without having asked.
fn write(by: &Granted<WriteModels>, model: &str) -> String {
    format!("{} wrote {model}", by.principal().id())
}

async fn upload(granted: Granted<WriteModels>) -> String {
    write(&granted, "llama")
}

async fn stream(both: Granted<(RunInference, UseStreaming)>) -> String {
    let (run, stream) = both.split();
    format!("{} {}", run.principal().id(), stream.into_principal().id())
}

async fn maybe(granted: Option<Granted<WriteModels>>) -> String {
    granted.map_or_else(|| "may not".to_owned(), |granted| write(&granted, "it"))
}

async fn scopes(facts: Facts) -> String {
    facts.identity().unwrap().principal().unwrap().scopes().to_string()
}

/// Says who calls and which roles they have, as claims of a token would, and takes its time.
#[derive(Debug)]
struct Claims(Permissions);

static ROLES: HeaderName = HeaderName::from_static("x-roles");

impl Authenticator for Claims {
    fn find<'h>(&self, head: &'h request::Parts) -> Result<Option<Credential<'h>>, Denial> {
        single_header(&head.headers, &ROLES)
    }

    fn verify(
        &self,
        credential: Credential<'_>,
        _: &request::Parts,
        _: &Facts,
    ) -> Reply<Result<Principal, Denial>> {
        let roles = str::from_utf8(credential.expose()).unwrap().split(' ');
        // Its own words imply others too, but only the gate knows that.
        let own = ScopeSet::of([Scope::from_static("models:*")]);
        let scopes = self.0.roles().scopes(&own, roles);
        Reply::later(async move { Ok(Principal::new("jwt", "somebody").with_scopes(scopes)) })
    }

    fn places(&self) -> Vec<HeaderName> {
        vec![ROLES.clone()]
    }
}

struct App {
    service: Protected,
    keyring: Keyring,
}

fn routes() -> Routes {
    Routes::new()
        .route("/models", get(async || "[]").requires(Permission::ReadModels))
        .route("/upload", post(upload).requires(Permission::WriteModels))
        .route("/forgotten", post(upload).authenticated())
        .route("/open", post(upload).public())
        .route(
            "/run",
            get(stream).requires(Permission::RunInference & (Permission::UseStreaming | Permission::Admin)),
        )
        .route("/maybe", get(maybe).optional())
        .route("/maybe-open", get(maybe).public())
        .route("/scopes", get(scopes).authenticated())
}

fn with(stack: impl FnOnce(Stack) -> Stack) -> App {
    let tokens = StaticTokens::new([
        StaticToken::named("writer").value(WRITER).scopes([Permission::WriteModels]),
        StaticToken::named("admin").value(ADMIN).scopes([Permission::Admin]),
    ]);
    let format = KeyFormat::new("acme", "live", &Secret::new("the check key of tests")).unwrap();
    let keys = ApiKeys::new(format, Peppers::none(), MemoryStore::new()).permissions(declared());
    let keyring = Keyring::new(&keys, declared().words().iter().cloned(), Permission::ManageKeys);
    let auth = Auth::with(keys).or(tokens.unwrap()).or(Claims(declared())).permissions(declared());
    let service = stack(Stack::new(auth)).protect(routes().nest(KEYS, keyring.routes())).unwrap();
    App { service, keyring }
}

fn app() -> App {
    with(|stack| stack)
}

impl App {
    async fn key(&self, words: &str, roles: &[&str]) -> Created {
        let mut new = NewKey::named("test".parse().unwrap());
        new.permissions = words.parse().unwrap();
        new.roles = roles.iter().map(|role| role.parse().unwrap()).collect();
        self.keyring.create(&Caller::operator("test"), new).await.unwrap()
    }

    async fn ask(&self, method: Method, path: &str, token: &str) -> Answer {
        send(&self.service, with_token(request(method, path), token)).await
    }

    async fn status(&self, method: Method, path: &str, token: &str) -> u16 {
        self.ask(method, path, token).await.status.as_u16()
    }

    async fn text(&self, path: &str, token: &str) -> String {
        let answer = self.ask(Method::GET, path, token).await;
        assert_eq!(answer.status, 200, "{path}");
        String::from_utf8(answer.body.to_vec()).unwrap()
    }

    /// Sends JSON to the management of keys.
    async fn manage(&self, method: &str, path: &str, token: &str, body: &Value) -> Answer {
        let request = Request::builder().method(method).uri(format!("{KEYS}{path}"));
        let request = request.header("content-type", "application/json");
        let request = request.body(Body::from(body.to_string())).unwrap();
        send(&self.service, with_token(request, token)).await
    }
}

#[tokio::test]
async fn everything_behind_the_gate_sees_what_scopes_imply() {
    let app = app();
    let writer = "models:read models:write";
    assert_eq!(app.text("/scopes", WRITER).await, writer);
    assert_eq!(app.text("/scopes", ADMIN).await, declared().words().to_string());
    for (words, roles, expected) in [
        ("", &["curator"][..], writer),
        ("models:*", &[], "models:* models:read models:write"),
        ("models:*", &["runner"], "models:* models:read models:write run_inference use_streaming"),
        ("run_inference", &[], "run_inference"),
    ] {
        let key = app.key(words, roles).await;
        assert_eq!(app.text("/scopes", key.key.expose()).await, expected, "{words} {roles:?}");
    }
    // Claims of other kinds go through the same table of roles, and the same gate.
    let mut request = read("/scopes");
    request.headers_mut().insert(ROLES.clone(), "runner stranger".parse().unwrap());
    let answer = send(&app.service, request).await;
    assert_eq!(&answer.body[..], b"models:* models:read models:write run_inference use_streaming");
    assert_eq!(app.status(Method::GET, "/models", WRITER).await, 200);
    assert_eq!(app.status(Method::POST, "/upload", WRITER).await, 200);
    assert_eq!(app.status(Method::GET, "/run", WRITER).await, 403);
    assert_eq!(app.status(Method::GET, "/run", ADMIN).await, 200);
}

#[tokio::test]
async fn a080_a_key_without_permissions_opens_no_route_that_demands_one() {
    let app = app();
    let key = app.key("", &[]).await;
    let key = key.key.expose();
    for (method, path) in [
        (Method::GET, "/models"),
        (Method::POST, "/upload"),
        (Method::GET, "/run"),
        (Method::POST, "/forgotten"),
        (Method::GET, KEYS),
        (Method::POST, KEYS),
    ] {
        let answer = app.ask(method, path, key).await;
        assert_eq!((answer.status.as_u16(), answer.code().as_str()), (403, "PERMISSION_DENIED"), "{path}");
    }
    // That any caller will do is a word of its own.
    assert_eq!(app.text("/scopes", key).await, "");
}

#[tokio::test]
async fn a066_only_declared_words_are_granted_wildcards_too() {
    let app = app();
    for word in ["*", "models:**", "model*", "run*", "Models:*", "models:delete", "MODELS:READ", ""] {
        let body = json!({ "name": "a", "permissions": [word] });
        let answer = app.manage("POST", "", ADMIN, &body).await;
        assert_eq!(answer.status, 400, "{word}");
    }
    let body = json!({ "name": "a", "permissions": ["models:*"] });
    assert_eq!(app.manage("POST", "", ADMIN, &body).await.status, 201);
}

#[tokio::test]
async fn a067_what_is_granted_lies_within_what_the_granter_comes_to() {
    let app = app();
    let key = app.key("manage_keys models:write", &[]).await;
    let wide = app.key("manage_keys models:*", &[]).await;
    for (by, permissions, roles, expected) in [
        (key.key.expose(), json!(["models:read"]), json!([]), 201),
        (key.key.expose(), json!([]), json!(["curator"]), 201),
        (key.key.expose(), json!(["models:*"]), json!([]), 403),
        (key.key.expose(), json!(["admin"]), json!([]), 403),
        (key.key.expose(), json!([]), json!(["runner"]), 403),
        (wide.key.expose(), json!(["models:*", "models:write"]), json!([]), 201),
        (ADMIN, json!(["models:*", "manage_keys"]), json!(["runner", "curator"]), 201),
        (ADMIN, json!(["admin"]), json!([]), 201),
        (WRITER, json!([]), json!([]), 403),
    ] {
        let body = json!({ "name": "a", "permissions": permissions, "roles": roles });
        assert_eq!(app.manage("POST", "", by, &body).await.status, expected, "{body}");
    }
    // Taking away what a word implied needs nothing.
    let admin = app.key("admin", &[]).await;
    let path = format!("/{}", admin.key.id());
    let narrower = json!({ "permissions": ["run_inference"] });
    assert_eq!(app.manage("PATCH", &path, key.key.expose(), &narrower).await.status, 200);
}

#[tokio::test]
async fn the_last_who_administers_by_implication_stays() {
    let app = app();
    let admin = app.key("admin", &[]).await;
    let (path, own) = (format!("/{}", admin.key.id()), admin.key.expose());
    let narrower = json!({ "permissions": ["models:*"] });
    assert_eq!(app.status(Method::DELETE, &format!("{KEYS}{path}"), own).await, 409);
    assert_eq!(app.manage("PATCH", &path, own, &narrower).await.status, 409);
    app.key("manage_keys", &[]).await;
    assert_eq!(app.manage("PATCH", &path, own, &narrower).await.status, 200);
}

#[tokio::test]
async fn a_proof_is_asked_for_whatever_the_route_demands() {
    let app = app();
    let runner = app.key("run_inference", &[]).await;
    let runner = runner.key.expose();
    let refused = app.ask(Method::POST, "/forgotten", runner).await;
    assert_eq!((refused.status.as_u16(), refused.code().as_str()), (403, "PERMISSION_DENIED"));
    let expected = r#"Bearer realm="api", error="insufficient_scope", scope="models:write""#;
    assert_eq!(refused.header("www-authenticate"), expected);
    let granted = app.ask(Method::POST, "/forgotten", WRITER).await;
    assert_eq!(&granted.body[..], b"writer wrote llama");
    // A route that lets in more than its handler proves does not make the handler prove less.
    let answer = app.ask(Method::GET, "/run", runner).await;
    assert_eq!(answer.status, 403);
    let expected = r#"Bearer realm="api", error="insufficient_scope", scope="run_inference use_streaming""#;
    assert_eq!(answer.header("www-authenticate"), expected);
    assert_eq!(app.text("/maybe", runner).await, "may not");
    assert_eq!(app.text("/maybe", WRITER).await, "writer wrote it");
    let nobody = send(&app.service, read("/maybe")).await;
    assert_eq!(&nobody.body[..], b"may not");
    assert_eq!(app.text("/maybe-open", WRITER).await, "may not");
    assert_eq!(send(&app.service, request(Method::POST, "/forgotten")).await.status, 401);
}

#[tokio::test]
async fn a_proof_is_not_handed_out_on_credit() {
    let reporting = with(Stack::report_only);
    let runner = reporting.key("run_inference", &[]).await;
    assert_eq!(reporting.text("/models", runner.key.expose()).await, "[]");
    assert_eq!(reporting.status(Method::POST, "/upload", runner.key.expose()).await, 403);
    assert_eq!(reporting.status(Method::POST, "/upload", "thistokenisnotoneofthem00").await, 401);
    let open = Stack::new(Auth::disabled().permissions(declared())).protect(routes()).unwrap();
    let answer = send(&open, request(Method::POST, "/upload")).await;
    assert_eq!((answer.status.as_u16(), answer.code().as_str()), (500, "INTERNAL_ERROR"));
    assert_eq!(&send(&open, read("/maybe")).await.body[..], b"may not");
    assert_eq!(app().status(Method::POST, "/open", ADMIN).await, 500);
}

#[tokio::test]
async fn a321_a_proof_without_a_fence_is_500_and_never_given() {
    use tower::ServiceExt as _;
    let bare = axum::Router::<()>::new()
        .route("/upload", axum::routing::post(upload))
        .route("/maybe", axum::routing::post(maybe));
    let unfenced = routes().into_router().unwrap();
    for (router, path) in [
        (&bare, "/upload"),
        (&bare, "/maybe"),
        (&unfenced, "/upload"),
        (&unfenced, "/forgotten"),
        (&unfenced, "/open"),
    ] {
        let asked = with_token(request(Method::POST, path), ADMIN);
        assert_eq!(router.clone().oneshot(asked).await.unwrap().status(), 500, "{path}");
    }
}

/// The compiler's words are compared by `compile_fail` of `palisade-routes`.
#[test]
fn a320_forged_callers_and_proofs_do_not_compile() {
    macro_rules! told {
        ($($case:literal)*) => {
            [$(include_str!(concat!("../../crates/palisade-routes/tests/compile_fail/", $case, ".stderr"))),*]
        };
    }
    let [identity, grant, other] = told!("forged_identity" "forged_grant" "granted_for_something_else");
    assert!(identity.contains("method `note_identity` is private"), "{identity}");
    assert!(grant.contains("fields `principal` and `demand` of struct `Granted` are private"), "{grant}");
    assert!(other.contains("expected `&Granted<DeleteModels>`, found `&Granted<ReadModels>`"), "{other}");
}

#[test]
fn routes_read_as_they_are_written() {
    let table = routes().to_string();
    assert!(table.contains("requires run_inference & (use_streaming | admin)"), "{table}");
    assert!(table.contains("requires models:write"), "{table}");
}

#[test]
fn words_in_files_are_checked_as_they_are_read() {
    let read: Vec<Permission> = serde_json::from_str(r#"["models:read","admin"]"#).unwrap();
    assert_eq!(read, [Permission::ReadModels, Permission::Admin]);
    assert_eq!(serde_json::to_string(&Permission::ALL[..2]).unwrap(), r#"["models:read","models:write"]"#);
    let told = serde_json::from_str::<Permission>(r#""models:reed""#).unwrap_err().to_string();
    assert!(told.starts_with("unknown permission; there are: models:read, models:write, "), "{told}");
    assert!(!told.contains("reed"));
}
