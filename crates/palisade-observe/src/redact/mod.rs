//! Secrets in free text.

mod shape;
mod writer;

use palisade_core::Recogniser;
use regex::{NoExpand, Regex};
use shape::MASK;
use std::{borrow::Cow, fmt, sync::Arc};
pub use writer::Redacting;

/// A pattern that is no regular expression, or one that matches nothing at all.
#[derive(Debug, thiserror::Error)]
#[error("pattern {index}: {reason}")]
pub struct InvalidPattern {
    index: usize,
    reason: String,
}

/// Masks secrets and e-mail addresses in free text: error texts, and what libraries log.
///
/// It knows credentials by their shape: JSON Web Tokens, what follows `Bearer`, `Basic` and their like, what stands before the
/// `@` of a URL, values of parameters such as `access_token` and `password`, e-mail addresses, keys that a
/// [`Recogniser`] knows, and patterns of your own. Of an e-mail address its first letter and its domain stay.
///
/// It is a net below the rope: what palisade writes itself has no secret in it to begin with.
///
/// ```
/// use palisade_observe::Redactor;
///
/// let redactor = Redactor::new().pattern(r"PAT-[0-9]{6}")?;
/// assert_eq!(redactor.redact("postgres://app:hunter2@db/main"), "postgres://[redacted]@db/main");
/// assert_eq!(redactor.redact("patient PAT-123456 of ada@example.org"), "patient [redacted] of a***@example.org");
/// assert_eq!(redactor.redact("authorization: Bearer abc.def"), "authorization: Bearer [redacted]");
/// # Ok::<(), palisade_observe::InvalidPattern>(())
/// ```
#[derive(Clone, Default)]
pub struct Redactor {
    recognisers: Vec<Arc<dyn Recogniser>>,
    patterns: Vec<Regex>,
}

impl Redactor {
    /// Knows credentials and e-mail addresses by their shape.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Masks what this knows, too.
    #[must_use]
    pub fn recogniser(mut self, recogniser: Arc<dyn Recogniser>) -> Self {
        self.recognisers.push(recogniser);
        self
    }

    /// Masks what this regular expression matches, too; matching takes time in proportion to the text, whatever the pattern.
    ///
    /// # Errors
    ///
    /// Where it is no regular expression, or matches the empty text.
    pub fn pattern(mut self, pattern: &str) -> Result<Self, InvalidPattern> {
        let index = self.patterns.len();
        let regex =
            Regex::new(pattern).map_err(|error| InvalidPattern { index, reason: error.to_string() })?;
        if regex.is_match("") {
            return Err(InvalidPattern { index, reason: "matches the empty text".to_owned() });
        }
        self.patterns.push(regex);
        Ok(self)
    }

    /// The text with everything masked that should not be read.
    #[must_use]
    pub fn redact<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let mut redacted =
            shape::mask(text, &|word| self.recognisers.iter().any(|known| known.recognises(word)));
        for pattern in &self.patterns {
            if let Cow::Owned(masked) = pattern.replace_all(&redacted, NoExpand(MASK)) {
                redacted = Cow::Owned(masked);
            }
        }
        redacted
    }
}

impl fmt::Debug for Redactor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Redactor")
            .field("recognisers", &self.recognisers)
            .field("patterns", &self.patterns.len())
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[derive(Debug)]
    struct Ours;

    impl Recogniser for Ours {
        fn recognises(&self, word: &str) -> bool {
            word.strip_prefix("acme_").is_some_and(|rest| rest.len() == 8)
        }
    }

    fn check(text: &str, expected: &str) {
        let redactor = Redactor::new().recogniser(Arc::new(Ours)).pattern("PAT-[0-9]+").unwrap();
        assert_eq!(redactor.redact(text), expected);
        // What was masked stays masked, and nothing more is lost.
        assert_eq!(redactor.redact(expected), expected);
    }

    #[test]
    fn shapes() {
        const JWT: &str = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhIn0.c2lnbmF0dXJl";
        check("nothing to see in GET /models/{name} 200", "nothing to see in GET /models/{name} 200");
        check(&format!("token {JWT}."), "token [redacted].");
        check(&format!("?jwt={JWT}&x=1"), "?jwt=[redacted]&x=1");
        check(&format!("eyJ{}", &JWT[3..]), "[redacted]");
        check("Bearer abc", "Bearer [redacted]");
        check("authorization: bEaReR  abc, x", "authorization: bEaReR  [redacted], x");
        check("Basic dXNlcjpwYXNz== y", "Basic [redacted] y");
        check("basic research", "basic [redacted]");
        check("key acme_12345678 used", "key [redacted] used");
        check("\"acme_12345678\"", "\"[redacted]\"");
        check("acme_1234567", "acme_1234567");
        check("of PAT-1234.", "of [redacted].");
        check("to ada.l+x@mail.example.org, now", "to a***@mail.example.org, now");
        check("zoë@example.org", "z***@example.org");
        check("a@b", "a@b");
        check("redis://:hunter2@10.0.0.1:6379/0 down", "redis://[redacted]@10.0.0.1:6379/0 down");
        check("https://example.org/a@b", "https://example.org/a@b");
        check("?access_token=abc&page=2", "?access_token=[redacted]&page=2");
        check("password=hunter2;x", "password=[redacted];x");
        check("{\"password\":\"hunter2\",\"a\":1}", "{\"password\":\"[redacted]\",\"a\":1}");
        check("API_KEY: hunter2", "API_KEY: [redacted]");
        check("code=42", "code=[redacted]");
        check("status code 42", "status code 42");
    }

    #[test]
    fn a278_the_whole_value_is_masked() {
        check("{\"password\":\"correct horse, battery\",\"a\":1}", "{\"password\":\"[redacted]\",\"a\":1}");
        check(r#"password="hunter \"2\", x" y"#, r#"password="[redacted]" y"#);
        check(r#"{\"secret\":\"a b\",\"c\":1}"#, r#"{\"secret\":\"[redacted]\",\"c\":1}"#);
        check("password='correct horse", "password='[redacted]");
        check("cookie: theme=dark; sid=abc\nhost: x", "cookie: [redacted]\nhost: x");
        check("{\"cookie\": \"theme=dark; sid=abc\"}", "{\"cookie\": \"[redacted]\"}");
        check("set-cookie: sid=abc; Path=/", "set-cookie: [redacted]");
    }

    #[test]
    fn a278_secrets_are_known_however_their_names_are_written() {
        check("accessToken=abc", "accessToken=[redacted]");
        check("\"clientSecret\": \"abc\"", "\"clientSecret\": \"[redacted]\"");
        check("PGPASSWORD=hunter2 psql", "PGPASSWORD=[redacted] psql");
        check("app.db.password: hunter2", "app.db.password: [redacted]");
        check("x-amz-signature=abc&x=1", "x-amz-signature=[redacted]&x=1");
        check("page_token=abc&tokens=3&keys=4", "page_token=abc&tokens=3&keys=4");
    }

    #[test]
    fn a280_what_is_escaped_is_no_other_word() {
        check(
            "/cb?to=https%3A%2F%2Fx%3Faccess_token%3Dabc",
            "/cb?to=https%3A%2F%2Fx%3Faccess_token%3D[redacted]",
        );
        check("to=x%3Fpage%3D2%26code%3Dabc", "to=x%3Fpage%3D2%26code%3D[redacted]");
        check("a=b%20eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhIn0.c2ln", "a=b%20[redacted]");
        check("a=b%3Dacme_12345678", "a=b%3D[redacted]");
        check("Authorization%3A%20Bearer%20abc", "Authorization%3A[redacted]");
        check("100%access_token=abc", "100%access_token=[redacted]");
    }

    #[test]
    fn a317_the_work_grows_with_the_text_and_not_with_its_square() {
        // With its square this would take minutes.
        for name in ["password=&", "password=\"\"", "a://", "Bearer;", "x%3F", "a@b.", "secret: "] {
            assert!(Redactor::new().redact(&name.repeat(100_000)).len() >= 100_000);
        }
    }

    #[test]
    fn patterns_that_would_mask_everything_are_refused() {
        let said = |pattern: &str| Redactor::new().pattern(pattern).unwrap_err().to_string();
        assert!(said("(").starts_with("pattern 0: "));
        assert_eq!(said("a*"), "pattern 0: matches the empty text");
    }

    proptest! {
        #[test]
        fn any_text_is_masked_without_a_panic_and_once_is_enough(text in ".{0,80}") {
            let redactor = Redactor::new();
            let once = redactor.redact(&text).into_owned();
            prop_assert_eq!(redactor.redact(&once), once.clone());
        }

        #[test]
        fn a_token_is_found_wherever_it_stands(before in "[ -~]{0,12}[ \"=:,;(&?]", after in "[ \"',;)&]?[ -~]{0,12}") {
            const JWT: &str = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhIn0.c2lnbmF0dXJl";
            prop_assume!(after.is_empty() || !after.starts_with(|c: char| c.is_ascii_alphanumeric() || "-_.~+/%=@".contains(c)));
            let redacted = Redactor::new().redact(&format!("{before}{JWT}{after}")).into_owned();
            prop_assert!(!redacted.contains("c2lnbmF0dXJl"), "{redacted}");
        }
    }
}
