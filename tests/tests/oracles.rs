//! What nobody learns from a refusal.

#![allow(clippy::unwrap_used, clippy::panic, reason = "these are tests")]

use axum::body::Body;
use http::Method;
use palisade::{
    Auth, Protected, Stack,
    keys::{ApiKeys, Caller, KeyFormat, Keyring, MemoryStore, NewKey, Peppers},
};
use std::collections::BTreeSet;
use tests::{
    client::{Answer, get, request, send, with},
    server::{Handled, POOR, READ, TOKEN, WRITE, routes},
};

/// A service with keys of tenants, tokens, and routes for them.
async fn keyed() -> (Protected, Handled, [String; 2], [String; 2]) {
    let format = KeyFormat::with_public_checksum("acme", "live").unwrap();
    let keys = ApiKeys::new(format, Peppers::none(), MemoryStore::new());
    let keyring = Keyring::new(&keys, [READ, WRITE], WRITE);
    let mut made = Vec::new();
    for tenant in ["red", "blue"] {
        let mut new = NewKey::named("admin".parse().unwrap());
        new.permissions = [READ, WRITE].into_iter().collect();
        new.tenant = Some(tenant.parse().unwrap());
        let created = keyring.create(&Caller::operator("setup"), new).await.unwrap();
        made.push((created.key.expose().to_owned(), created.record.id.to_string()));
    }
    let handled = Handled::default();
    let app = Stack::new(Auth::keys(keys).or(tests::server::tokens()));
    let app = app.protect(routes(&handled).nest("/keys", keyring.routes())).unwrap();
    let [(red, red_id), (blue, blue_id)] = <[_; 2]>::try_from(made).unwrap();
    (app, handled, [red, blue], [red_id, blue_id])
}

#[tokio::test]
async fn a269_fifty_causes_of_401_read_like_three() {
    let (app, handled, [red, _], _) = keyed().await;
    let other = KeyFormat::with_public_checksum("acme", "live").unwrap().mint().unwrap();
    let nobody: Vec<Vec<(&'static str, String)>> = vec![
        vec![],
        vec![("cookie", "session=x".to_owned())],
        vec![("x-auth-token", "x".to_owned())],
        vec![("proxy-authorization", "Bearer x".to_owned())],
    ];
    let mut tokens: Vec<String> = [
        "x",
        "=",
        "a b",
        "a,b",
        "a\tb",
        "\u{e9}",
        "null",
        "undefined",
        "Bearer",
        "e30.e30.",
        "e30.e30.e30",
        "..",
        "a.b.c.d",
        "' OR 1=1 --",
        "%00",
        "../../etc/passwd",
        "{}",
        "[]",
        "true",
        "-1",
    ]
    .map(|token| format!("Bearer {token}"))
    .into();
    tokens.extend([
        format!("Bearer {}", &TOKEN[1..]),
        format!("Bearer {TOKEN}x"),
        format!("bearer {}", TOKEN.to_lowercase()),
    ]);
    let bearers: Vec<_> = tokens.into_iter().map(|token| vec![("authorization", token)]).collect();
    let mut presented: Vec<String> =
        ["x", "acme_live_", "acme_live_x", "acme_test_x", "' OR 1=1--", "pk_%00", "null", "0"]
            .map(str::to_owned)
            .into();
    // The key is a new one each time, and may have either digit there.
    let other_digit = if red.as_bytes()[red.len() - 2] == b'0' { '1' } else { '0' };
    presented.extend([
        other.expose().to_owned(),
        red[..red.len() - 1].to_owned(),
        format!("{red}x"),
        red.to_uppercase(),
        red.to_lowercase(),
        "a".repeat(256),
        "a".repeat(257),
        "a".repeat(8_000),
        red.replacen("acme", "acmf", 1),
        format!("{}{other_digit}{}", &red[..red.len() - 2], &red[red.len() - 1..]),
    ]);
    assert!(!presented.contains(&red));
    let keys: Vec<_> = presented.into_iter().map(|key| vec![("x-api-key", key)]).collect();
    let mut causes = 0;
    for (class, all) in [("nobody", nobody), ("bearer", bearers), ("key", keys)] {
        let mut answers = BTreeSet::new();
        for presented in all {
            causes += 1;
            let presented: Vec<_> = presented.iter().map(|(name, value)| (*name, value.as_str())).collect();
            let answer = send(&app, with(get("/v1/models"), &presented)).await.nameless();
            assert_eq!(
                (answer.status.as_u16(), answer.code().as_str()),
                (401, "AUTHENTICATION_FAILED"),
                "{presented:?}"
            );
            assert!(
                !answer.header("www-authenticate").is_empty()
                    || answer.headers.get_all("www-authenticate").iter().count() > 1
            );
            answers.insert(format!("{answer:?}"));
        }
        assert_eq!(answers.len(), 1, "{class}: {answers:#?}");
    }
    assert!(causes >= 40, "{causes}");
    assert_eq!(handled.count(), 0);
}

#[tokio::test]
async fn a270_nobody_learns_by_an_answer_what_there_is() {
    let (app, handled, [red, _], [_, blue_id]) = keyed().await;
    let unknown = KeyFormat::with_public_checksum("acme", "live").unwrap().mint().unwrap().id().to_string();
    let without = |answer: Answer, id: &str| format!("{:?}", answer.nameless()).replace(id, "ID");
    for (method, under) in
        [(Method::GET, ""), (Method::DELETE, ""), (Method::PATCH, ""), (Method::POST, "/rotate")]
    {
        for caller in [
            &[][..],
            &[("x-api-key", &*red)],
            &[("x-api-key", "junk")],
            &[("authorization", &*format!("Bearer {POOR}"))],
        ] {
            let mut read = Vec::new();
            for id in [&blue_id, &unknown] {
                let asked = with(request(method.clone(), &format!("/keys/{id}{under}")), caller);
                let mut asked = with(asked, &[("content-type", "application/json"), ("if-match", "*")]);
                *asked.body_mut() = Body::from(if method == Method::PATCH { r#"{"name":"x"}"# } else { "" });
                let answer = send(&app, asked).await;
                let expected: &[u16] = match caller {
                    [] | [("x-api-key", "junk")] => &[401],
                    [("x-api-key", _)] => &[404, 400, 405, 415],
                    _ => &[403],
                };
                assert!(expected.contains(&answer.status.as_u16()), "{method} {caller:?} {answer:?}");
                read.push(without(answer, id));
            }
            assert_eq!(read[0], read[1], "{method} {under}");
        }
    }
    // A handler that is there, and one that is not, read alike to whoever may see neither.
    let kept = send(&app, get("/v1/models/llama-7b")).await.nameless();
    assert_eq!(kept, send(&app, get("/v1/models/no-such-model")).await.nameless());
    assert_eq!(handled.count(), 0);
    // Blue's key is still what it was.
    assert_eq!(send(&app, with(get("/keys"), &[("x-api-key", &red)])).await.status, 200);
}
