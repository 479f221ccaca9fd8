use super::{InferenceRequest, Job, PromptRules};
use crate::generator::bundled;
use palisade::{StrictJson, routes::Violations};
use proptest::prelude::*;
use serde_json::json;
use std::sync::Arc;

const RULES: PromptRules = PromptRules { max_prompt: 10 };

/// Where something is wrong, and what.
fn wrong(body: &str) -> Vec<(String, String)> {
    let told = |violations: &Violations| {
        violations.iter().map(|wrong| (wrong.pointer().to_owned(), wrong.code().to_owned())).collect()
    };
    match StrictJson::<InferenceRequest>::from_slice(body.as_bytes()) {
        Err(violations) => told(&violations),
        Ok(StrictJson(request)) => {
            use garde::Validate as _;
            request
                .validate_with(&RULES)
                .err()
                .map(|report| told(&Violations::from(&report)))
                .unwrap_or_default()
        }
    }
}

#[test]
fn every_problem_is_named_with_its_field() {
    let check = |body: &str, expected: &[(&str, &str)]| {
        let found = wrong(body);
        let found: Vec<_> = found.iter().map(|(place, code)| (place.as_str(), code.as_str())).collect();
        assert_eq!(found, expected, "{body}");
    };
    check(r#"{"prompt":"0123456789","model":"llama-7b"}"#, &[]);
    check(r#"{"prompt":"äöüäöüäöüä","model":"llama-7b","max_tokens":512}"#, &[]);
    check(r#"{"prompt":"gate","model":"llama-7b","max_tokens":null}"#, &[]);
    check(r#"{"prompt":"01234567890","model":"llama-7b"}"#, &[("/prompt", "rule")]);
    check(
        r#"{"prompt":" ","model":"","max_tokens":0}"#,
        &[("/max_tokens", "rule"), ("/model", "rule"), ("/prompt", "rule")],
    );
    check(r#"{"prompt":7,"model":["llama-7b"]}"#, &[("/prompt", "type"), ("/model", "type")]);
    check("{}", &[("/prompt", "missing"), ("/model", "missing")]);
    check(r#"{"prompt":"gate","model":"llama-7b","max_tokens":513}"#, &[("/max_tokens", "rule")]);
    check(
        r#"{"prompt":"a","prompt":"b","model":"m","temperature":1}"#,
        &[("/prompt", "duplicate"), ("/temperature", "unknown")],
    );
    for count in ["-1", "1.0", "true", "\"5\"", "18446744073709551616"] {
        let found = wrong(&format!(r#"{{"prompt":"gate","model":"llama-7b","max_tokens":{count}}}"#));
        assert!(found.len() == 1 && found[0].0 == "/max_tokens", "{count} {found:?}");
    }
}

#[test]
fn the_answer_has_the_documented_shape() {
    let [model, ..] = bundled();
    let request = InferenceRequest {
        prompt: "Who keeps the gate?".to_owned(),
        model: "llama-7b".to_owned(),
        max_tokens: Some(16),
    };
    let job = Job::new(request.clone(), Some(Arc::new(model)), 64).unwrap();
    let answer = job.run();
    let text = answer.output.clone();
    assert_eq!(job.tokens().collect::<String>(), text);
    let completion = answer.usage.completion_tokens;
    let expected = json!({
        "model": "llama-7b",
        "output": text,
        "usage": {"prompt_tokens": 5, "completion_tokens": completion, "total_tokens": 5 + completion},
        "finish_reason": if completion == 16 { "length" } else { "stop" },
    });
    assert_eq!(serde_json::to_value(&answer).unwrap(), expected);
    assert_eq!(Job::new(request, None, 64).unwrap_err().kind().status(), 404);
}

proptest! {
    #[test]
    fn any_bytes_are_answered(body in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = wrong(&String::from_utf8_lossy(&body));
    }
}
