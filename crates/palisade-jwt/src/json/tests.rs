//! Tables for the reader.

use super::*;
use serde_json::json;

#[allow(clippy::needless_pass_by_value, reason = "a table reads better so")]
fn check(text: &str, expected: Result<Value, JsonError>) {
    let read = Reader::new(text.as_bytes()).and_then(|mut reader| {
        let value = reader.document()?;
        if reader.duplicate { Err(JsonError::Duplicate) } else { Ok(value) }
    });
    assert_eq!(read, expected, "{text}");
}

#[test]
fn values() {
    check(
        " [ 1 , -2.5e1 , true , false , null , \"a\" , { } ] ",
        Ok(json!([1, -25.0, true, false, null, "a", {}])),
    );
    check("18446744073709551615", Ok(json!(u64::MAX)));
    check("-9223372036854775808", Ok(json!(i64::MIN)));
    check("18446744073709551616", Ok(json!(18_446_744_073_709_551_616.0)));
    check("1E+2", Ok(json!(100.0)));
    check(r#""\u00e9\ud83d\ude00\\\/\b\f\n\r\t\"""#, Ok(json!("é😀\\/\u{8}\u{c}\n\r\t\"")));
    check("\"é😀\u{7f}\"", Ok(json!("é😀\u{7f}")));
}

#[test]
fn what_is_no_json() {
    for text in [
        "",
        " ",
        "+1",
        "01",
        "-",
        "1.",
        ".1",
        "1e",
        "1e+",
        "1e999",
        "-1e999",
        "NaN",
        "Infinity",
        "True",
        "nul",
        "'a'",
        "\"a",
        "\"\n\"",
        "\"\u{0}\"",
        r#""\x""#,
        r#""\u12g4""#,
        r#""\u12""#,
        r#""\ud800""#,
        r#""\udc00""#,
        r#""\ud800\u0041""#,
        r#""\ud800x""#,
        "[1,]",
        "[,1]",
        "[1 2]",
        "[",
        "]",
        "{",
        "{\"a\"}",
        "{\"a\":}",
        "{\"a\":1,}",
        "{a:1}",
        "{1:1}",
        "1 1",
        "\u{feff}1",
        "/**/1",
        "\u{a0}1",
    ] {
        check(text, Err(JsonError::Syntax));
    }
    assert!(Reader::new(b"\xff").is_err() && Reader::new(b"\"\xc0\x80\"").is_err());
}

#[test]
fn a109_names_are_compared_after_their_escapes() {
    check(r#"{"a":1,"b":{"a":1}}"#, Ok(json!({"a": 1, "b": {"a": 1}})));
    for text in [r#"{"a":1,"a":1}"#, r#"{"a":1,"\u0061":2}"#, r#"[[{"b":{"é":1,"\u00e9":2}}]]"#] {
        check(text, Err(JsonError::Duplicate));
    }
}

#[test]
fn depth_is_bounded() {
    let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    assert!(Reader::new(nested(MAX_DEPTH).as_bytes()).unwrap().document().is_ok());
    check(&nested(MAX_DEPTH + 1), Err(JsonError::Deep));
    check(&"[".repeat(100_000), Err(JsonError::Deep));
    check(&r#"{"a":"#.repeat(100_000), Err(JsonError::Deep));
    let wide = format!("[{}[]]", "[],".repeat(1_000));
    assert!(
        Reader::new(wide.as_bytes()).unwrap().document().is_ok(),
        "beside each other is not within each other"
    );
}
