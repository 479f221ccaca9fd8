//! Changes that nobody can take note of.

use crate::support::{App, PASSWORD, with};
use palisade_core::{Event, EventSink, Reply, Unrecorded};
use palisade_jwt::login::HashCost;
use serde_json::json;
use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

/// Takes note until it is told not to: of what is begun, and of what is done.
#[derive(Clone, Debug, Default)]
struct Notes(Arc<Mutex<(Vec<&'static str>, [bool; 2])>>);

impl Notes {
    fn refuse(&self, intents: bool, ends: bool) {
        *self.0.lock().unwrap() = (Vec::new(), [intents, ends]);
    }

    fn taken(&self) -> Vec<&'static str> {
        self.0.lock().unwrap().0.clone()
    }

    fn note(&self, what: &'static str, nth: usize) -> Reply<Result<(), Unrecorded>> {
        let mut notes = self.0.lock().unwrap();
        if notes.1[nth] {
            return Reply::now(Err(Unrecorded::new("the disk is full")));
        }
        notes.0.push(what);
        Reply::now(Ok(()))
    }
}

impl EventSink for Notes {
    fn emit(&self, _: &Event) {}

    fn intend(&self, _: &Event) -> Reply<Result<(), Unrecorded>> {
        self.note("begun", 0)
    }

    fn record(&self, _: &Event) -> Reply<Result<(), Unrecorded>> {
        self.note("done", 1)
    }

    fn abandon(&self, _: &Event, reason: &'static str) {
        self.0.lock().unwrap().0.push(reason);
    }

    fn doubt(&self, _: &Event, reason: &'static str) {
        self.0.lock().unwrap().0.extend(["in doubt", reason]);
    }
}

async fn start() -> (App, Notes, String) {
    let notes = Notes::default();
    let app = with(HashCost::dangerous_cheap(), |login| login.events(notes.clone()));
    app.user("root", &["admin"]).await;
    app.user("ada", &["reader"]).await;
    let token = app.tokens("root").await.0;
    (app, notes, token)
}

#[tokio::test]
async fn a288_a_change_to_users_that_cannot_be_recorded_is_not_made() {
    let (app, notes, token) = start().await;
    let ada = app.stored("ada").await.unwrap();
    let path = format!("/users/{}", ada.id);
    let body = json!({ "username": "eve", "password": PASSWORD }).to_string();
    notes.refuse(true, false);
    for (method, path, body) in
        [("POST", "/users", &*body), ("PATCH", &*path, r#"{"disabled":true}"#), ("DELETE", &*path, "")]
    {
        let answer = app.ask(method, path, &token, body).await;
        assert_eq!(answer.status, 503, "{method}");
        assert_eq!(answer.json()["error"]["details"]["done"], false, "{method}");
    }
    assert_eq!(notes.taken(), ["audit_unavailable"; 3]);
    assert_eq!(app.stored("ada").await.unwrap(), ada);
    assert!(app.stored("eve").await.is_none());
    notes.refuse(false, false);
    assert_eq!(app.ask("DELETE", &path, &token, "").await.status, 204);
    assert_eq!(notes.taken(), ["begun", "done"]);
}

#[tokio::test]
async fn a288_a_change_to_users_that_was_made_and_cannot_be_recorded_is_not_acknowledged() {
    let (app, notes, token) = start().await;
    let path = format!("/users/{}", app.stored("ada").await.unwrap().id);
    notes.refuse(false, true);
    let answer = app.ask("DELETE", &path, &token, "").await;
    assert_eq!((answer.status, &answer.json()["error"]["details"]["done"]), (503, &json!(true)));
    assert_eq!(notes.taken(), ["begun"]);
    assert!(app.stored("ada").await.is_none());
}

#[tokio::test]
async fn a288_logging_out_everywhere_is_recorded_before_it_is_done() {
    let (app, notes, _) = start().await;
    let access = app.tokens("ada").await.0;
    notes.refuse(true, false);
    let answer = app.ask("POST", "/auth/logout/everywhere", &access, "").await;
    assert_eq!((answer.status, &answer.json()["error"]["details"]["done"]), (503, &json!(false)));
    assert!(app.holds(&access).await);
    notes.refuse(false, true);
    let answer = app.ask("POST", "/auth/logout/everywhere", &access, "").await;
    assert_eq!((answer.status, &answer.json()["error"]["details"]["done"]), (503, &json!(true)));
    assert_eq!(notes.taken(), ["begun"]);
    assert!(!app.holds(&access).await);
    let access = app.tokens("ada").await.0;
    notes.refuse(false, false);
    assert_eq!(app.ask("POST", "/auth/logout/everywhere", &access, "").await.status, 204);
    assert_eq!(notes.taken(), ["begun", "done"]);
}

#[tokio::test]
async fn a288_a_change_that_a_store_may_have_made_is_unknown_and_not_abandoned() {
    let (app, notes, root) = start().await;
    let change = json!({ "old_password": PASSWORD, "new_password": "another long passphrase" }).to_string();
    let unknown = ["begun", "in doubt", "login_store_unavailable"];
    app.users.set_unwritable(true);
    let path = format!("/users/{}", app.stored("ada").await.unwrap().id);
    for (method, path, own, body) in [
        ("POST", "/auth/password", true, &*change),
        ("POST", "/auth/logout/everywhere", true, ""),
        ("PATCH", &path, false, r#"{"roles":[]}"#),
        ("DELETE", &path, false, ""),
    ] {
        // What was void before holds for those that come later.
        app.time.advance(Duration::from_secs(2));
        let token = if own { app.tokens("ada").await.0 } else { root.clone() };
        notes.refuse(false, false);
        assert_eq!(app.ask(method, path, &token, body).await.status, 503, "{method} {path}");
        assert_eq!(notes.taken(), unknown, "{method} {path}");
    }
    app.users.set_unwritable(false);
    app.time.advance(Duration::from_secs(2));
    // Given up in the middle: the store may write it yet.
    let access = app.tokens("ada").await.0;
    notes.refuse(false, false);
    app.users.set_slow_to_write(true);
    assert_eq!(app.ask("POST", "/auth/password", &access, &change).await.status, 503);
    assert_eq!(notes.taken(), ["begun", "in doubt", "broken_off"]);
    app.users.set_slow_to_write(false);
    // Who may not make it is told so, and nothing was begun.
    notes.refuse(false, false);
    app.time.advance(Duration::from_secs(2));
    let access = app.tokens("ada").await.0;
    notes.refuse(false, false);
    assert_eq!(app.ask("PATCH", &path, &access, r#"{"roles":["admin"]}"#).await.status, 403);
    assert!(notes.taken().is_empty());
}
