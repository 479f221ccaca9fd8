//! JSON as RFC 8259 has it, read once, with bounds, and with everything that two readers could understand differently refused.

use crate::strict::{
    node::{Kind, Node, Number},
    trail::Trail,
    violation::{Violation, Violations},
};
use std::{borrow::Cow, collections::HashSet};

/// Arrays and objects in each other, at most.
pub const MAX_DEPTH: usize = 64;
/// Values in a document, at most.
pub const MAX_NODES: u32 = 10_000;

/// What was read.
pub(crate) struct Stock<'a> {
    pub(crate) node: Node<'a>,
    /// How many values it has.
    pub(crate) nodes: u32,
    /// What is wrong with it although it can be read.
    pub(crate) violations: Violations,
}

/// The document.
///
/// # Errors
///
/// What keeps it from being read further.
pub(crate) fn read(bytes: &[u8]) -> Result<Stock<'_>, Violation> {
    if bytes.starts_with(b"\xef\xbb\xbf") {
        return Err(Violation::new("", "byte_order_mark", "a byte order mark stands before the document"));
    }
    let text =
        str::from_utf8(bytes).map_err(|_| Violation::new("", "encoding", "the document is not UTF-8"))?;
    if text.bytes().all(|byte| byte.is_ascii_whitespace()) {
        return Err(Violation::new("", "empty", "there is no document"));
    }
    let mut reader = Reader { text, at: 0, depth: 0, nodes: 0, violations: Violations::default() };
    let node = reader.value(&Trail::ROOT)?;
    if reader.peek().is_some() {
        return Err(Violation::new("", "trailing", "something follows the document"));
    }
    Ok(Stock { node, nodes: reader.nodes, violations: reader.violations })
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
    depth: usize,
    nodes: u32,
    violations: Violations,
}

fn syntax() -> Violation {
    Violation::new("", "syntax", "the document is not JSON")
}

impl<'a> Reader<'a> {
    fn value(&mut self, trail: &Trail<'_>) -> Result<Node<'a>, Violation> {
        let id = self.nodes;
        self.nodes += 1;
        if self.nodes > MAX_NODES {
            return Err(Violation::new("", "too_many_values", "the document has more than 10000 values"));
        }
        let kind = match self.peek().ok_or_else(syntax)? {
            b'{' => self.nested(|reader| reader.object(trail))?,
            b'[' => self.nested(|reader| reader.array(trail))?,
            b'"' => Kind::String(self.string(trail)?),
            b't' => self.word("true", Kind::Bool(true))?,
            b'f' => self.word("false", Kind::Bool(false))?,
            b'n' => self.word("null", Kind::Null)?,
            _ => Kind::Number(self.number(trail)?),
        };
        Ok(Node { id, kind })
    }

    fn nested<T>(&mut self, read: impl FnOnce(&mut Self) -> Result<T, Violation>) -> Result<T, Violation> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(Violation::new("", "too_deep", "the document is nested deeper than 64"));
        }
        self.at += 1;
        let read = read(self)?;
        self.depth -= 1;
        Ok(read)
    }

    fn object(&mut self, trail: &Trail<'_>) -> Result<Kind<'a>, Violation> {
        let mut members: Vec<(Cow<'a, str>, Node<'a>)> = Vec::new();
        let mut names: HashSet<Cow<'a, str>> = HashSet::new();
        if self.peek() == Some(b'}') {
            self.at += 1;
            return Ok(Kind::Object(members));
        }
        loop {
            if self.peek() != Some(b'"') {
                return Err(syntax());
            }
            let name = self.string(trail)?;
            self.peek();
            self.expect(b':')?;
            let here = trail.member(&name);
            let value = self.value(&here)?;
            if names.insert(name.clone()) {
                members.push((name, value));
            } else {
                self.object_to(&here, "duplicate", "this member stands more than once in its object");
            }
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b'}') => break self.at += 1,
                _ => return Err(syntax()),
            }
        }
        Ok(Kind::Object(members))
    }

    fn array(&mut self, trail: &Trail<'_>) -> Result<Kind<'a>, Violation> {
        let mut elements = Vec::new();
        if self.peek() == Some(b']') {
            self.at += 1;
            return Ok(Kind::Array(elements));
        }
        loop {
            elements.push(self.value(&trail.element(elements.len()))?);
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b']') => break self.at += 1,
                _ => return Err(syntax()),
            }
        }
        Ok(Kind::Array(elements))
    }

    /// The string whose opening quote is here.
    fn string(&mut self, trail: &Trail<'_>) -> Result<Cow<'a, str>, Violation> {
        self.expect(b'"')?;
        let plain = self.plain()?;
        if self.byte() == Some(b'"') {
            self.at += 1;
            return Ok(Cow::Borrowed(plain));
        }
        let mut out = plain.to_owned();
        loop {
            match self.next()? {
                b'"' => return Ok(Cow::Owned(out)),
                b'\\' => out.push(self.escape(trail)?),
                _ => return Err(syntax()),
            }
            out.push_str(self.plain()?);
        }
    }

    /// What stands here up to a quote, an escape or a control character.
    fn plain(&mut self) -> Result<&'a str, Violation> {
        let rest = self.text.get(self.at..).ok_or_else(syntax)?;
        let length =
            rest.bytes().position(|byte| matches!(byte, b'"' | b'\\' | 0..0x20)).ok_or_else(syntax)?;
        self.at += length;
        rest.get(..length).ok_or_else(syntax)
    }

    fn escape(&mut self, trail: &Trail<'_>) -> Result<char, Violation> {
        Ok(match self.next()? {
            b'"' => '"',
            b'\\' => '\\',
            b'/' => '/',
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => {
                let unit = self.hex()?;
                match self.character(unit)? {
                    Some(character) => character,
                    None => {
                        self.object_to(trail, "lone_surrogate", "half of a surrogate pair stands alone");
                        char::REPLACEMENT_CHARACTER
                    }
                }
            }
            _ => return Err(syntax()),
        })
    }

    /// The character of a UTF-16 unit, and of the next one where both make a pair.
    fn character(&mut self, unit: u32) -> Result<Option<char>, Violation> {
        let rest = self.text.get(self.at..).unwrap_or_default();
        if !(0xd800..0xdc00).contains(&unit) || !rest.starts_with("\\u") {
            return Ok(char::from_u32(unit));
        }
        let before = self.at;
        self.at += 2;
        let low = self.hex()?;
        if (0xdc00..0xe000).contains(&low) {
            return Ok(char::from_u32(0x1_0000 + ((unit - 0xd800) << 10) + (low - 0xdc00)));
        }
        self.at = before;
        Ok(None)
    }

    fn hex(&mut self) -> Result<u32, Violation> {
        let mut unit = 0;
        for _ in 0..4 {
            let digit = char::from(self.next()?).to_digit(16).ok_or_else(syntax)?;
            unit = unit << 4 | digit;
        }
        Ok(unit)
    }

    fn number(&mut self, trail: &Trail<'_>) -> Result<Number, Violation> {
        let start = self.at;
        let negative = self.skip(b"-");
        if !self.skip(b"0") {
            self.digits()?;
        }
        let mut whole = true;
        if self.skip(b".") {
            whole = false;
            self.digits()?;
        }
        if self.skip(b"eE") {
            whole = false;
            self.skip(b"+-");
            self.digits()?;
        }
        let text = self.text.get(start..self.at).ok_or_else(syntax)?;
        let exact = match (whole, negative) {
            (false, _) => None,
            (true, false) => text.parse().ok().map(Number::Unsigned),
            (true, true) => text.parse().ok().map(Number::Negative),
        };
        if let Some(exact) = exact {
            return Ok(exact);
        }
        let float: f64 = text.parse().map_err(|_| syntax())?;
        if !float.is_finite() {
            self.object_to(trail, "range", "the number is too large");
            return Ok(Number::Unsigned(0));
        }
        Ok(Number::Float(float))
    }

    fn digits(&mut self) -> Result<(), Violation> {
        let start = self.at;
        while self.byte().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        if self.at > start { Ok(()) } else { Err(syntax()) }
    }

    fn word(&mut self, word: &str, kind: Kind<'a>) -> Result<Kind<'a>, Violation> {
        if self.text.get(self.at..).is_some_and(|rest| rest.starts_with(word)) {
            self.at += word.len();
            return Ok(kind);
        }
        Err(syntax())
    }

    fn object_to(&mut self, trail: &Trail<'_>, code: &'static str, message: &'static str) {
        if !self.violations.is_full() {
            self.violations.push(Violation::new(trail.pointer(), code, message));
        }
    }

    fn byte(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    /// The next byte that is no space (RFC 8259 §2), not taken.
    fn peek(&mut self) -> Option<u8> {
        while matches!(self.byte(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
        self.byte()
    }

    fn next(&mut self) -> Result<u8, Violation> {
        let byte = self.byte().ok_or_else(syntax)?;
        self.at += 1;
        Ok(byte)
    }

    fn skip(&mut self, any: &[u8]) -> bool {
        let here = self.byte().is_some_and(|byte| any.contains(&byte));
        self.at += usize::from(here);
        here
    }

    fn expect(&mut self, byte: u8) -> Result<(), Violation> {
        if self.skip(&[byte]) { Ok(()) } else { Err(syntax()) }
    }
}
