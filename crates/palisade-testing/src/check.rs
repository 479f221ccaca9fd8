use serde_json::Value;

use crate::exchange::Exchange;
use crate::expect::{Check, Expect, Status};
use crate::response::Response;
use crate::template::{Fill, Unfilled};
use crate::wire::{Conversation, End};

/// A shorter token may stand in an answer by chance.
const TELLING: usize = 6;

/// Everything that is wrong with a conversation, one sentence each.
pub(crate) fn conversation(exchange: &Exchange, got: &Conversation, fill: &Fill<'_>) -> Vec<String> {
    let mut problems = Vec::new();
    for (i, expect) in exchange.answers.iter().enumerate() {
        match got.answers.get(i) {
            Some(response) => problems.extend(answer(expect, response, fill)),
            None if expect.may_close && got.end == End::Closed => break,
            None => {
                let how = if got.end == End::Closed { "the connection was closed" } else { "nothing came" };
                problems.push(format!("{how} where an answer was due"));
                break;
            }
        }
    }
    if got.answers.len() > exchange.answers.len() {
        problems.push(format!("{} answers, {} expected", got.answers.len(), exchange.answers.len()));
    }
    match got.end {
        End::Garbled(why) => problems.push(format!("what follows {why}")),
        End::Open | End::Silent if exchange.must_close => problems.push("the connection stayed open".into()),
        End::Open | End::Silent | End::Closed => {}
    }
    problems
}

fn answer(expect: &Expect, response: &Response, fill: &Fill<'_>) -> Vec<String> {
    let code = response.status;
    let mut problems = Vec::new();
    let right = match expect.status {
        Status::Success => (200..300).contains(&code),
        Status::Below500 => code < 500,
        Status::OneOf(codes) => codes.contains(&code),
    };
    if !right {
        let expected = match expect.status {
            Status::Success => "a success".to_owned(),
            Status::Below500 => "any status below 500".to_owned(),
            Status::OneOf(codes) => codes.iter().map(u16::to_string).collect::<Vec<_>>().join(" or "),
        };
        problems.push(format!("status {code}, expected {expected}"));
    }
    problems.extend(always(response, fill));
    for check in &expect.checks {
        if let Err(why) = property(check, response, fill) {
            problems.push(why);
        }
    }
    problems
}

/// What holds for every answer of every case.
fn always(response: &Response, fill: &Fill<'_>) -> Vec<String> {
    let mut problems = Vec::new();
    if response.status == 401 && response.values("www-authenticate").next().is_none() {
        problems.push("401 without WWW-Authenticate".into());
    }
    if response.status >= 400 {
        if !response.complete {
            problems.push("the answer breaks off".into());
        }
        let token = fill.target.token.as_deref().unwrap_or_default();
        if token.len() >= TELLING && contains(response, token) {
            problems.push("a refusal repeats the token".into());
        }
    }
    problems
}

fn property(check: &Check, response: &Response, fill: &Fill<'_>) -> Result<(), String> {
    let has = |name: &str, test: &dyn Fn(&str) -> bool| response.values(name).any(test);
    let (holds, problem) = match *check {
        Check::HeaderPresent(name) => (has(name, &|_| true), format!("no {name}")),
        Check::HeaderAbsent(name) => (!has(name, &|_| true), format!("{name} is there")),
        Check::HeaderStarts(name, prefix) => {
            (has(name, &|value| value.starts_with(prefix)), format!("no {name} begins with {prefix:?}"))
        }
        Check::HeaderLacks(name, text) => {
            (!has(name, &|value| value.contains(text)), format!("{name} contains {text:?}"))
        }
        Check::BodyEmpty => (response.body.is_empty(), "the body is not empty".into()),
        Check::NoInterim => (response.interim.is_empty(), format!("interim answers {:?}", response.interim)),
        Check::JsonIs(pointer, expected) => {
            let json = serde_json::from_slice::<Value>(&response.body).unwrap_or_default();
            let found = json.pointer(pointer).and_then(Value::as_str);
            (found == Some(expected), format!("{pointer} is {found:?}, expected {expected:?}"))
        }
        Check::Lacks(template) => match fill.render(template) {
            Ok(text) => (!contains(response, &text), format!("the answer contains {text:?}")),
            Err(Unfilled::Lacks(what)) => (false, format!("the target states {what}")),
            Err(Unfilled::Unknown(name)) => {
                (false, format!("the case names {name:?}, which is no placeholder"))
            }
        },
        Check::Envelope => return envelope(response),
    };
    if holds { Ok(()) } else { Err(problem) }
}

fn contains(response: &Response, text: &str) -> bool {
    response.text().contains(text)
        || response.headers.iter().any(|(name, value)| name.contains(text) || value.contains(text))
}

/// The documented envelope, or problem details (RFC 9457), with the header lines of every error.
pub(crate) fn envelope(response: &Response) -> Result<(), String> {
    if response.status < 400 {
        // No error at all: the status tells, and one sentence is enough.
        return Ok(());
    }
    let has = |name, test: &dyn Fn(&str) -> bool| response.values(name).any(test);
    let media = |essence: &str| {
        has("content-type", &|value| {
            value.split(';').next().is_some_and(|m| m.trim().eq_ignore_ascii_case(essence))
        })
    };
    let problem = media("application/problem+json");
    if !problem && !media("application/json") {
        return Err("the content type is not JSON".into());
    }
    if !has("cache-control", &|value| value.to_ascii_lowercase().contains("no-store")) {
        return Err("no Cache-Control: no-store".into());
    }
    if !has("x-content-type-options", &|value| value.eq_ignore_ascii_case("nosniff")) {
        return Err("no X-Content-Type-Options: nosniff".into());
    }
    let json: Value =
        serde_json::from_slice(&response.body).map_err(|e| format!("the body is no JSON: {e}"))?;
    let error = if problem { &json } else { json.get("error").ok_or("the body has no member error")? };
    let code = error.get("code").and_then(Value::as_str);
    let expected = code_of(response.status);
    if expected.is_some() && code != expected {
        return Err(format!("the code is {code:?}, expected {expected:?}"));
    }
    let told = |member| error.get(member).and_then(Value::as_str).is_some_and(|text: &str| !text.is_empty());
    if problem && error.get("status").and_then(Value::as_u64) != Some(response.status.into()) {
        return Err("the problem states another status".into());
    }
    if !problem && !told("message") {
        return Err("the error has no message".into());
    }
    if !problem && error.get("details").is_none() {
        return Err("the error has no member details".into());
    }
    Ok(())
}

/// The code that goes with a status.
fn code_of(status: u16) -> Option<&'static str> {
    Some(match status {
        400 => "VALIDATION_ERROR",
        401 => "AUTHENTICATION_FAILED",
        403 => "PERMISSION_DENIED",
        404 => "NOT_FOUND",
        405 => "METHOD_NOT_ALLOWED",
        408 => "REQUEST_TIMEOUT",
        411 => "LENGTH_REQUIRED",
        413 => "PAYLOAD_TOO_LARGE",
        414 => "URI_TOO_LONG",
        415 => "UNSUPPORTED_MEDIA_TYPE",
        429 => "RATE_LIMITED",
        431 => "HEADERS_TOO_LARGE",
        500 => "INTERNAL_ERROR",
        503 => "SERVICE_UNAVAILABLE",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::target::Target;

    const BODY: &str = r#"{"error":{"code":"AUTHENTICATION_FAILED","message":"m","details":null}}"#;

    fn refusal(body: &str, without: &str) -> Response {
        let headers = [
            ("content-type", "application/json"),
            ("cache-control", "no-store"),
            ("x-content-type-options", "nosniff"),
            ("www-authenticate", "Bearer realm=\"api\""),
        ];
        let headers = headers.into_iter().filter(|(name, _)| *name != without);
        Response {
            status: 401,
            headers: headers.map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
            body: body.into(),
            complete: true,
            ..Response::default()
        }
    }

    fn check(expect: &Expect, response: &Response, expected: &[&str]) {
        let target = Target::new(([127, 0, 0, 1], 80).into(), "/v1").token("s3cret");
        assert_eq!(answer(expect, response, &Fill::new(&target)), expected);
    }

    #[test]
    fn a_refusal_is_checked_line_by_line() {
        let expect = Expect::unauthenticated();
        check(&expect, &refusal(BODY, ""), &[]);
        check(&expect, &refusal(BODY, "content-type"), &["the content type is not JSON"]);
        check(&expect, &refusal(BODY, "cache-control"), &["no Cache-Control: no-store"]);
        check(&expect, &refusal(BODY, "x-content-type-options"), &["no X-Content-Type-Options: nosniff"]);
        check(&expect, &refusal(BODY, "www-authenticate"), &["401 without WWW-Authenticate"]);
        check(&expect, &refusal(r#"{"detail":1}"#, ""), &["the body has no member error"]);
        check(
            &expect,
            &refusal(&BODY.replace(",\"details\":null", ""), ""),
            &["the error has no member details"],
        );
        check(&expect, &refusal(&BODY.replace("\"m\"", "\"\""), ""), &["the error has no message"]);
        check(&expect, &refusal(&BODY.replace("\"m\"", "\"s3cret\""), ""), &["a refusal repeats the token"]);
        let other = BODY.replace("AUTHENTICATION_FAILED", "NOPE");
        check(
            &expect,
            &refusal(&other, ""),
            &[r#"the code is Some("NOPE"), expected Some("AUTHENTICATION_FAILED")"#],
        );
        check(&Expect::refused(&[400, 404]), &refusal(BODY, ""), &["status 401, expected 400 or 404"]);
        check(&Expect::success().empty(), &refusal("", ""), &["status 401, expected a success"]);
    }

    #[test]
    fn properties() {
        let any = Expect::below_500;
        let response = refusal(BODY, "");
        check(&any().header("www-authenticate").no_header("allow").no_interim(), &response, &[]);
        check(&any().header("allow"), &response, &["no allow"]);
        check(&any().no_header("cache-control"), &response, &["cache-control is there"]);
        check(
            &any().header_starts("www-authenticate", "Basic"),
            &response,
            &["no www-authenticate begins with \"Basic\""],
        );
        check(
            &any().header_lacks("www-authenticate", "realm"),
            &response,
            &["www-authenticate contains \"realm\""],
        );
        check(&any().json("/error/message", "m"), &response, &[]);
        check(
            &any().json("/error/code", "x"),
            &response,
            &["/error/code is Some(\"AUTHENTICATION_FAILED\"), expected \"x\""],
        );
        check(&any().lacks("{canary}"), &response, &[]);
        check(&any().lacks("FAILED"), &response, &["the answer contains \"FAILED\""]);
        check(&any().empty(), &response, &["the body is not empty"]);
    }
}
