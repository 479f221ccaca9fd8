use std::collections::BTreeMap;

use crate::exchange::Likeness;
use crate::response::Response;

/// Header lines that may differ between two answers of one class.
const VOLATILE: [&str; 7] =
    ["connection", "date", "keep-alive", "ratelimit", "ratelimit-policy", "request-id", "x-request-id"];
/// Header lines that may be absent from an answer to HEAD (RFC 9110 §9.3.2).
const FRAMING: [&str; 2] = ["content-length", "transfer-encoding"];

/// Why `other` is not to `model` as it should be.
pub(crate) fn unlike(likeness: Likeness, model: &Response, other: &Response) -> Option<&'static str> {
    let same_status = model.status == other.status;
    match likeness {
        Likeness::Status | Likeness::Head | Likeness::Answer if !same_status => Some("another status"),
        Likeness::Status => None,
        Likeness::Head => (lines(model, &FRAMING) != lines(other, &FRAMING)).then_some("other header lines"),
        Likeness::Answer if lines(model, &[]) != lines(other, &[]) => Some("other header lines"),
        Likeness::Answer => (body(model) != body(other)).then_some("another body"),
        Likeness::OtherBody => {
            (!model.body.is_empty() && model.body == other.body).then_some("the same body")
        }
    }
}

fn lines(response: &Response, also: &[&str]) -> BTreeMap<String, Vec<String>> {
    let mut lines = BTreeMap::<_, Vec<_>>::new();
    for (name, value) in &response.headers {
        let name = name.as_str();
        let volatile = VOLATILE.contains(&name) || name.starts_with("x-ratelimit-") || also.contains(&name);
        if !volatile {
            lines.entry(name.to_owned()).or_default().push(value.clone());
        }
    }
    lines
}

/// The body with the request id taken out.
fn body(response: &Response) -> String {
    let ids = response.values("x-request-id").chain(response.values("request-id"));
    ids.filter(|id| !id.is_empty()).fold(response.text(), |text, id| text.replace(id, "<id>"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn response(status: u16, lines: &[(&str, &str)], body: &str) -> Response {
        let headers = lines.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Response { status, headers, body: body.into(), complete: true, ..Response::default() }
    }

    fn check(likeness: Likeness, other: &Response, expected: Option<&str>) {
        let model = response(401, &[("x-request-id", "r1"), ("content-length", "5"), ("a", "b")], "id=r1");
        assert_eq!(unlike(likeness, &model, other), expected, "{likeness:?} {other:?}");
    }

    #[test]
    fn comparisons() {
        let same = response(401, &[("a", "b"), ("content-length", "5"), ("x-request-id", "r2")], "id=r2");
        check(Likeness::Answer, &same, None);
        check(Likeness::Head, &response(401, &[("a", "b")], ""), None);
        check(Likeness::Head, &response(401, &[("a", "c")], ""), Some("other header lines"));
        check(Likeness::Answer, &response(401, &[("a", "b")], "id=r1"), Some("other header lines"));
        check(Likeness::Answer, &Response { body: "x".into(), ..same.clone() }, Some("another body"));
        check(Likeness::Status, &response(401, &[], "x"), None);
        check(Likeness::Status, &response(403, &[], "x"), Some("another status"));
        check(Likeness::OtherBody, &response(200, &[], "id=r1"), Some("the same body"));
        check(Likeness::OtherBody, &response(200, &[], "id"), None);
    }
}
