//! Notes, in memory, and the handlers that serve them.

use crate::permission::Permission;
use axum::{
    Json,
    extract::{Path, State},
    http::{StatusCode, header::LOCATION},
    response::IntoResponse,
};
use palisade::routes::{Routes, Violation, Violations, get};
use palisade::{Denial, DenialKind, Description, Principal, StrictJson};
use serde::{Deserialize, Serialize};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use utoipa::ToSchema;

const MOST_NOTES: usize = 1_000;
const LONGEST_TITLE: usize = 200;

/// A note.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Note {
    /// Its number.
    pub id: u64,
    /// What it is about.
    pub title: String,
    /// What it says.
    pub text: String,
    /// Who wrote it.
    pub author: String,
}

/// A note that somebody writes.
#[derive(Debug, Deserialize, ToSchema)]
pub struct NewNote {
    /// What it is about.
    pub title: String,
    /// What it says.
    #[serde(default)]
    pub text: String,
}

/// All notes.
#[derive(Clone, Debug, Default)]
pub struct Notes(Arc<Mutex<Kept>>);

#[derive(Debug, Default)]
struct Kept {
    last: u64,
    notes: BTreeMap<u64, Note>,
}

impl Notes {
    /// The routes, below `/notes`.
    #[must_use]
    pub fn routes(&self) -> Routes {
        let all = get(list)
            .requires(Permission::ReadNotes)
            .describe(Description::of("List the notes").answers_json::<Vec<Note>>(200, "All notes"))
            .post(write)
            .requires(Permission::WriteNotes)
            .body_limit(64 * 1024)
            .limit("30/minute")
            .describe(
                Description::of("Write a note").takes_json::<NewNote>().answers_json::<Note>(201, "The note"),
            );
        let one = get(read)
            .requires(Permission::ReadNotes)
            .describe(
                Description::of("Read a note")
                    .answers_json::<Note>(200, "The note")
                    .refuses([DenialKind::NotFound]),
            )
            .delete(remove)
            .requires(Permission::WriteNotes)
            .describe(
                Description::of("Delete a note").answers_empty(204, "Gone").refuses([DenialKind::NotFound]),
            );
        Routes::new().route("/", all).route("/{id}", one).with_state(self.clone())
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn list(State(notes): State<Notes>) -> Json<Vec<Note>> {
    Json(notes.kept().notes.values().cloned().collect())
}

async fn write(
    State(notes): State<Notes>,
    caller: Principal,
    StrictJson(new): StrictJson<NewNote>,
) -> Result<impl IntoResponse, Denial> {
    let mut violations = Violations::default();
    if new.title.is_empty() || new.title.chars().count() > LONGEST_TITLE {
        violations.push(Violation::new("/title", "length", format!("1 to {LONGEST_TITLE} characters")));
    }
    violations.into_result()?;
    let mut kept = notes.kept();
    if kept.notes.len() >= MOST_NOTES {
        return Err(Denial::new(DenialKind::Conflict).because("too_many_notes"));
    }
    kept.last += 1;
    let note = Note { id: kept.last, title: new.title, text: new.text, author: caller.id().to_owned() };
    kept.notes.insert(note.id, note.clone());
    Ok((StatusCode::CREATED, [(LOCATION, format!("/notes/{}", note.id))], Json(note)))
}

async fn read(State(notes): State<Notes>, Path(id): Path<u64>) -> Result<Json<Note>, Denial> {
    notes.kept().notes.get(&id).cloned().map(Json).ok_or_else(|| Denial::new(DenialKind::NotFound))
}

async fn remove(State(notes): State<Notes>, Path(id): Path<u64>) -> Result<StatusCode, Denial> {
    match notes.kept().notes.remove(&id) {
        Some(_) => Ok(StatusCode::NO_CONTENT),
        None => Err(Denial::new(DenialKind::NotFound)),
    }
}
