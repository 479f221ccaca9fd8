//! Two files out of a multipart body (RFC 7578).

use axum::extract::{
    Multipart,
    multipart::{Field, MultipartError},
};
use palisade::{Denial, DenialKind};
use serde_json::{Value, json};
use std::time::Duration;

/// The longest file that is taken, in bytes.
pub const MAX_FILE: usize = 5 * 1024 * 1024;
/// The longest body: two files, and what a multipart body weighs beside them.
pub const MAX_BODY: usize = 2 * MAX_FILE + 16 * 1024;
/// How long a client may take to send it; a seat is taken meanwhile.
pub const UPLOAD_TIME: Duration = Duration::from_secs(30);
/// The names of the parts.
pub const FIELDS: [&str; 2] = ["image1", "image2"];

/// Reads both files within [`UPLOAD_TIME`]; a request whose body is not multipart has neither.
///
/// # Errors
///
/// 400 naming the field for a part that is missing, empty, sent twice or unknown; 408 for a slow client; 413 for a long file.
pub async fn pictures(form: Option<Multipart>) -> Result<[Vec<u8>; 2], Denial> {
    let Some(form) = form else { return Err(invalid(FIELDS.map(missing))) };
    let read = tokio::time::timeout(UPLOAD_TIME, read(form)).await;
    read.map_err(|_| Denial::new(DenialKind::Timeout).because("slow_upload"))?
}

async fn read(mut form: Multipart) -> Result<[Vec<u8>; 2], Denial> {
    let mut files = [None, None];
    while let Some(part) = form.next_field().await.map_err(malformed)? {
        let Some((file, name)) = files.iter_mut().zip(FIELDS).find(|(_, name)| part.name() == Some(*name))
        else {
            return Err(invalid([problem("", "Only the parts image1 and image2 are read")]));
        };
        if file.is_some() {
            return Err(invalid([problem(name, "The part was sent twice")]));
        }
        *file = Some(whole(part).await?);
    }
    match files.map(|file| file.filter(|file| !file.is_empty())) {
        [Some(first), Some(second)] => Ok([first, second]),
        files => {
            let named = files.iter().zip(FIELDS).filter(|(file, _)| file.is_none());
            Err(invalid(named.map(|(_, name)| missing(name))))
        }
    }
}

async fn whole(mut part: Field<'_>) -> Result<Vec<u8>, Denial> {
    let mut file = Vec::new();
    while let Some(chunk) = part.chunk().await.map_err(malformed)? {
        if file.len() + chunk.len() > MAX_FILE {
            return Err(Denial::new(DenialKind::PayloadTooLarge).because("file_too_long"));
        }
        file.extend_from_slice(&chunk);
    }
    Ok(file)
}

/// Refuses a request for these problems.
pub fn invalid(problems: impl IntoIterator<Item = Value>) -> Denial {
    Denial::new(DenialKind::Invalid).with_details(problems.into_iter().collect())
}

/// What is wrong with a part, named as a JSON pointer; `detail` is a constant, never what was sent.
#[must_use]
pub fn problem(field: &str, detail: &str) -> Value {
    json!({ "pointer": format!("#/{field}"), "detail": detail })
}

fn missing(field: &str) -> Value {
    problem(field, "A multipart part with a picture is needed")
}

fn malformed(fault: MultipartError) -> Denial {
    match fault.status().as_u16() {
        413 => Denial::new(DenialKind::PayloadTooLarge),
        _ => invalid([problem("", "The multipart body cannot be read")]).with_source(fault),
    }
}
