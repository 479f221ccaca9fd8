//! Acts end although whoever asked for them left.

use crate::support::{MANAGE, READ, app, new_key, operator};
use palisade_apikey::KeyStore as _;
use std::{pin::pin, task::Context, task::Waker};

/// Begins a future and leaves.
fn begin<T>(future: impl Future<Output = T>) {
    let mut future = pin!(future);
    assert!(future.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
}

#[tokio::test]
async fn a_client_that_leaves_does_not_undo_what_it_began() {
    let app = app();
    let (admin, key) = (app.key(&[READ, MANAGE]).await, app.key(&[READ]).await);
    assert_eq!(app.status(key.key.expose()).await, 200);
    let count = app.store.memory().len();
    begin(app.keyring.create(&operator(), new_key(&[READ])));
    begin(app.manage("DELETE", &format!("/{}", key.key.id()), &admin, ""));
    begin(app.keyring.revoke(&operator(), key.key.id(), None));
    for _ in 0..50 {
        tokio::task::yield_now().await;
    }
    assert_eq!(app.store.memory().len(), count + 1);
    assert!(app.store.memory().get(&key.key.id()).await.unwrap().unwrap().revoked.is_some());
    assert_eq!(app.status(key.key.expose()).await, 401);
}

#[tokio::test]
async fn an_answer_that_was_lost_is_there_for_whoever_asks_again() {
    let app = app();
    begin(app.keyring.create_once(&operator(), "word", new_key(&[READ])));
    for _ in 0..50 {
        tokio::task::yield_now().await;
    }
    let again = app.keyring.create_once(&operator(), "word", new_key(&[READ])).await.unwrap();
    assert!(again.replayed);
    assert_eq!(app.store.memory().len(), 1);
    assert_eq!(app.status(again.key.expose()).await, 200);
}
