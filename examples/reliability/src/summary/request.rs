//! What is posted to be summarised.

use garde::Validate;
use serde::Deserialize;

/// The most lines of one request.
pub const MAX_LINES: usize = 1_000;
/// The longest line, in bytes.
pub const MAX_LINE: usize = 2_000;
/// The most kinds that are told.
pub const MAX_TOP: usize = 100;
/// How many are told where nothing is said.
const USUAL_TOP: usize = 10;

/// The body of `POST /debug/summarize-errors`; nothing is taken for something else, and nothing is ignored.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Validate)]
#[serde(deny_unknown_fields)]
pub struct SummaryRequest {
    /// The lines.
    #[garde(length(min = 1, max = MAX_LINES), inner(length(max = MAX_LINE)))]
    pub lines: Vec<String>,
    /// How many kinds are told.
    #[serde(default = "usual_top")]
    #[garde(range(min = 1, max = MAX_TOP))]
    pub top: usize,
}

const fn usual_top() -> usize {
    USUAL_TOP
}

#[cfg(test)]
mod tests {
    use super::*;
    use palisade::StrictJson;

    #[test]
    fn nothing_is_taken_for_something_else() {
        let check = |body: &str, expected: &[&str]| {
            let read = StrictJson::<SummaryRequest>::from_slice(body.as_bytes()).map_err(Into::into);
            let told = read.and_then(|read| read.checked_with(&())).err();
            let told = told.and_then(|denial| denial.details().cloned()).unwrap_or_default();
            let told: Vec<_> =
                told.as_array().into_iter().flatten().map(|it| it["pointer"].clone()).collect();
            assert_eq!(told, expected, "{body}");
        };
        check(r#"{"lines":["a"]}"#, &[]);
        check(r#"{"lines":["a"],"top":100}"#, &[]);
        check("{}", &["/lines"]);
        check(r#"{"lines":[]}"#, &["/lines"]);
        check(r#"{"lines":"a"}"#, &["/lines"]);
        check(r#"{"lines":null,"top":null}"#, &["/lines", "/top"]);
        check(r#"{"lines":["a",1,"b",null],"top":"5"}"#, &["/lines/1", "/lines/3", "/top"]);
        check(r#"{"lines":["a"],"top":5.0}"#, &["/top"]);
        check(r#"{"lines":["a"],"top":true,"a/b":1,"x":2}"#, &["/top", "/a~1b", "/x"]);
        check(r#"{"lines":["a"],"lines":["b"]}"#, &["/lines"]);
        check(r#"{"lines":["a"]} x"#, &[""]);
        check("[]", &[""]);
        check("", &[""]);
        check(r#"{"lines":[],"top":101}"#, &["/lines", "/top"]);
        check(&format!(r#"{{"lines":["a","{}"]}}"#, "x".repeat(MAX_LINE + 1)), &["/lines/1"]);
    }
}
