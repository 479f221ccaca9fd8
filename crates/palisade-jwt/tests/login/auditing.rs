//! Changes that nobody can take note of.

use crate::support::{App, PASSWORD, with};
use palisade_core::{Event, EventSink, Reply, Unrecorded};
use palisade_jwt::login::HashCost;
use serde_json::json;
use std::sync::{Arc, Mutex};

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
