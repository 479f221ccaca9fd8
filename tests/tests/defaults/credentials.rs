//! Who may call, and how that is found out.

use super::{app, log::Log, stack, with};
use http::{
    HeaderMap, HeaderName, HeaderValue, Method, Request,
    header::{AUTHORIZATION, WWW_AUTHENTICATE},
    request,
};
use palisade::{
    Auth, Authenticate, Authenticator, Authorization, Clock, Credential, Denial, Facts, Guard as _,
    MAX_CREDENTIAL_LEN, Principal, Reply, Stack, StaticToken, StaticTokens, UnixTime,
    routes::{Routes, get as reading},
    single_header,
};
use std::marker::PhantomData;
use tests::{
    client::{get, request as ask, send, with_token},
    server::{POOR, TOKEN, tokens},
};

/// `DEFAULT` is true where the type has one: what is inherent hides what comes from a trait.
struct Of<T>(PhantomData<T>);

impl<T: Default> Of<T> {
    const DEFAULT: bool = true;
}

trait Otherwise {
    const DEFAULT: bool = false;
}

impl<T> Otherwise for Of<T> {}

#[tokio::test]
async fn authentication_has_no_default() {
    let _: fn(Auth) -> Stack = Stack::new;
    assert_eq!((Of::<Auth>::DEFAULT, Of::<Stack>::DEFAULT, Of::<u8>::DEFAULT), (false, false, true));
    let (log, _listening) = Log::listen();
    let open = app(Stack::new(Auth::disabled()));
    assert!(log.says(&["WARN", "palisade::setup", "authentication is disabled"]));
    assert_eq!(send(&open, get("/v1/models")).await.status, 200);
    assert_eq!(send(&app(stack()), get("/v1/models")).await.status, 401);
}

fn head(lines: &[(&'static str, &str)]) -> request::Parts {
    let mut head = Request::new(()).into_parts().0;
    for (name, value) in lines {
        head.headers.append(*name, HeaderValue::from_str(value).unwrap());
    }
    head
}

/// The status of a guard's refusal; 200 where it lets pass.
fn verdict(guard: &Authenticate, lines: &[(&'static str, &str)]) -> u16 {
    let verdict = guard.check(&head(lines), &Facts::new(Clock::system())).try_now().unwrap();
    verdict.map_or_else(|denial| denial.kind().status().as_u16(), |()| 200)
}

#[test]
fn authenticate_demands() {
    let guard = || Authenticate::with(tokens());
    let [good, bad] = [TOKEN, "wrong"].map(|token| format!("Bearer {token}"));
    for (guard, nobody, refused) in
        [(guard(), 401, 401), (guard().optional(), 200, 401), (guard().identify(), 200, 200)]
    {
        assert_eq!(verdict(&guard, &[]), nobody, "{guard:?}");
        assert_eq!(verdict(&guard, &[("authorization", &bad)]), refused, "{guard:?}");
        assert_eq!(verdict(&guard, &[("authorization", &good)]), 200, "{guard:?}");
    }
}

#[tokio::test]
async fn credentials_come_from_authorization() {
    assert_eq!(tokens().places(), [AUTHORIZATION]);
    let app = app(stack());
    let form = format!("access_token={TOKEN}");
    let posted =
        with(ask(Method::POST, "/v1/inference"), "content-type", "application/x-www-form-urlencoded");
    for request in [
        get(&format!("/v1/models?{form}")),
        with(get("/v1/models"), "cookie", &format!("token={TOKEN}; {form}")),
        with(get("/v1/models"), "x-api-key", TOKEN),
        with(get("/v1/models"), "proxy-authorization", &format!("Bearer {TOKEN}")),
        posted.map(|_| form.clone().into()),
    ] {
        assert_eq!(send(&app, request).await.header("www-authenticate"), "Bearer realm=\"api\"");
    }
    assert_eq!(send(&app, with_token(get("/v1/models"), TOKEN)).await.status, 200);
}

/// A second kind of credential.
#[derive(Debug)]
struct ApiKey;

static API_KEY: HeaderName = HeaderName::from_static("x-api-key");

impl Authenticator for ApiKey {
    fn find<'h>(&self, head: &'h request::Parts) -> Result<Option<Credential<'h>>, Denial> {
        single_header(&head.headers, &API_KEY)
    }

    fn verify(&self, _: Credential<'_>, _: &request::Parts, _: &Facts) -> Reply<Result<Principal, Denial>> {
        Reply::now(Ok(Principal::new("api_key", "any")))
    }
}

#[test]
fn two_credentials_are_400() {
    let guard = Authenticate::with(tokens()).or(ApiKey);
    let bearer = format!("Bearer {TOKEN}");
    for (lines, expected) in [
        (&[("authorization", &*bearer)][..], 200),
        (&[("x-api-key", "any")], 200),
        (&[("authorization", &bearer), ("x-api-key", "any")], 400),
        (&[("authorization", &bearer), ("authorization", &bearer)], 400),
        (&[("x-api-key", "any"), ("x-api-key", "any")], 400),
    ] {
        assert_eq!(verdict(&guard, lines), expected, "{lines:?}");
    }
}

#[test]
fn credentials_fit_8_kib() {
    assert_eq!(MAX_CREDENTIAL_LEN, 8_192);
    for (length, expected) in
        [(MAX_CREDENTIAL_LEN, None), (MAX_CREDENTIAL_LEN + 1, Some("credential_too_long"))]
    {
        // The whole value counts, the scheme included.
        let value = format!("Bearer {}", "a".repeat(length - "Bearer ".len()));
        let head = head(&[("authorization", &value), ("x-api-key", &value)]);
        let refused = Authorization::of(&head.headers).err().map(|denial| denial.reason());
        assert_eq!(refused, expected, "{length}");
        let refused = single_header(&head.headers, &API_KEY).err().map(|denial| denial.reason());
        assert_eq!(refused, expected, "{length}");
    }
}

#[tokio::test]
async fn credentials_are_sensitive() {
    let seen = async |headers: HeaderMap| match headers.get(AUTHORIZATION) {
        Some(value) if value.is_sensitive() => "sensitive",
        Some(_) => "bare",
        None => "gone",
    };
    for (auth, expected) in [(Auth::with(tokens()), "sensitive"), (Auth::with(tokens()).strip(), "gone")] {
        let app = Stack::new(auth).protect(Routes::new().route("/", reading(seen).public())).unwrap();
        for token in [TOKEN, "wrong"] {
            assert_eq!(send(&app, with_token(get("/"), token)).await.body, expected, "{token}");
        }
    }
}

#[tokio::test]
async fn bad_credentials_read_alike() {
    let expired = StaticToken::named("old").value(POOR).expires_at(UnixTime::from_secs(1));
    let tokens = StaticTokens::new([StaticToken::named("ci").value(TOKEN), expired]).unwrap();
    let app = app(Stack::new(Auth::with(tokens)));
    let long = "a".repeat(MAX_CREDENTIAL_LEN);
    let mut answers = Vec::new();
    for token in ["wrong", POOR, "", "a b", "a,b", "\u{e9}", &long] {
        let mut answer = send(&app, with_token(get("/v1/models"), token)).await;
        answer.headers.remove("x-request-id");
        answers.push(answer);
    }
    assert_eq!(answers[0].status, 401);
    assert!(answers.windows(2).all(|pair| pair[0] == pair[1]), "{answers:?}");
}

#[tokio::test]
async fn challenge_names_the_realm_api() {
    let app = app(stack());
    let told = async |request| send(&app, request).await.headers[WWW_AUTHENTICATE].clone();
    assert_eq!(told(get("/v1/models")).await, "Bearer realm=\"api\"");
    let bad = told(with_token(get("/v1/models"), "wrong")).await;
    assert!(bad.to_str().unwrap().starts_with("Bearer realm=\"api\", error=\"invalid_token\""), "{bad:?}");
}
