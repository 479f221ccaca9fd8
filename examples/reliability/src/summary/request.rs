//! What is posted to be summarised.

use crate::strict::{Members, Problem};
use serde_json::Value;

/// The most lines of one request.
pub const MAX_LINES: usize = 1_000;
/// The longest line, in bytes.
pub const MAX_LINE: usize = 2_000;
/// The most kinds that are told.
pub const MAX_TOP: u64 = 100;
const USUAL_TOP: u64 = 10;

/// The body of `POST /debug/summarize-errors`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SummaryRequest {
    /// The lines.
    pub lines: Vec<String>,
    /// How many kinds are told.
    pub top: usize,
}

impl SummaryRequest {
    /// Reads a JSON body: `lines`, and `top` where it is not 10. A number in a text is no number, and a single text no list.
    ///
    /// # Errors
    ///
    /// Everything that is wrong, by field.
    pub fn from_json(body: &[u8]) -> Result<Self, Vec<Problem>> {
        let mut members = Members::parse(body)?;
        let lines = match members.take("lines") {
            None => members.wrong("lines", "is required"),
            Some(Value::Array(lines)) if (1..=MAX_LINES).contains(&lines.len()) => {
                let texts = lines.into_iter().enumerate().map(|(at, line)| match line {
                    Value::String(line) if line.len() <= MAX_LINE => Some(line),
                    _ => {
                        members.wrong(&format!("lines/{at}"), &format!("a text of at most {MAX_LINE} bytes"))
                    }
                });
                // All of them, so that every wrong one is told.
                texts.collect::<Vec<_>>().into_iter().collect()
            }
            Some(_) => members.wrong("lines", &format!("a list of 1 to {MAX_LINES} texts")),
        };
        let top = match members.take("top") {
            None => Some(USUAL_TOP),
            Some(top) => top.as_u64().filter(|top| (1..=MAX_TOP).contains(top)),
        };
        let top = top.and_then(|top| usize::try_from(top).ok());
        let top = top.or_else(|| members.wrong("top", &format!("a whole number from 1 to {MAX_TOP}")));
        members.finish()?;
        match (lines, top) {
            (Some(lines), Some(top)) => Ok(Self { lines, top }),
            _ => Err(vec![]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_taken_for_something_else() {
        let check = |body: &str, expected: &[&str]| {
            let fields = match SummaryRequest::from_json(body.as_bytes()) {
                Ok(_) => vec![],
                Err(problems) => problems.iter().map(|problem| problem.pointer.clone()).collect(),
            };
            assert_eq!(fields, expected, "{body}");
        };
        check(r#"{"lines":["a"]}"#, &[]);
        check(r#"{"lines":["a"],"top":100}"#, &[]);
        check("{}", &["#/lines"]);
        check(r#"{"lines":[]}"#, &["#/lines"]);
        check(r#"{"lines":"a"}"#, &["#/lines"]);
        check(r#"{"lines":null,"top":null}"#, &["#/lines", "#/top"]);
        check(r#"{"lines":["a",1,"b",null],"top":"5"}"#, &["#/lines/1", "#/lines/3", "#/top"]);
        check(r#"{"lines":["a"],"top":5.0}"#, &["#/top"]);
        check(r#"{"lines":["a"],"top":true,"a/b":1,"x":2}"#, &["#/top", "#/a~1b", "#/x"]);
        check(r#"{"lines":["a"],"lines":["b"]}"#, &["#"]);
        check(r#"{"lines":["a"]} x"#, &["#"]);
        check("[]", &["#"]);
        check("", &["#"]);
        check(&format!(r#"{{"lines":["{}"]}}"#, "x".repeat(MAX_LINE + 1)), &["#/lines/0"]);
    }
}
