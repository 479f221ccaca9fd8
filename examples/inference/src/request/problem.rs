//! What is wrong with a request, in the shape RFC 9457 gives to validation errors.

use serde::Serialize;
use serde_json::error::Category;

use crate::generator::InputError;

/// The most of a parser's message that is passed on; it can quote a field name of any length.
const MAX_DETAIL: usize = 160;

/// One thing wrong with a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// A JSON Pointer (RFC 6901) as a URI fragment: `#/prompt`, or `#` for the whole body.
    pub pointer: String,
    /// What the field must be.
    pub detail: String,
}

impl Problem {
    pub(super) fn at(field: &'static str, detail: &str) -> Self {
        Self { pointer: format!("#/{field}"), detail: detail.to_owned() }
    }

    pub(super) fn unreadable(error: &serde_json::Error) -> Self {
        let (line, column) = (error.line(), error.column());
        let detail = match error.classify() {
            Category::Data => error.to_string(),
            Category::Syntax | Category::Eof | Category::Io => {
                format!("must be one JSON object; reading stopped at line {line} column {column}")
            }
        };
        Self { pointer: "#".to_owned(), detail: cut(detail) }
    }
}

impl From<InputError> for Problem {
    fn from(error: InputError) -> Self {
        Self::at(error.field(), &error.to_string())
    }
}

fn cut(mut detail: String) -> String {
    if let Some((end, _)) = detail.char_indices().nth(MAX_DETAIL) {
        detail.truncate(end);
        detail.push('…');
    }
    detail
}
