//! Several issuers: the token says whose rules it wants to be judged by, and is judged by them.

use super::support::*;
use palisade_core::{Identity, Permissions, Scope};
use palisade_jwt::{IssuersError, Jwt, MAX_ISSUERS, Mapping, TrustedIssuer};
use serde_json::json;

const OTHER: &str = "https://other.example";

fn trusted(issuer: &str, signer: &Signer) -> TrustedIssuer {
    TrustedIssuer::new(verifier(issuer, Keys::of([signer])))
}

#[tokio::test]
async fn an_issuer_chooses_keys_rules_and_tenant_and_nothing_more() {
    let (one, other) = (Signer::new("k"), Signer::new("k"));
    let scopes = Mapping::new().tenant_at("/org".parse().unwrap());
    let jwt = Jwt::several([
        trusted(ISSUER, &one).mapping(scopes).tenant("acme"),
        trusted(OTHER, &other).mapping(Mapping::empty().tenant_at("/org".parse().unwrap())),
    ])
    .unwrap();
    let time = time();
    let given = json!({ "scope": "read", "org": "evil" });
    let from_other = |claims: &mut serde_json::Value| claims["iss"] = json!(OTHER);

    let first = known(&jwt, &one.sign(&claims(given.clone())), &time).await;
    assert_eq!((first.id(), first.tenant()), ("https://issuer.example ada", Some("acme")));
    assert_eq!(first.scopes().to_string(), "read");

    let mut told = claims(given);
    from_other(&mut told);
    let second = known(&jwt, &other.sign(&told), &time).await;
    assert_eq!((second.id(), second.tenant()), ("https://other.example ada", Some("evil")));
    assert!(second.scopes().is_empty());
    assert_ne!(first.id(), second.id());

    // Signed by one and naming the other.
    assert_eq!(outcome(&jwt, &one.sign(&told), &time).await, "401 bad_signature");
    assert_eq!(outcome(&jwt, &other.sign(&claims(json!({}))), &time).await, "401 bad_signature");
}

#[tokio::test]
async fn an_issuer_gives_no_more_than_it_may() {
    let (own, other, time) = (Signer::new("k"), Signer::new("k"), time());
    let roles = Mapping::new().roles_at("/roles".parse().unwrap());
    let [read, write, manage] = ["read", "write", "manage_users"].map(Scope::from_static);
    let permissions = Permissions::declare([read.clone(), write.clone(), manage.clone()])
        .implies(write.clone(), [read.clone()])
        .role("admin", [manage])
        .build()
        .unwrap();
    let jwt = Jwt::several([
        trusted(ISSUER, &own).mapping(roles.clone()),
        trusted(OTHER, &other).mapping(roles).at_most([read, write]),
    ]);
    let jwt = jwt.unwrap().permissions(permissions);
    for (said, of_own, of_other) in [
        (json!({ "scope": "read manage_users" }), "manage_users read", "read"),
        (json!({ "roles": ["admin"] }), "manage_users", ""),
        (json!({ "scope": "write", "roles": ["admin"] }), "manage_users read write", "read write"),
    ] {
        let mut told = claims(said);
        let scopes = async |signer: &Signer, told: &serde_json::Value| {
            // Remembered or not.
            let token = signer.sign(told);
            known(&jwt, &token, &time).await;
            known(&jwt, &token, &time).await.scopes().to_string()
        };
        assert_eq!(scopes(&own, &told).await, of_own);
        told["iss"] = json!(OTHER);
        assert_eq!(scopes(&other, &told).await, of_other);
    }
}

#[tokio::test]
async fn a121_an_issuer_that_nobody_trusts_is_told_without_its_name() {
    let signer = Signer::new("k");
    let ear = Ear::default();
    let jwt = Jwt::several([trusted(ISSUER, &signer), trusted(OTHER, &signer)]).unwrap().events(ear.clone());
    for issuer in ["https://issuer.example/", "https://issuer", "HTTPS://ISSUER.EXAMPLE", "", "x\u{0}"] {
        let token = signer.sign(&claims(json!({ "iss": issuer })));
        let refused = identity(&jwt, &token, &time()).await;
        assert!(matches!(&refused, Identity::Refused(denial) if denial.kind().status() == 401), "{issuer:?}");
        let heard = ear.take();
        assert!(heard.len() == 1 && heard[0].starts_with("rejected - "), "{heard:?}");
    }
}

#[test]
fn issuers_that_cannot_be_told_apart_are_refused() {
    let signer = Signer::new("k");
    let check = |names: &[&str], expected: &IssuersError| {
        let issuers = names.iter().map(|name| trusted(name, &signer));
        assert_eq!(Jwt::several(issuers).err().as_ref(), Some(expected), "{names:?}");
    };
    check(&[], &IssuersError::None);
    check(&[ISSUER, OTHER, ISSUER], &IssuersError::Twice(ISSUER.into()));
    check(&["a b", "a"], &IssuersError::Space("a b".into()));
    let one = trusted(ISSUER, &signer);
    let endless = std::iter::repeat_n(one, MAX_ISSUERS + 1);
    assert_eq!(Jwt::several(endless).err(), Some(IssuersError::TooMany));
}
