#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use super::{MAX_DEPTH, MAX_NODES, MAX_VIOLATIONS, document::from_slice};
use proptest::prelude::*;
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;

#[derive(Debug, Deserialize, PartialEq)]
struct Inference {
    prompt: String,
    model: String,
    #[serde(default)]
    options: Options,
}

#[derive(Debug, Default, Deserialize, PartialEq)]
#[serde(default)]
struct Options {
    tokens: Option<u16>,
    temperature: f32,
    stop: Vec<String>,
    kind: Kind,
    pair: (u8, bool),
}

#[derive(Debug, Default, Deserialize, PartialEq)]
#[serde(rename_all = "snake_case")]
enum Kind {
    #[default]
    Greedy,
    TopK(u32),
    Beam {
        width: u32,
    },
}

fn told(text: impl AsRef<[u8]>) -> Vec<(String, &'static str)> {
    match from_slice::<Inference>(text.as_ref()) {
        Ok(_) => Vec::new(),
        Err(violations) => violations.iter().map(|v| (v.pointer().to_owned(), v.code())).collect(),
    }
}

fn check(text: impl AsRef<[u8]>, expected: &[(&str, &str)]) {
    let told = told(text.as_ref());
    let told: Vec<_> = told.iter().map(|(pointer, code)| (pointer.as_str(), *code)).collect();
    assert_eq!(told, expected, "{}", String::from_utf8_lossy(text.as_ref()));
}

#[test]
fn good_documents_are_read() {
    check(r#"{"prompt":"a","model":"b"}"#, &[]);
    check(" {\"prompt\":\"\\u00e4\\ud83d\\ude00\\n\",\r\n\t\"model\":\"\u{1f600}\"} ", &[]);
    check(
        r#"{"prompt":"a","model":"b","options":{"tokens":65535,"temperature":1,"stop":["x"],"kind":{"top_k":3},"pair":[1,true]}}"#,
        &[],
    );
    check(r#"{"prompt":"a","model":"b","options":{"tokens":null,"kind":{"beam":{"width":2}}}}"#, &[]);
    let maps: BTreeMap<u8, Option<bool>> = from_slice(br#"{"1":true,"255":null}"#).unwrap();
    assert_eq!(maps.len(), 2);
    assert_eq!(from_slice::<Value>(br#"[-1,1.5,"x",{}]"#).unwrap(), serde_json::json!([-1, 1.5, "x", {}]));
}

#[test]
fn everything_wrong_is_told_at_once() {
    check(
        r#"{"prompt":1,"promt":"x"}"#,
        &[("/prompt", "type"), ("/promt", "unknown"), ("/model", "missing")],
    );
    check(
        r#"{"prompt":null,"x":{"y":1,"y":2},"model":["secret"],"options":{"tokens":65536,"temperature":"hot","stop":[1,"a",true],"kind":"best","pair":[1],"z":0}}"#,
        &[
            ("/x/y", "duplicate"),
            ("/prompt", "type"),
            ("/x", "unknown"),
            ("/model", "type"),
            ("/options/tokens", "range"),
            ("/options/temperature", "type"),
            ("/options/stop/0", "type"),
            ("/options/stop/2", "type"),
            ("/options/kind", "variant"),
            ("/options/pair", "value"),
            ("/options/z", "unknown"),
        ],
    );
    check("{}", &[("/prompt", "missing"), ("/model", "missing")]);
    check("[]", &[("", "type")]);
    check("\"x\"", &[("", "type")]);
}

#[test]
fn members_that_stand_twice_are_found_however_they_are_spelled() {
    check(r#"{"prompt":"a","prompt":"b","model":"c"}"#, &[("/prompt", "duplicate")]);
    check(r#"{"prompt":"a","pr\u006fmpt":"b","model":"c"}"#, &[("/prompt", "duplicate")]);
    check(
        r#"{"prompt":"a","model":"b","options":{"stop":[],"st\u006Fp":[]}}"#,
        &[("/options/stop", "duplicate")],
    );
    let nested = from_slice::<Value>(br#"{"a":[{"b":1,"b":1}]}"#).unwrap_err();
    assert_eq!(nested.iter().next().unwrap().pointer(), "/a/0/b");
}

#[test]
fn nothing_is_coerced() {
    for (value, code) in
        [("\"1\"", "type"), ("1.0", "type"), ("1e2", "type"), ("true", "type"), ("-1", "range")]
    {
        check(
            format!(r#"{{"prompt":"a","model":"b","options":{{"tokens":{value}}}}}"#),
            &[("/options/tokens", code)],
        );
    }
    // An array would leave the meaning of its elements to the order of fields.
    check(r#"["a","b"]"#, &[("", "type")]);
    check(r#"{"prompt":"a","model":"b","options":{"kind":{"greedy":null}}}"#, &[("/options/kind", "type")]);
    check(r#"{"prompt":"a","model":"b","options":{"pair":[1,true,2]}}"#, &[("/options/pair", "value")]);
    assert!(from_slice::<BTreeMap<u8, u8>>(br#"{"01":1}"#).is_err());
    assert!(from_slice::<BTreeMap<u8, u8>>(br#"{"+1":1}"#).is_err());
}

#[test]
fn what_is_no_document_is_told_as_such() {
    check("", &[("", "empty")]);
    check(" \n", &[("", "empty")]);
    check("\u{feff}{}", &[("", "byte_order_mark")]);
    check(b"{\"prompt\":\"\xff\"}", &[("", "encoding")]);
    check(r#"{"prompt":"a","model":"b"} {}"#, &[("", "trailing")]);
    check("{}\0", &[("", "trailing")]);
    for text in [
        "{",
        "[1,]",
        "{\"a\":1,}",
        "{a:1}",
        "{'a':1}",
        "nul",
        "NaN",
        "Infinity",
        "-",
        "01",
        "1.",
        ".5",
        "+1",
        "1e",
        "\"a\nb\"",
        "\"\\x\"",
        "\"\\u12\"",
        "// x\n1",
        "\"",
        "\u{a0}1",
        "[1 2]",
        "{\"a\" 1}",
        "0x1",
    ] {
        let codes: Vec<_> = told(text).into_iter().map(|(_, code)| code).collect();
        assert!(matches!(codes[..], ["syntax" | "trailing"]), "{text}: {codes:?}");
    }
    check(
        r#"{"prompt":"\ud800","model":"\ude00x"}"#,
        &[("/prompt", "lone_surrogate"), ("/model", "lone_surrogate")],
    );
    check(r#"{"prompt":"\ud800\u0041","model":"b"}"#, &[("/prompt", "lone_surrogate")]);
    let infinite = from_slice::<Value>(b"[1e400]").unwrap_err();
    assert_eq!(infinite.iter().next().unwrap().code(), "range");
}

#[test]
fn documents_are_bounded() {
    let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    assert!(from_slice::<Value>(nested(MAX_DEPTH).as_bytes()).is_ok());
    let deep = from_slice::<Value>(nested(MAX_DEPTH + 1).as_bytes()).unwrap_err();
    assert_eq!(deep.iter().next().unwrap().code(), "too_deep");
    assert!(from_slice::<Value>(nested(1_000_000).as_bytes()).is_err());

    let wide = |nodes: u32| format!("[{}]", vec!["0"; nodes as usize - 1].join(","));
    assert!(from_slice::<Value>(wide(MAX_NODES).as_bytes()).is_ok());
    let many = from_slice::<Value>(wide(MAX_NODES + 1).as_bytes()).unwrap_err();
    assert_eq!(many.iter().next().unwrap().code(), "too_many_values");

    let unknown: Vec<_> = (0..200).map(|at| format!("\"x{at}\":0")).collect();
    assert_eq!(told(format!("{{{}}}", unknown.join(","))).len(), MAX_VIOLATIONS);
}

#[test]
fn values_and_long_names_are_never_repeated() {
    let long = "n".repeat(1000);
    let text =
        format!(r#"{{"prompt":{{"{long}":"hunter2"}},"{long}":"hunter2","options":{{"kind":"hunter2"}}}}"#);
    let violations = from_slice::<Inference>(text.as_bytes()).unwrap_err();
    let denial = palisade_core::Denial::from(violations);
    let told = denial.details().unwrap().to_string();
    assert!(!told.contains("hunter2") && !told.contains(&long), "{told}");
}

proptest! {
    #[test]
    fn arbitrary_bytes_never_panic(bytes: Vec<u8>) {
        let _ = from_slice::<Inference>(&bytes);
    }

    #[test]
    fn arbitrary_json_never_panics_and_agrees_with_other_readers(text in r#"[\[\]{}:,"\\a0-9eE+.\- tfnu]{0,40}"#) {
        if from_slice::<Value>(text.as_bytes()).is_ok() {
            prop_assert!(serde_json::from_str::<Value>(&text).is_ok(), "{}", text);
        }
    }

    #[test]
    fn what_serde_json_writes_is_read(value in any::<Vec<(String, i64, f64, Option<bool>)>>()) {
        let value = serde_json::to_value(value).unwrap();
        prop_assert_eq!(from_slice::<Value>(value.to_string().as_bytes()).unwrap(), value);
    }
}
