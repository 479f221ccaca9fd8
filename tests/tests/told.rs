//! How people and secrets are told of, where they must be told of.

#![allow(clippy::unwrap_used, clippy::panic, reason = "these are tests")]

use axum::body::Body;
use http::Request;
use palisade::{
    AccessLog, Auth, Principal, Secret, Sign, Stack, StaticToken, StaticTokens,
    jwt::{Issuer, SigningKeys},
    keys::{ApiKeys, Caller, KeyFormat, Keyring, MemoryStore, NewKey, Peppers},
    observe::{
        Explain, Suspicions, Threshold,
        audit::{AuditQuery, Recorder},
    },
    redis::RedisStore,
};
use std::{sync::Arc, time::Duration};
use tests::{
    callers::Callers,
    client::{get as asked, send, send_from, with_token},
    server::{Handled, READ, WRITE, routes},
    written::{Out, forms, memory},
};

const LONG: Duration = Duration::from_secs(30);

/// A minute of a signed-in person, and of two addresses.
async fn of_people(shortens: bool) -> String {
    let access = Out::default();
    let (mut log, mut recorder) = (AccessLog::json(access.clone()), Recorder::builder(memory()));
    if shortens {
        (log, recorder) = (log.shorten_addresses(), recorder.shorten_addresses());
    }
    let (log, recorder) = (log.build().unwrap(), recorder.build().unwrap());
    let people = Callers::new([Principal::new("jwt", "ada.lovelace@mail.example")]);
    let explain = Explain::with(1 << 20, 1);
    let suspicions =
        Suspicions::new(recorder.clone()).unwrap().threshold(Sign::Unauthenticated, Threshold::new(2, LONG));
    let stack = Stack::new(Auth::with(people))
        .access_log(log)
        .audit(&recorder)
        .explain(&explain)
        .suspicions(suspicions);
    let app = stack.protect(routes(&Handled::default())).unwrap();
    for ip in ["192.0.2.77", "2001:db8:aaaa:bbbb::77"] {
        let ip: std::net::IpAddr = ip.parse().unwrap();
        assert_eq!(
            send_from(&app, ip, with_token(asked("/v1/whoami"), "ada.lovelace@mail.example")).await.status,
            200
        );
        assert_eq!(
            send_from(&app, ip, with_token(asked("/v1/models"), "ada.lovelace@mail.example")).await.status,
            403
        );
        for _ in 0..3 {
            assert_eq!(send_from(&app, ip, asked("/v1/models")).await.status, 401);
        }
    }
    assert!(recorder.drain(LONG).await);
    drop(app);
    let page = recorder.page(&AuditQuery::default()).await.unwrap();
    let records: Vec<_> = page
        .records
        .iter()
        .map(|it| {
            format!("{:?} {:?} {:?} {:?}", it.entry.client, it.entry.actor, it.entry.target, it.entry.reason)
        })
        .collect();
    format!("{}\n{}", access.text(), records.join("\n"))
}

#[tokio::test]
async fn a284_mail_addresses_are_told_under_another_name_and_networks_where_it_is_wished() {
    for shortens in [false, true] {
        let told = of_people(shortens).await;
        assert!(!told.contains("lovelace") && !told.contains("mail.example"), "{told}");
        assert!(told.contains("jwt:~"), "{told}");
        for whole in ["192.0.2.77", "2001:db8:aaaa:bbbb:"] {
            assert_eq!(told.contains(whole), !shortens, "{whole}: {told}");
        }
        if shortens {
            assert!(told.contains("192.0.2.0") && told.contains("2001:db8:aaaa::"), "{told}");
        }
    }
}

#[tokio::test]
async fn a282_whatever_is_printed_for_debugging_tells_no_secret() {
    const SECRET: &str = "c4n4ryX9vQ2mLw7TzKp3RbNf6YsHd8Ju";
    let secret = Secret::new(SECRET);
    let token = StaticToken::named("ci").value(SECRET).scopes([READ]);
    let tokens = StaticTokens::new([StaticToken::named("ci").value(SECRET)]).unwrap();
    let peppers = Peppers::new(1, &secret).unwrap();
    let format = KeyFormat::new("acme", "live", &secret).unwrap();
    let minted = format.mint().unwrap();
    let keys = ApiKeys::new(format.clone(), peppers.clone(), MemoryStore::new());
    let keyring = Keyring::new(&keys, [READ], WRITE);
    let created = keyring.create(&Caller::operator("x"), NewKey::named("ci".parse().unwrap())).await.unwrap();
    let signing = SigningKeys::in_memory().open().unwrap();
    let issuer =
        Issuer::builder("https://api.example").audience("https://api.example").keys(&signing).unwrap();
    let redis = RedisStore::builder(format!("redis://user:{SECRET}@127.0.0.1:1")).build().unwrap();
    let redis_error =
        RedisStore::builder(format!("nonsense://user:{SECRET}@127.0.0.1:1")).build().unwrap_err();
    let password = palisade::jwt::login::Password::new(SECRET).unwrap();
    let recorder = Recorder::builder(memory()).pseudonyms(&secret).build().unwrap();
    let log = AccessLog::json(Vec::new()).pseudonyms(&secret).build().unwrap();
    let auth = Auth::keys(keys.clone()).or(tokens.clone());
    let stack =
        Stack::new(auth.clone()).limit_store(Arc::new(palisade::limit::MemoryStore::default()), &secret);
    let weak = StaticTokens::new([StaticToken::named("ci").value("c4n4ry")]).unwrap_err();
    let (head, _) =
        Request::get("/").header("authorization", SECRET).body(Body::empty()).unwrap().into_parts();
    let credential = palisade::Credential::new(&http::header::AUTHORIZATION, SECRET.as_bytes());
    let authorization = palisade::Authorization::of(&head.headers);
    let told = [
        format!("{secret:?} {token:?} {tokens:?} {peppers:?} {format:?} {minted:?} {keys:?} {keyring:?} {created:?}"),
        format!("{signing:?} {issuer:?} {redis:?} {redis_error:?} {redis_error} {password:?} {recorder:?} {log:?}"),
        format!("{auth:?} {stack:?} {weak:?} {weak} {credential:?} {authorization:?}"),
    ]
    .concat();
    for secret in [SECRET, "c4n4ry", minted.expose(), created.key.expose()] {
        assert!(forms(secret).iter().all(|form| !told.contains(form)), "{told}");
    }
    let app = stack.protect(routes(&Handled::default())).unwrap();
    let answer = send(&app, with_token(asked("/v1/models"), SECRET)).await;
    assert!(!format!("{app:?} {answer:?}").contains("c4n4ry"));
}
