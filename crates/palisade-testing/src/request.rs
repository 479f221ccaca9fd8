use crate::template::{Fill, Unfilled};

/// Bytes to send, as a template: written to the socket as they stand, with no client between that would tidy them.
///
/// Placeholders in braces are filled from the [`Target`](crate::Target): `{protected}`, `{token}`, `{n}` (counts
/// repetitions), `{repeat:8193:a}` and others; `{{` writes one opening brace.
#[derive(Clone, Debug)]
pub struct Request {
    start: String,
    lines: Vec<String>,
    tail: String,
    keep_alive: bool,
}

impl Request {
    /// A request for `target` by `method`, with a `Host` line and, unless kept alive, `Connection: close`.
    #[must_use]
    pub fn new(method: &str, target: &str) -> Self {
        Self::start(format!("{method} {target} HTTP/1.1"))
    }

    /// A request that begins with this line, for other versions and odd request lines.
    #[must_use]
    pub fn start(line: impl Into<String>) -> Self {
        Self {
            start: line.into(),
            lines: vec!["Host: {host}".into()],
            tail: String::new(),
            keep_alive: false,
        }
    }

    /// `GET target`.
    #[must_use]
    pub fn get(target: &str) -> Self {
        Self::new("GET", target)
    }

    /// `HEAD target`; the answer is read as one without a body.
    #[must_use]
    pub fn head(target: &str) -> Self {
        Self::new("HEAD", target)
    }

    /// `POST target` with a JSON body.
    #[must_use]
    pub fn post(target: &str) -> Self {
        Self::new("POST", target).body("application/json", "{{}")
    }

    /// Adds one header line, without its line end.
    #[must_use]
    pub fn line(mut self, line: impl Into<String>) -> Self {
        self.lines.push(line.into());
        self
    }

    /// Adds the valid bearer token.
    #[must_use]
    pub fn bearer(self) -> Self {
        self.line("Authorization: Bearer {token}")
    }

    /// Adds a body with its length and type.
    #[must_use]
    pub fn body(self, content_type: &str, text: &str) -> Self {
        self.line(format!("Content-Type: {content_type}")).line("Content-Length: {tail_length}").tail(text)
    }

    /// Adds bytes behind the head, with no framing of their own: a body, or a second request.
    #[must_use]
    pub fn tail(mut self, text: impl AsRef<str>) -> Self {
        self.tail.push_str(text.as_ref());
        self
    }

    /// Leaves out `Connection: close`.
    #[must_use]
    pub fn keep_alive(mut self) -> Self {
        self.keep_alive = true;
        self
    }

    /// Appends another request, to be sent without waiting for the answer to this one.
    #[must_use]
    pub fn pipeline(mut self, next: &Self) -> Self {
        self.keep_alive = true;
        let next = next.head_template() + &next.tail;
        self.tail(next)
    }

    pub(crate) fn is_head(&self) -> bool {
        self.start.starts_with("HEAD ")
    }

    /// Fills the template. `{tail_length}` counts what stands behind the first head.
    pub(crate) fn render(&self, fill: &Fill<'_>) -> Result<String, Unfilled> {
        let tail = fill.render(&self.tail)?;
        let head = Fill { tail_length: tail.len(), ..*fill }.render(&self.head_template())?;
        Ok(head + &tail)
    }

    fn head_template(&self) -> String {
        let mut head = self.start.clone();
        let close = (!self.keep_alive).then_some("Connection: close");
        for line in self.lines.iter().map(String::as_str).chain(close) {
            head.push_str("\r\n");
            head.push_str(line);
        }
        head + "\r\n\r\n"
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::target::Target;

    fn check(request: &Request, expected: &str) {
        let target = Target::new(([127, 0, 0, 1], 80).into(), "/v1").host("h").token("t");
        assert_eq!(request.render(&Fill::new(&target)).unwrap(), expected);
    }

    #[test]
    fn rendering() {
        check(&Request::get("{protected}"), "GET /v1 HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
        check(
            &Request::post("/x").bearer().keep_alive(),
            "POST /x HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\
             Authorization: Bearer t\r\n\r\n{}",
        );
        check(
            &Request::get("/a").pipeline(&Request::get("/b")),
            "GET /a HTTP/1.1\r\nHost: h\r\n\r\nGET /b HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n",
        );
    }
}
