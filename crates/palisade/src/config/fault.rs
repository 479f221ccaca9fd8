//! Why a value is not what its setting wants.

use super::path::{Step, Trail};
use serde::de::{self, Expected, Unexpected};
use std::fmt;

/// Why a value is not what its setting wants; never the value.
#[derive(Debug)]
pub(super) struct Fault {
    /// Where, once somebody knew.
    pub(super) steps: Option<Vec<Step>>,
    pub(super) what: What,
}

#[derive(Debug)]
pub(super) enum What {
    /// A key that its table does not have.
    Unknown { key: String, known: &'static [&'static str] },
    /// A key that is not there and must be.
    Missing(&'static str),
    /// Anything else, in words.
    Other(String),
}

impl Fault {
    /// It happened here, unless it happened further inside.
    pub(super) fn at(mut self, trail: &Trail<'_>) -> Self {
        self.steps.get_or_insert_with(|| trail.steps());
        self
    }

    fn new(what: What) -> Self {
        Self { steps: None, what }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.what {
            What::Unknown { key, .. } => write!(f, "there is no setting `{key}`"),
            What::Missing(key) => write!(f, "`{key}` is missing"),
            What::Other(text) => f.write_str(text),
        }
    }
}

impl std::error::Error for Fault {}

/// What serde says of a wrong value repeats the value; this does not.
impl de::Error for Fault {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::new(What::Other(message.to_string()))
    }

    fn invalid_type(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        let wanted = wanted(expected);
        // Whoever wrote `[x]` for `[[x]]` meant one of several.
        let hint = match found {
            Unexpected::Map if wanted == "a list" => " (of tables: `[[…]]` above each)",
            _ => "",
        };
        Self::new(What::Other(format!("is {}; write {wanted}{hint}", kind(&found))))
    }

    fn invalid_value(_: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::new(What::Other(format!("write {}", wanted(expected))))
    }

    fn invalid_length(_: usize, expected: &dyn Expected) -> Self {
        Self::new(What::Other(format!("write {expected}")))
    }

    fn unknown_variant(found: &str, known: &'static [&'static str]) -> Self {
        let list = known.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ");
        let meant = nearest(found, known.iter().copied());
        let meant = meant.map(|word| format!("; did you mean `{word}`?")).unwrap_or_default();
        Self::new(What::Other(format!("write one of {list}{meant}")))
    }

    fn unknown_field(found: &str, known: &'static [&'static str]) -> Self {
        Self::new(What::Unknown { key: found.to_owned(), known })
    }

    fn missing_field(field: &'static str) -> Self {
        Self::new(What::Missing(field))
    }

    fn duplicate_field(field: &'static str) -> Self {
        Self::new(What::Other(format!("`{field}` stands there twice")))
    }
}

/// What serde calls by the names of Rust's types, in words.
fn wanted(expected: &dyn Expected) -> String {
    let expected = expected.to_string();
    let word = match expected.as_str() {
        "u8" => "a whole number from 0 to 255",
        "u16" => "a whole number from 0 to 65535",
        "u32" | "u64" | "usize" => "a whole number, 0 or more",
        "i8" | "i16" | "i32" | "i64" | "isize" => "a whole number",
        "f32" | "f64" => "a number",
        "a boolean" => "`true` or `false`",
        "a string" => "text",
        "a sequence" => "a list",
        "a map" => "a table",
        struct_name if struct_name.starts_with("struct ") => "a table",
        other => other,
    };
    word.to_owned()
}

fn kind(found: &Unexpected<'_>) -> &'static str {
    match found {
        Unexpected::Bool(_) => "`true` or `false`",
        Unexpected::Unsigned(_) | Unexpected::Signed(_) => "a whole number",
        Unexpected::Float(_) => "a fraction, or a number too large",
        Unexpected::Char(_) | Unexpected::Str(_) => "text",
        Unexpected::Seq => "a list",
        Unexpected::Map | Unexpected::StructVariant => "a table",
        _ => "something else",
    }
}

/// The known name that was probably meant.
pub(super) fn nearest<'k>(found: &str, known: impl Iterator<Item = &'k str>) -> Option<&'k str> {
    let found: String = found.chars().take(64).map(|sign| sign.to_ascii_lowercase()).collect();
    let found = found.replace('-', "_");
    known
        .map(|name| (strsim::damerau_levenshtein(&found, name), name))
        // A third of the signs may be wrong, two of a short name.
        .filter(|(wrong, name)| *wrong <= (name.len() / 3).max(2) && *wrong < name.len())
        .min()
        .map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Sources;

    #[test]
    fn one_table_where_there_may_be_several_is_told_how_to_be_one_of_them() {
        let mistakes =
            Sources::new().text("a.toml", "[auth.tokens]\nname = \"ci\"").load().map(drop).unwrap_err();
        assert_eq!(
            mistakes.to_string(),
            "a.toml:1: auth.tokens: is a table; write a list (of tables: `[[…]]` above each)"
        );
    }

    #[test]
    fn what_was_probably_meant() {
        let check = |found: &str, expected: Option<&str>| {
            let known = ["cors_origins", "cors_methods", "address", "auth"];
            assert_eq!(nearest(found, known.into_iter()), expected, "{found}");
        };
        check("cors_origin", Some("cors_origins"));
        check("cors-origins", Some("cors_origins"));
        check("CORS_METHODS", Some("cors_methods"));
        check("adress", Some("address"));
        check("ahtu", Some("auth"));
        check("tls", None);
        check("", None);
    }
}
