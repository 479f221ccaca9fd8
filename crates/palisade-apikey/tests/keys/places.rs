//! Where a key may stand.

use crate::support::{READ, format, new_key, operator, peppers};
use http::{HeaderName, Request};
use palisade_apikey::{ApiKeys, Keyring, MemoryStore};
use palisade_core::{
    Authenticate, Authenticator as _, Clock, Denial, Facts, Guard as _, Identity, Principal, StaticToken,
    StaticTokens,
};

const TOKEN: &str = "u5vVlqUIBqbbJEMn2b3Ltw9Y";

/// Presents a key to the authenticator alone, as a bearer token.
pub(crate) async fn verify(keys: &ApiKeys, key: &str) -> Result<Principal, Denial> {
    let (head, ()) =
        Request::get("/").header("authorization", format!("Bearer {key}")).body(()).unwrap().into_parts();
    let credential = keys.find(&head)?.expect("a key of this service is found");
    keys.verify(credential, &head, &Facts::new(Clock::system())).await
}

/// Who calls, by keys and static tokens: the kind of principal, or the status of the refusal.
async fn check(keys: &ApiKeys, request: &[(&str, &str)], expected: Result<Option<&str>, u16>) {
    let mut builder = Request::get("/?a=1");
    for (name, value) in request {
        builder = match *name {
            ":path" => builder.uri(*value),
            ":method" => builder.method(*value),
            name => builder.header(name, *value),
        };
    }
    let (head, ()) = builder.body(()).unwrap().into_parts();
    let tokens = StaticTokens::new([StaticToken::named("ci").value(TOKEN)]).unwrap();
    let guard = Authenticate::with(keys.clone()).or(tokens).identify();
    let facts = Facts::new(Clock::system());
    guard.check(&head, &facts).await.unwrap();
    let found = match facts.identity().unwrap() {
        Identity::Known(principal) => Ok(Some(principal.kind())),
        Identity::Refused(denial) => Err(denial.kind().status().as_u16()),
        _ => Ok(None),
    };
    assert_eq!(found, expected, "{request:?}");
}

async fn setup(change: impl FnOnce(ApiKeys) -> ApiKeys) -> (ApiKeys, String) {
    let keys = change(ApiKeys::new(format(), peppers(), MemoryStore::new()));
    let keyring = Keyring::new(&keys, [READ], READ);
    let key = keyring.create(&operator(), new_key(&[READ])).await.unwrap();
    (keys, key.key.expose().to_owned())
}

const KEY: Result<Option<&str>, u16> = Ok(Some("api_key"));

#[tokio::test]
async fn a031_a032_a041_a046_one_place_and_no_other() {
    let (keys, key) = setup(|keys| keys).await;
    let (bearer, scheme) = (format!("Bearer {key}"), format!("apikey  {key}"));
    let token = format!("Bearer {TOKEN}");
    check(&keys, &[], Ok(None)).await;
    check(&keys, &[("x-api-key", &key)], KEY).await;
    check(&keys, &[("x-api-key", &format!("  {key} "))], KEY).await;
    check(&keys, &[("authorization", &bearer)], KEY).await;
    check(&keys, &[("authorization", &bearer.replace("Bearer", "bEARER"))], KEY).await;
    check(&keys, &[("authorization", &scheme)], KEY).await;
    // Another kind's token stays another kind's.
    check(&keys, &[("authorization", &token)], Ok(Some("static"))).await;
    check(&keys, &[("authorization", &format!("ApiKey {TOKEN}"))], Err(401)).await;
    check(&keys, &[("authorization", "ApiKey")], Err(401)).await;
    check(&keys, &[("authorization", "Bearer acme_live_typo")], Err(401)).await;
    check(&keys, &[("x-api-key", TOKEN)], Err(401)).await;
    check(&keys, &[("x-api-key", "")], Err(401)).await;
    // Two places, or one twice, is nobody's.
    check(&keys, &[("x-api-key", &key), ("x-api-key", &key)], Err(400)).await;
    check(&keys, &[("x-api-key", &key), ("authorization", &bearer)], Err(400)).await;
    check(&keys, &[("x-api-key", &key), ("authorization", &token)], Err(400)).await;
    check(&keys, &[("authorization", &bearer), ("authorization", &bearer)], Err(400)).await;
}

#[tokio::test]
async fn a038_a039_other_places_are_not_looked_at() {
    let (keys, key) = setup(|keys| keys).await;
    for name in ["api_key", "access_token", "token", "key"] {
        check(&keys, &[(":path", &format!("/?{name}={key}"))], Ok(None)).await;
        check(&keys, &[("cookie", &format!("{name}={key}"))], Ok(None)).await;
    }
    check(&keys, &[("proxy-authorization", &format!("Bearer {key}"))], Ok(None)).await;
    check(&keys, &[("x-other-key", &key)], Ok(None)).await;
}

#[tokio::test]
async fn insecure_places_are_written_words() {
    let (keys, key) = setup(|keys| keys.insecure_cookie("key").insecure_query("api_key")).await;
    check(&keys, &[("cookie", &format!("a=b; key={key}"))], KEY).await;
    check(&keys, &[("cookie", &format!("keys={key}"))], Ok(None)).await;
    check(&keys, &[("cookie", &format!("key={key}; key={key}"))], Err(400)).await;
    check(&keys, &[("cookie", "key=")], Err(401)).await;
    check(&keys, &[(":path", &format!("/?a=1&api_key={key}"))], KEY).await;
    check(&keys, &[(":path", &format!("/?api_key={key}&api_key={key}"))], Err(400)).await;
    check(&keys, &[(":path", &format!("/?api_key={key}")), (":method", "POST")], Ok(None)).await;
    let both = [(":path", &*format!("/?api_key={key}")), ("x-api-key", &key)];
    check(&keys, &both, Err(400)).await;
    let both = [(":path", &*format!("/?api_key={key}")), ("cookie", &format!("key={key}"))];
    check(&keys, &both, Err(400)).await;
}

#[tokio::test]
async fn the_header_may_have_another_name() {
    let (keys, key) = setup(|keys| keys.header(HeaderName::from_static("x-acme-key"))).await;
    check(&keys, &[("x-acme-key", &key)], KEY).await;
    check(&keys, &[("x-acme-key", "junk")], Err(401)).await;
    check(&keys, &[("x-acme-key", &key), ("x-acme-key", &key)], Err(400)).await;
    check(&keys, &[("x-api-key", &key)], Ok(None)).await;
    let challenge = keys.challenge().unwrap().to_header();
    assert_eq!(challenge, r#"ApiKey realm="api", header="x-acme-key""#);
}

#[test]
fn whoever_brings_nothing_is_told_of_bearer_first_and_of_keys_last() {
    let tokens = StaticTokens::new([StaticToken::named("ci").value("u5vVlqUIBqbbJEMn2b3Ltw9Y")]).unwrap();
    let keys = ApiKeys::new(format(), peppers(), MemoryStore::new());
    // Keys are asked first, because tokens take whatever is a bearer's.
    let guard = Authenticate::with(keys).or(tokens);
    let (head, ()) = Request::get("/").body(()).unwrap().into_parts();
    let denial = guard.check(&head, &Facts::new(Clock::system())).try_now().unwrap().unwrap_err();
    let lines: Vec<_> = denial.challenges().iter().map(|line| line.to_str().unwrap()).collect();
    assert_eq!(lines.len(), 2);
    assert!(lines[0].starts_with("Bearer ") && lines[1].starts_with("ApiKey "), "{lines:?}");
}

#[test]
fn a045_every_place_is_marked_sensitive() {
    let keys = ApiKeys::new(format(), peppers(), MemoryStore::new()).insecure_cookie("key");
    let request = Request::get("/").header("x-api-key", "canary").header("cookie", "key=canary");
    let (mut head, ()) = request.header("authorization", "Bearer canary").body(()).unwrap().into_parts();
    Authenticate::with(keys).seal(&mut head);
    assert!(!format!("{head:?}").contains("canary"), "{head:?}");
}
