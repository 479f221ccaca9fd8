//! Several kinds of credentials in one place, told apart by their shape.

#![allow(clippy::unwrap_used, clippy::panic, reason = "these are tests")]

use http::{HeaderValue, Request, header::AUTHORIZATION, request};
use palisade_core::{
    Authenticate, Authenticator, Authorization, Challenge, Clock, Credential, Denial, Facts, Guard as _,
    Identity, Principal, Reply, StaticToken, StaticTokens,
};

const TOKEN: &str = "u5vVlqUIBqbbJEMn2b3Ltw9Y";

/// Knows every bearer token with a dot in it.
#[derive(Debug)]
struct Dotted(&'static str);

impl Authenticator for Dotted {
    fn find<'h>(&self, head: &'h request::Parts) -> Result<Option<Credential<'h>>, Denial> {
        let Some(field) = Authorization::of(&head.headers)?.filter(|field| field.is("Bearer")) else {
            return Ok(None);
        };
        Ok(field.token68().ok().filter(|credential| credential.expose().contains(&b'.')))
    }

    fn verify(&self, _: Credential<'_>, _: &request::Parts, _: &Facts) -> Reply<Result<Principal, Denial>> {
        Reply::now(Ok(Principal::new("dotted", self.0)))
    }

    fn challenge(&self) -> Option<Challenge> {
        Challenge::new("Bearer", "api").ok()
    }
}

fn tokens() -> StaticTokens {
    StaticTokens::new([StaticToken::named("ci").value(TOKEN)]).unwrap()
}

/// Who calls with this field, or what is answered: the status, the reason and the challenges.
async fn check(authenticate: &Authenticate, field: &str, expected: &str) {
    let mut head = Request::new(()).into_parts().0;
    head.headers.insert(AUTHORIZATION, HeaderValue::from_str(field).unwrap());
    // With a second header of another name twice, no short cut is taken.
    let mut winding = head.clone();
    winding.headers.append("x-other", HeaderValue::from_static("a"));
    winding.headers.append("x-other", HeaderValue::from_static("b"));
    for mut head in [head, winding] {
        let facts = Facts::new(Clock::system());
        let _ = authenticate.clone().identify().check_and_seal(&mut head, &facts).await;
        let found = match facts.identity().unwrap() {
            Identity::Known(principal) => format!("{} {}", principal.kind(), principal.id()),
            Identity::Refused(denial) => {
                let challenges: Vec<_> =
                    denial.challenges().iter().map(|line| line.to_str().unwrap()).collect();
                format!("{} {}: {}", denial.kind().status().as_u16(), denial.reason(), challenges.join(" / "))
            }
            other => panic!("{other:?}"),
        };
        assert_eq!(found, expected, "{field}");
    }
}

#[tokio::test]
async fn a_special_shape_comes_before_any_token_whichever_was_added_first() {
    for authenticate in
        [Authenticate::with(tokens()).or(Dotted("first")), Authenticate::with(Dotted("first")).or(tokens())]
    {
        check(&authenticate, "Bearer a.b.c", "dotted first").await;
        check(&authenticate, &format!("Bearer {TOKEN}"), "static ci").await;
    }
    // Between kinds of special shapes the order counts.
    let authenticate = Authenticate::with(tokens()).or(Dotted("first")).or(Dotted("second"));
    check(&authenticate, "Bearer a.b.c", "dotted first").await;
}

#[tokio::test]
async fn a_bearer_token_that_nobody_knows_is_an_invalid_one() {
    let invalid = "401 unknown_token: Bearer realm=\"api\", error=\"invalid_token\", \
                   error_description=\"The access token is invalid\"";
    let dotted = Authenticate::with(Dotted("first"));
    check(&dotted, "Bearer opaque", invalid).await;
    check(&dotted, "bearer", invalid).await;
    check(&dotted, "Basic dTpw", "401 unknown_scheme: Bearer realm=\"api\"").await;
}
