use crate::target::Target;

/// What a case plants in a request and never wants to read in an answer.
pub(crate) const CANARY: &str = "c4n4ry-7e1b9d5a";

/// Beyond the stated limit, so that rounding and framing do not matter.
const OVER: usize = 4096;

/// The values that placeholders of one request stand for.
pub(crate) struct Fill<'a> {
    pub(crate) target: &'a Target,
    /// Counts repetitions of one request from 1.
    pub(crate) n: u32,
    /// Length in bytes of what follows the head.
    pub(crate) tail_length: usize,
    /// Write `[token]` for every credential.
    pub(crate) redact: bool,
}

/// Why a template could not be filled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Unfilled {
    /// The target does not state this.
    Lacks(&'static str),
    /// The template is wrong.
    Unknown(String),
}

impl<'a> Fill<'a> {
    pub(crate) fn new(target: &'a Target) -> Self {
        Self { target, n: 1, tail_length: 0, redact: false }
    }

    /// Replaces each `{placeholder}`; `{{` stands for one brace, a closing brace alone for itself.
    pub(crate) fn render(&self, template: &str) -> Result<String, Unfilled> {
        let mut out = String::with_capacity(template.len());
        let mut rest = template;
        while let Some((before, after)) = rest.split_once('{') {
            out.push_str(before);
            if let Some(after) = after.strip_prefix('{') {
                out.push('{');
                rest = after;
                continue;
            }
            let Some((name, after)) = after.split_once('}') else {
                return Err(Unfilled::Unknown(after.to_owned()));
            };
            out.push_str(&self.value(name)?);
            rest = after;
        }
        out.push_str(rest);
        Ok(out)
    }

    fn value(&self, name: &str) -> Result<String, Unfilled> {
        let target = self.target;
        let path = target.protected.as_str();
        let (parent, leaf) = path.rsplit_once('/').unwrap_or(("", path));
        Ok(match name {
            "host" => target.host.clone(),
            "canary" => CANARY.to_owned(),
            // Ends an IPv4 or IPv6 address, hence within one octet and never zero.
            "n" => (self.n.saturating_sub(1) % 250 + 1).to_string(),
            "tail_length" => self.tail_length.to_string(),
            "wrong_method" => target.wrong_method.clone(),
            "protected" => path.to_owned(),
            "parent" => parent.to_owned(),
            "leaf" => leaf.to_owned(),
            "protected_tail" => path.trim_start_matches('/').to_owned(),
            "protected_upper" => path.to_ascii_uppercase(),
            "protected_mixed" => format!("{parent}/{}", capitalised(leaf)),
            "protected_post" => stated(target.protected_post.as_ref(), "no protected POST route")?,
            "public" => stated(target.public.as_ref(), "no public route")?,
            "wildcard" => stated(target.public_wildcard.as_ref(), "no public wildcard route")?,
            "stream" => target.stream.as_ref().unwrap_or(&target.protected).clone(),
            "panic" => stated(target.panic.as_ref().map(|(path, _)| path), "no panic route")?,
            "panic_canary" => stated(target.panic.as_ref().map(|(_, text)| text), "no panic route")?,
            "api_key_header" => stated(target.api_key_header.as_ref(), "no API key header")?,
            "header_pad" => filler(target.header_limit, "no header limit")?,
            "body_over_limit" => filler(target.body_limit, "no body limit")?,
            "chunks_over_limit" => chunked(&filler(target.body_limit, "no body limit")?),
            _ => match name.split_once(':') {
                Some(("up", step)) => step.repeat(depth(&self.value("wildcard")?)),
                Some(("repeat", rest)) => repeated(rest).ok_or_else(|| Unfilled::Unknown(name.to_owned()))?,
                _ => self.credential(name)?,
            },
        })
    }

    fn credential(&self, name: &str) -> Result<String, Unfilled> {
        let target = self.target;
        let token = || stated(target.token.as_ref(), "no token");
        let value = match name {
            "token" => token()?,
            "token_other_first" => exchanged(&token()?, 0),
            "token_other_last" => {
                token().map(|token| exchanged(&token, token.chars().count().saturating_sub(1)))?
            }
            "token_shorter" => {
                token().map(|token| token.chars().take(token.chars().count() / 2).collect())?
            }
            "token_other_case" => token()?.chars().map(other_case).collect(),
            "token_full_width" => token()?.chars().map(full_width).collect(),
            "weak_token" => stated(target.weak_token.as_ref(), "no token without the scope")?,
            "retired_token" => stated(target.retired_token.as_ref(), "no retired token")?,
            _ => return Err(Unfilled::Unknown(name.to_owned())),
        };
        Ok(if self.redact { format!("[{name}]") } else { value })
    }
}

fn stated(value: Option<&String>, lack: &'static str) -> Result<String, Unfilled> {
    value.cloned().ok_or(Unfilled::Lacks(lack))
}

fn filler(limit: Option<usize>, lack: &'static str) -> Result<String, Unfilled> {
    limit.map(|limit| "a".repeat(limit.saturating_add(OVER))).ok_or(Unfilled::Lacks(lack))
}

/// `10:ab` is `ab` ten times.
fn repeated(rest: &str) -> Option<String> {
    let (times, text) = rest.split_once(':')?;
    let times: usize = times.parse().ok().filter(|times| *times <= 2 << 20)?;
    Some(text.repeat(times))
}

/// How many directories a prefix such as `/public/` is deep.
fn depth(prefix: &str) -> usize {
    prefix.split('/').filter(|segment| !segment.is_empty()).count()
}

/// The chunked coding of an ASCII text (RFC 9112 §7.1).
fn chunked(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / 1000 + 16);
    let mut rest = text;
    while !rest.is_empty() {
        let (chunk, after) = rest.split_at(rest.len().min(16 * 1024));
        out.push_str(&format!("{:x}\r\n{chunk}\r\n", chunk.len()));
        rest = after;
    }
    out + "0\r\n\r\n"
}

fn capitalised(word: &str) -> String {
    let mut chars = word.chars();
    chars.next().map(|first| first.to_ascii_uppercase().to_string() + chars.as_str()).unwrap_or_default()
}

/// The same length, another character at `at`.
fn exchanged(token: &str, at: usize) -> String {
    let other = |(i, c)| {
        if i != at {
            c
        } else if c == 'x' {
            'y'
        } else {
            'x'
        }
    };
    token.chars().enumerate().map(other).collect()
}

fn other_case(c: char) -> char {
    if c.is_ascii_lowercase() { c.to_ascii_uppercase() } else { c.to_ascii_lowercase() }
}

/// U+FF01…U+FF5E look like ASCII and fold to it under NFKC.
fn full_width(c: char) -> char {
    if c.is_ascii_graphic() { char::from_u32(u32::from(c) + 0xfee0).unwrap_or(c) } else { c }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn target() -> Target {
        Target::new(([127, 0, 0, 1], 80).into(), "/v1/models")
            .token("aB1x")
            .public_wildcard("/a/b/")
            .body_limit(0)
    }

    fn check(template: &str, expected: Result<&str, Unfilled>) {
        let target = target();
        assert_eq!(Fill::new(&target).render(template), expected.map(str::to_owned), "{template}");
    }

    #[test]
    fn placeholders() {
        check("GET /x", Ok("GET /x"));
        check("{host}", Ok("127.0.0.1:80"));
        check("{{}}", Ok("{}}"));
        check("a{n}b", Ok("a1b"));
        check("{parent}//{leaf}", Ok("/v1//models"));
        check("{protected_upper} {protected_mixed}", Ok("/V1/MODELS /v1/Models"));
        check("{wildcard}{up:../}{protected_tail}", Ok("/a/b/../../v1/models"));
        check("{repeat:3:ab}", Ok("ababab"));
        check("{token_other_first} {token_other_last}", Ok("xB1x aB1y"));
        check("{token_other_case} {token_shorter}", Ok("Ab1X aB"));
        check("{token_full_width}", Ok("ａＢ１ｘ"));
        check("{public}", Err(Unfilled::Lacks("no public route")));
        check("{nonsense}", Err(Unfilled::Unknown("nonsense".into())));
        check("{repeat:x:a}", Err(Unfilled::Unknown("repeat:x:a".into())));
        check("{open", Err(Unfilled::Unknown("open".into())));
    }

    #[test]
    fn redaction_reaches_every_form_of_the_token() {
        let target = target();
        let fill = Fill { redact: true, ..Fill::new(&target) };
        assert_eq!(fill.render("{token} {token_full_width}").unwrap(), "[token] [token_full_width]");
    }

    #[test]
    fn chunked_coding_keeps_every_byte() {
        let text = "a".repeat(40_000);
        let coded = chunked(&text);
        assert!(coded.starts_with("4000\r\naaa") && coded.ends_with("a\r\n0\r\n\r\n"));
        assert_eq!(coded.matches('a').count(), 40_000);
    }

    proptest! {
        #[test]
        fn text_without_braces_stays(text in "[^{]*") {
            let target = target();
            prop_assert_eq!(Fill::new(&target).render(&text).unwrap(), text);
        }

        #[test]
        fn any_template_renders_or_is_refused(template in "[{}a-z:0-9]{0,40}") {
            let target = target();
            let _ = Fill::new(&target).render(&template);
        }
    }
}
