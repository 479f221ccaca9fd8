use crate::request::Request;
use crate::target::Target;
use crate::template::Fill;
use crate::wire::{Conversation, End};

/// How many characters of each direction a report shows.
const SHOWN: usize = 600;

/// What was sent, with every credential replaced by its name.
pub(crate) fn sent(request: &Request, target: &Target) -> String {
    let fill = Fill { redact: true, ..Fill::new(target) };
    request.render(&fill).map_or_else(|_| "nothing".into(), |text| shortened(&text))
}

/// What came back, with the tokens blotted out.
pub(crate) fn received(got: &Conversation, target: &Target) -> String {
    let mut text = String::new();
    for response in &got.answers {
        for code in &response.interim {
            text.push_str(&format!("{code}\n"));
        }
        text.push_str(&format!("{}\n", response.status));
        for (name, value) in &response.headers {
            text.push_str(&format!("{name}: {value}\n"));
        }
        text.push_str(&response.text());
        text.push('\n');
    }
    text.push_str(match got.end {
        End::Closed => "(closed)",
        End::Open => "(open)",
        End::Silent => "(silent)",
        End::Garbled(_) => "(not HTTP)",
    });
    let tokens = [&target.token, &target.weak_token, &target.retired_token];
    let tokens = tokens.into_iter().flatten().filter(|token| !token.is_empty());
    shortened(&tokens.fold(text, |text, token| text.replace(token, "[token]")))
}

/// Control characters escaped, line ends kept, the rest cut off.
fn shortened(text: &str) -> String {
    let mut out = String::new();
    for c in text.replace("\r\n", "\n").trim_end().chars().take(SHOWN) {
        if c.is_control() && c != '\n' { out.extend(c.escape_default()) } else { out.push(c) }
    }
    if text.chars().nth(SHOWN).is_some() {
        out.push_str(&format!("… ({} bytes)", text.len()));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::response::Response;

    #[test]
    fn credentials_do_not_reach_a_report() {
        let target = Target::new(([127, 0, 0, 1], 80).into(), "/v1").host("h").token("s3cret");
        let request = Request::get("/?k={token}").bearer().line("X: \x01");
        let shown =
            "GET /?k=[token] HTTP/1.1\nHost: h\nAuthorization: Bearer [token]\nX: \\u{1}\nConnection: close";
        assert_eq!(sent(&request, &target), shown);
        let response = Response { status: 200, body: "is s3cret".into(), ..Response::default() };
        let got = Conversation { answers: vec![response], end: End::Closed };
        assert_eq!(received(&got, &target), "200\nis [token]\n(closed)");
    }

    #[test]
    fn long_text_is_cut() {
        let text = "a".repeat(2000);
        assert_eq!(shortened(&text), "a".repeat(600) + "… (2000 bytes)");
    }
}
