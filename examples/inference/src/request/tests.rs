use proptest::prelude::*;
use serde_json::{Value, json};

use super::{InferenceRequest, Problem};

fn problems(body: &str) -> Vec<(String, String)> {
    let read = InferenceRequest::from_json(body.as_bytes());
    let found = read.and_then(|request| request.validate(10).map(|_| ())).err().unwrap_or_default();
    found.into_iter().map(|Problem { pointer, detail }| (pointer, detail)).collect()
}

#[test]
fn every_problem_is_named_with_its_field() {
    let check = |body: &str, expected: &[(&str, &str)]| {
        let found = problems(body);
        let found: Vec<_> =
            found.iter().map(|(pointer, detail)| (pointer.as_str(), detail.as_str())).collect();
        assert_eq!(found, expected, "{body}");
    };
    let no_model = ("#/model", "must name one of the models listed at /api/v1/models");
    let no_count = ("#/max_tokens", "must be an integer from 1 to 512");
    check(r#"{"prompt":"0123456789","model":"llama-7b"}"#, &[]);
    check(r#"{"prompt":"äöüäöüäöüä","model":"llama-7b","max_tokens":512}"#, &[]);
    check(r#"{"prompt":"gate","model":"llama-7b","max_tokens":null}"#, &[]);
    check(r#"{"prompt":"01234567890","model":"llama-7b"}"#, &[("#/prompt", "must be at most 10 characters")]);
    check(
        r#"{"prompt":" ","model":"gpt","max_tokens":0}"#,
        &[("#/prompt", "must contain at least one visible character"), no_model, no_count],
    );
    check(
        r#"{"prompt":7,"model":["llama-7b"],"max_tokens":"5"}"#,
        &[("#/prompt", "must be a string"), ("#/model", "must be a string"), no_count],
    );
    check(
        "{}",
        &[("#/prompt", "is required and must be a string"), ("#/model", "is required and must be a string")],
    );
    for count in ["-1", "1.0", "513", "1e2", "true", "18446744073709551616"] {
        check(&format!(r#"{{"prompt":"gate","model":"llama-7b","max_tokens":{count}}}"#), &[no_count]);
    }
}

#[test]
fn an_unreadable_body_is_one_problem_of_the_whole() {
    let check = |body: &str, expected: &str| {
        let found = problems(body);
        assert_eq!(found.len(), 1, "{body}");
        assert_eq!(found[0].0, "#");
        assert!(found[0].1.contains(expected), "{body}: {}", found[0].1);
    };
    check("", "must be one JSON object");
    check("{", "line 1 column 1");
    check("nonsense", "must be one JSON object");
    check(r#"{"prompt":"a","model":"llama-7b"} x"#, "must be one JSON object");
    check(r#""text""#, "expected struct");
    check(r#"{"prompt":"a","model":"llama-7b","temperature":1}"#, "unknown field `temperature`");
    check(r#"{"prompt":"a","prompt":"b","model":"llama-7b"}"#, "duplicate field `prompt`");
}

#[test]
fn a_problem_stays_short() {
    let body = format!(r#"{{"{}":1}}"#, "ä".repeat(100_000));
    assert_eq!(problems(&body)[0].1.chars().count(), 161);
}

#[test]
fn deep_nesting_is_refused_and_not_followed() {
    let body = format!(r#"{{"prompt":{}"#, "[".repeat(100_000));
    assert_eq!(problems(&body).len(), 1);
}

#[test]
fn the_answer_has_the_documented_shape() {
    let body = r#"{"prompt":"Who keeps the gate?","model":"llama-7b","max_tokens":16}"#;
    let request = InferenceRequest::from_json(body.as_bytes()).unwrap();
    let job = request.validate(10_000).unwrap();
    let answer = job.run();
    let text = answer.output.clone();
    assert_eq!(job.stream().collect::<String>(), text);
    let completion = answer.usage.completion_tokens;
    let expected = json!({
        "model": "llama-7b",
        "output": text,
        "usage": {"prompt_tokens": 5, "completion_tokens": completion, "total_tokens": 5 + completion},
        "finish_reason": if completion == 16 { "length" } else { "stop" },
    });
    assert_eq!(serde_json::to_value(&answer).unwrap(), expected);
}

#[test]
fn plain_serde_refuses_unknown_fields_too() {
    let body = json!({"prompt": "a", "model": "b", "x": 1});
    assert!(serde_json::from_value::<InferenceRequest>(body).is_err());
}

proptest! {
    #[test]
    fn any_bytes_are_answered(body in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = InferenceRequest::from_json(&body);
    }

    #[test]
    fn from_json_and_serde_accept_the_same(prompt in "\\PC{0,20}", model in "[a-z]{0,5}", count in any::<Option<u64>>(), drop in 0..4) {
        let mut body = json!({"prompt": prompt, "model": model, "max_tokens": count});
        let dropped = ["prompt", "model", "max_tokens", ""][drop as usize];
        body.as_object_mut().unwrap().remove(dropped);
        let ours = InferenceRequest::from_json(body.to_string().as_bytes()).ok();
        let theirs = serde_json::from_value::<InferenceRequest>(Value::clone(&body)).ok();
        prop_assert_eq!(ours, theirs);
    }
}
