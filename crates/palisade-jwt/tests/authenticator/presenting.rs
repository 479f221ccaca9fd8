//! What a token makes of its bearer, and what one reads whose token does not hold.

use super::support::*;
use palisade_core::{Authenticate, Identity, Permissions, Roles, Scope, StaticToken, StaticTokens};
use palisade_jwt::{Claims, Jwt, KeySource, Mapping, TokenTypes, TrustedIssuer, Verifier};
use serde_json::{Value, json};

fn jwt() -> Jwt {
    Jwt::new(verifier(ISSUER, secret_keys()))
}

#[tokio::test]
async fn a127_a_caller_is_issuer_and_subject() {
    let given = json!({ "scope": "read write", "email": "root@example.com", "preferred_username": "root" });
    let principal = known(&jwt(), &hs256(&claims(given)), &time()).await;
    assert_eq!(principal.kind(), Jwt::KIND);
    assert_eq!(principal.id(), "https://issuer.example ada");
    assert_eq!(principal.lineage(), principal.id());
    assert_eq!(principal.scopes().to_string(), "read write");
    assert_eq!(principal.expires().unwrap().as_secs(), START + 3_600);
    assert_eq!((principal.tenant(), principal.plan()), (None, None));
    let claims = principal.details::<Claims>().unwrap();
    assert_eq!(claims.get("email"), Some(&json!("root@example.com")));
}

#[tokio::test]
async fn roles_and_permissions_count_as_for_keys() {
    let mapping = Mapping::empty().roles_at("/roles".parse().unwrap()).plan_at("/plan".parse().unwrap());
    let issuer = TrustedIssuer::new(verifier(ISSUER, secret_keys())).mapping(mapping);
    let given = json!({ "scope": "ignored", "roles": ["reader", "stranger"], "plan": "gold" });
    let token = hs256(&claims(given));
    let roles = Roles::new([("reader", "read_models".parse().unwrap())]);
    let principal = known(&Jwt::new(issuer.clone()).roles(roles), &token, &time()).await;
    assert_eq!(principal.scopes().to_string(), "read_models");
    assert_eq!(principal.plan(), Some("gold"));

    let (manage, read) = (Scope::from_static("manage_models"), Scope::from_static("read_models"));
    let declared = Permissions::declare([manage.clone(), read.clone()])
        .implies(manage.clone(), [read])
        .role("reader", [manage])
        .build()
        .unwrap();
    let principal = known(&Jwt::new(issuer).permissions(declared), &token, &time()).await;
    assert_eq!(principal.scopes().to_string(), "manage_models read_models");
}

/// Refused with this reason, told so in an event, and answered with this one description.
async fn check(jwt: &Jwt, token: &str, reason: &str, description: &str) {
    let ear = Ear::default();
    let jwt = jwt.clone().events(ear.clone());
    let Identity::Refused(denial) = identity(&jwt, token, &time()).await else { panic!("{token}") };
    assert_eq!(denial.reason(), reason);
    assert_eq!((denial.kind().status().as_u16(), denial.message()), (401, "Invalid or expired credential"));
    let told: Vec<_> = denial.challenges().iter().map(|line| line.to_str().unwrap().to_owned()).collect();
    let challenge = format!(
        "Bearer realm=\"api\", error=\"invalid_token\", error_description=\"The access token {description}\""
    );
    assert_eq!(told, [challenge]);
    let heard = ear.take();
    assert!(heard.len() == 1 && heard[0].ends_with(&format!(" {reason}")), "{heard:?} and not {reason}");
}

#[tokio::test]
async fn a125_a126_a127_all_bad_tokens_get_one_answer() {
    let jwt = jwt();
    let invalid =
        async |others: Value, reason| check(&jwt, &hs256(&claims(others)), reason, "is invalid").await;
    invalid(json!({ "aud": "other" }), "wrong_audience").await;
    invalid(json!({ "iss": "https://issuer.example/" }), "wrong_issuer").await;
    invalid(json!({ "nbf": START + 61 }), "not_yet_valid").await;
    invalid(json!({ "exp": START + 200_000 }), "too_long_lived").await;
    invalid(json!({ "scope": ["read"] }), "scope_wrong_type").await;
    invalid(json!({ "scope": "a\tb" }), "scope_malformed").await;
    invalid(json!({ "scope": "a", "scp": ["b"] }), "scope_and_scp_differ").await;
    for subject in [json!(""), json!(7), json!("x".repeat(1_024)), json!("a\u{7}b")] {
        invalid(json!({ "sub": subject }), "bad_claim").await;
    }
    check(&jwt, &hs256(&claims(json!({ "exp": START - 61, "iat": START - 90 }))), "expired_token", "expired")
        .await;
    let good = hs256(&claims(json!({})));
    let (signed, _) = good.rsplit_once('.').unwrap();
    check(&jwt, &format!("{signed}."), "not_compact", "is invalid").await;
    check(&jwt, &format!("{signed}.AAAA"), "bad_signature", "is invalid").await;
    check(&jwt, "a.b.c", "not_compact", "is invalid").await;
    let other = Signer::new("unknown");
    check(&jwt, &other.sign(&claims(json!({}))), "algorithm_mismatch", "is invalid").await;
}

#[tokio::test]
async fn a125_only_configured_types_are_access_tokens() {
    let strict = Verifier::builder(ISSUER).audience("api").types(TokenTypes::named(["at+jwt"]));
    let strict = Jwt::new(strict.keys(secret_keys()).unwrap());
    assert_eq!(outcome(&strict, &hs256(&claims(json!({}))), &time()).await, format!("{ISSUER} ada"));
    let as_long = hs256_typed("application/at+jwt", &claims(json!({})));
    assert_eq!(outcome(&strict, &as_long, &time()).await, format!("{ISSUER} ada"));
    for typ in ["JWT", "logout+jwt", "secevent+jwt", "refresh+jwt"] {
        assert_eq!(outcome(&strict, &hs256_typed(typ, &claims(json!({}))), &time()).await, "401 wrong_type");
    }
    let id_token = hs256_typed("JWT", &claims(json!({ "nonce": "n", "at_hash": "h" })));
    assert_eq!(outcome(&jwt(), &id_token, &time()).await, "401 id_token");
}

#[tokio::test]
async fn keys_that_cannot_be_had_are_503_and_no_challenge() {
    let keys = Keys::default();
    let ear = Ear::default();
    let jwt = Jwt::new(verifier(ISSUER, keys.clone())).events(ear.clone());
    let signer = Signer::new("one");
    let token = signer.sign(&claims(json!({})));
    let Identity::Refused(denial) = identity(&jwt, &token, &time()).await else { panic!() };
    assert_eq!((denial.kind().status().as_u16(), denial.reason()), (503, "keys_unavailable"));
    assert!(denial.challenges().is_empty());
    assert_eq!(denial.retry_after_seconds(), Some(1));
    assert_eq!(denial.details(), Some(&json!({ "kind": "auth_unavailable" })));
    assert_eq!(ear.take(), ["undecided https://issuer.example keys_unavailable"]);
    keys.set([&signer]);
    assert_eq!(outcome(&jwt, &token, &time()).await, format!("{ISSUER} ada"));
}

#[tokio::test]
async fn a_key_that_is_not_there_yet_is_looked_for() {
    let (old, new) = (Signer::new("old"), Signer::new("new"));
    let keys = Keys::of([&old]);
    let jwt = Jwt::new(verifier(ISSUER, keys.clone()));
    let token = new.sign(&claims(json!({})));
    assert_eq!(outcome(&jwt, &token, &time()).await, "401 unknown_key");
    *keys.again.lock().unwrap() = Some(set([&old, &new]));
    assert_eq!(outcome(&jwt, &token, &time()).await, format!("{ISSUER} ada"));
    assert_eq!(keys.current().unwrap().len(), 2);
}

#[tokio::test]
async fn tokens_of_other_shapes_are_for_other_kinds() {
    const OPAQUE: &str = "u5vVlqUIBqbbJEMn2b3Ltw9Y";
    let tokens = || StaticTokens::new([StaticToken::named("ci").value(OPAQUE)]).unwrap();
    let time = time();
    for authenticate in [Authenticate::with(tokens()).or(jwt()), Authenticate::with(jwt()).or(tokens())] {
        let find = async |field: &str| match of_field(&authenticate, field, &time).await {
            Identity::Known(principal) => format!("{} {}", principal.kind(), principal.id()),
            Identity::Refused(denial) => denial.reason().to_owned(),
            other => panic!("{other:?}"),
        };
        assert_eq!(find(&format!("Bearer {OPAQUE}")).await, "static ci");
        assert_eq!(find(&format!("Bearer {}", hs256(&claims(json!({}))))).await, format!("jwt {ISSUER} ada"));
        // Refused by the one kind whose shape it has, and offered to no other.
        assert_eq!(find("Bearer a.b.c").await, "not_compact");
        assert_eq!(find("Bearer a.b.c.d.e").await, "unknown_token");
        assert_eq!(find(&format!("DPoP {}", hs256(&claims(json!({}))))).await, "unknown_scheme");
    }
}

#[tokio::test]
async fn keycloaks_own_tokens_are_refused_with_the_reason_that_names_the_fix() {
    let verifier = verifier(ISSUER, secret_keys());
    let keycloak = Jwt::new(TrustedIssuer::new(verifier.clone()).mapping(Mapping::keycloak("api")));
    let account = hs256(&claims(json!({ "aud": "account" })));
    assert_eq!(outcome(&keycloak, &account, &time()).await, "401 keycloak_audience_account");
    assert_eq!(outcome(&Jwt::new(verifier), &account, &time()).await, "401 wrong_audience");
    let other = hs256(&claims(json!({ "aud": "other" })));
    assert_eq!(outcome(&keycloak, &other, &time()).await, "401 wrong_audience");
    let open = Verifier::builder(ISSUER).any_audience().keys(secret_keys()).unwrap();
    let open = Jwt::new(TrustedIssuer::new(open).mapping(Mapping::keycloak("api")));
    assert_eq!(outcome(&open, &account, &time()).await, "401 keycloak_audience_account");
}

#[test]
fn a053_debug_shows_no_secret() {
    let shown = format!("{:?}", jwt());
    assert!(shown.contains(ISSUER) && !shown.contains(SECRET), "{shown}");
}
