//! Finds the mistakes in a table, before axum would panic over the first.

use crate::{
    error::{RouteError, RouteErrorKind},
    table::{Row, RowKind},
};
use matchit::{InsertError, Router};
use std::collections::HashSet;

pub(crate) fn check(rows: &[Row]) -> Vec<RouteError> {
    let mut errors = Vec::new();
    let mut declared = HashSet::new();
    let mut matcher = Router::new();
    let mut known = HashSet::new();
    let mut fallbacks = HashSet::new();
    for row in rows {
        let mut fail = |kind| errors.push(RouteError::new(row.template(), kind));
        let path = row.path.as_str();
        if row.kind == RowKind::Fallback || (row.kind == RowKind::Mount && path.is_empty()) {
            // A fallback of several methods is one fallback; a mount answers them all.
            let taken = fallbacks.iter().any(|&(kind, verb)| kind != row.kind || verb == row.verb);
            if taken || !fallbacks.insert((row.kind, row.verb)) {
                fail(RouteErrorKind::TwoFallbacks);
            }
            continue;
        }
        if row.kind == RowKind::Route && !declared.insert((row.verb, path)) {
            fail(RouteErrorKind::Duplicate(row.verb));
        }
        if row.kind == RowKind::Route && !known.insert(path) {
            continue;
        }
        let templates = match row.kind {
            RowKind::Mount => vec![row.template(), path.to_owned(), format!("{path}/")],
            RowKind::Route | RowKind::Fallback => vec![path.to_owned()],
        };
        for template in templates {
            match matcher.insert(template, ()) {
                Ok(()) => {}
                Err(InsertError::Conflict { with }) => fail(RouteErrorKind::Conflict(with)),
                Err(error) => fail(RouteErrorKind::InvalidPath(error.to_string())),
            }
        }
    }
    errors
}

/// What axum demands of a path, and what a line of the lock file needs.
pub(crate) fn template(path: &str) -> Result<(), RouteErrorKind> {
    let reason = if !path.starts_with('/') {
        "it must start with `/`"
    } else if !path.bytes().all(|byte| byte.is_ascii_graphic()) {
        "spaces, control characters and all outside ASCII are matched percent-encoded; write them so"
    } else if path.split('/').any(|segment| segment.starts_with([':', '*'])) {
        "parameters are written `{name}`, and the rest of the path `{*rest}`"
    } else {
        return Ok(());
    };
    Err(RouteErrorKind::InvalidPath(reason.to_owned()))
}

/// What axum demands of a prefix.
pub(crate) fn prefix(path: &str) -> Result<(), RouteErrorKind> {
    template(path)?;
    if path.contains("//") {
        return Err(RouteErrorKind::InvalidPrefix("it cannot have an empty segment"));
    }
    if path.split('/').any(|segment| segment.starts_with("{*")) {
        return Err(RouteErrorKind::InvalidPrefix("it cannot have a `{*rest}`"));
    }
    Ok(())
}
