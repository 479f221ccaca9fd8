//! What came back over HTTP/1.1.

/// An answer, read up to the end of its connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The number in its first line.
    pub status: u16,
    /// Its first line, and its header lines.
    pub head: String,
    /// All that comes after, as text.
    pub body: String,
}

impl Answer {
    /// Splits one; nothing where it has no whole head.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (head, body) = text.split_once("\r\n\r\n")?;
        let status = head.split(' ').nth(1)?.parse().ok()?;
        Some(Self { status, head: head.to_owned(), body: body.to_owned() })
    }

    /// A header of this name, in lower case as hyper sends them; empty where it is not there.
    #[must_use]
    pub fn header(&self, name: &str) -> &str {
        self.head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": ")).unwrap_or_default()
    }

    /// Its body, which is JSON.
    ///
    /// # Panics
    ///
    /// Where it is none.
    #[must_use]
    #[allow(clippy::panic, reason = "a test ends here")]
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// A text of this name in the object that is its body.
    ///
    /// # Panics
    ///
    /// Where there is none.
    #[must_use]
    #[allow(clippy::panic, reason = "a test ends here")]
    pub fn text(&self, name: &str) -> String {
        let text = self.json().get(name).and_then(|value| value.as_str().map(str::to_owned));
        text.unwrap_or_else(|| panic!("no text {name}: {self:?}"))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;

    #[test]
    fn an_answer_is_taken_apart() {
        let answer =
            Answer::parse("HTTP/1.1 404 Not Found\r\nx-a: 1: 2\r\nx-ab: 3\r\n\r\n{\"a\":\"b\"}").unwrap();
        assert_eq!((answer.status, answer.header("x-a"), answer.header("x-ab")), (404, "1: 2", "3"));
        assert_eq!((answer.header("x"), &*answer.text("a")), ("", "b"));
        assert_eq!(Answer::parse("HTTP/1.1 404 Not Found\r\nx-a: 1\r\n"), None);
        assert_eq!(Answer::parse("\r\n\r\n"), None);
    }
}
