//! JSON as RFC 8259 has it, and no more: what one reader could understand differently from another is refused.
//!
//! It is written here because features of `serde_json` that any crate of a program may switch on change what a visitor is
//! shown (`arbitrary_precision` hands numbers over as objects with a name that a token could use as well), and because a
//! member that stands twice must be seen at every depth.

mod span;

use serde_json::{Map, Number, Value};
pub(crate) use span::Span;
use std::borrow::Cow;

/// Arrays and objects in each other, at most.
pub(crate) const MAX_DEPTH: usize = 32;

/// Why a text is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum JsonError {
    /// Not UTF-8, or not JSON; a byte order mark is not JSON.
    Syntax,
    /// A member stands twice in its object.
    Duplicate,
    /// Deeper than [`MAX_DEPTH`].
    Deep,
}

/// Reads an object.
pub(crate) fn object(bytes: &[u8]) -> Result<Map<String, Value>, JsonError> {
    let mut reader = Reader::new(bytes)?;
    let value = reader.document()?;
    match value {
        _ if reader.duplicate => Err(JsonError::Duplicate),
        Value::Object(members) => Ok(members),
        _ => Err(JsonError::Syntax),
    }
}

/// A reader at some place in a text.
#[derive(Debug)]
pub(crate) struct Reader<'a> {
    text: &'a str,
    at: usize,
    depth: usize,
    /// Whether a member stood twice so far; reading goes on, so that a list can lose one element only.
    pub(crate) duplicate: bool,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Result<Self, JsonError> {
        str::from_utf8(bytes).map(Self::of).map_err(|_| JsonError::Syntax)
    }

    pub(crate) const fn of(text: &'a str) -> Self {
        Self { text, at: 0, depth: 0, duplicate: false }
    }

    /// One value and nothing after it.
    pub(crate) fn document(&mut self) -> Result<Value, JsonError> {
        let value = self.value()?;
        self.end()?;
        Ok(value)
    }

    pub(crate) fn end(&mut self) -> Result<(), JsonError> {
        self.space();
        if self.at == self.text.len() { Ok(()) } else { Err(JsonError::Syntax) }
    }

    /// The members of an object, each handed over with the reader before its value, which must be taken.
    pub(crate) fn members(
        &mut self,
        mut member: impl FnMut(Cow<'a, str>, &mut Self) -> Result<(), JsonError>,
    ) -> Result<(), JsonError> {
        self.object(|reader| {
            let name = reader.string()?;
            reader.colon()?;
            member(name, reader)
        })
    }

    /// The members of an object: name, [`colon`](Self::colon) and value of each must be taken.
    pub(crate) fn object(
        &mut self,
        member: impl FnMut(&mut Self) -> Result<(), JsonError>,
    ) -> Result<(), JsonError> {
        self.list(b'{', b'}', member)
    }

    pub(crate) fn colon(&mut self) -> Result<(), JsonError> {
        self.space();
        self.expect(b':')?;
        self.space();
        Ok(())
    }

    /// The elements of an array.
    pub(crate) fn elements(
        &mut self,
        element: impl FnMut(&mut Self) -> Result<(), JsonError>,
    ) -> Result<(), JsonError> {
        self.list(b'[', b']', element)
    }

    /// The next byte that is no space.
    pub(crate) fn peek(&mut self) -> Option<u8> {
        self.space();
        self.byte()
    }

    pub(crate) fn value(&mut self) -> Result<Value, JsonError> {
        match self.peek().ok_or(JsonError::Syntax)? {
            b'{' => {
                let mut object = Map::new();
                self.members(|name, reader| {
                    let value = reader.value()?;
                    reader.duplicate |= object.insert(name.into_owned(), value).is_some();
                    Ok(())
                })?;
                Ok(Value::Object(object))
            }
            b'[' => {
                let mut array = Vec::new();
                self.elements(|reader| {
                    array.push(reader.value()?);
                    Ok(())
                })?;
                Ok(Value::Array(array))
            }
            b'"' => Ok(Value::String(self.string()?.into_owned())),
            b't' => self.word("true", Value::Bool(true)),
            b'f' => self.word("false", Value::Bool(false)),
            b'n' => self.word("null", Value::Null),
            _ => self.number().map(Value::Number),
        }
    }

    #[inline]
    pub(crate) fn string(&mut self) -> Result<Cow<'a, str>, JsonError> {
        self.space();
        self.expect(b'"')?;
        let start = self.at;
        let plain = self.plain()?;
        if self.skip(b'"') {
            return Ok(Cow::Borrowed(plain));
        }
        self.escaped(start).map(Cow::Owned)
    }

    /// Where a string stands: in the text, or in `behind` as what would follow the text, where it had to be unescaped.
    pub(crate) fn span(&mut self, behind: &mut String) -> Result<Span, JsonError> {
        self.space();
        self.expect(b'"')?;
        let start = self.at;
        let rest = self.text.as_bytes().get(start..).unwrap_or_default();
        let length = plain_len(rest).ok_or(JsonError::Syntax)?;
        self.at += length;
        if self.skip(b'"') {
            return Span::new(start, length).ok_or(JsonError::Syntax);
        }
        let unescaped = self.escaped(start)?;
        let start = self.text.len() + behind.len();
        behind.push_str(&unescaped);
        Span::new(start, unescaped.len()).ok_or(JsonError::Syntax)
    }

    /// What [`span`](Self::span) found.
    #[inline]
    pub(crate) fn spelled<'s>(&self, span: Span, behind: &'s str) -> &'s str
    where
        'a: 's,
    {
        if span.is_within(self.text) { span.of(self.text) } else { span.after(self.text, behind) }
    }

    /// What stands here up to a quote, an escape or a control character.
    #[inline]
    fn plain(&mut self) -> Result<&'a str, JsonError> {
        let rest = self.text.get(self.at..).ok_or(JsonError::Syntax)?;
        let length = plain_len(rest.as_bytes()).ok_or(JsonError::Syntax)?;
        let plain = rest.get(..length).ok_or(JsonError::Syntax)?;
        self.at += length;
        Ok(plain)
    }

    /// The rest of a string whose first escape is here.
    #[cold]
    fn escaped(&mut self, start: usize) -> Result<String, JsonError> {
        let mut out = String::from(self.text.get(start..self.at).ok_or(JsonError::Syntax)?);
        loop {
            out.push_str(self.plain()?);
            match self.next().ok_or(JsonError::Syntax)? {
                b'"' => return Ok(out),
                b'\\' => out.push(self.escape()?),
                _ => return Err(JsonError::Syntax),
            }
        }
    }

    fn escape(&mut self) -> Result<char, JsonError> {
        Ok(match self.next().ok_or(JsonError::Syntax)? {
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
                let code = match unit {
                    0xd800..0xdc00 => {
                        self.expect(b'\\')?;
                        self.expect(b'u')?;
                        let low = self.hex()?;
                        if !(0xdc00..0xe000).contains(&low) {
                            return Err(JsonError::Syntax);
                        }
                        0x1_0000 + ((unit - 0xd800) << 10) + (low - 0xdc00)
                    }
                    _ => unit,
                };
                // A low surrogate alone is no character.
                char::from_u32(code).ok_or(JsonError::Syntax)?
            }
            _ => return Err(JsonError::Syntax),
        })
    }

    fn hex(&mut self) -> Result<u32, JsonError> {
        let mut unit = 0;
        for _ in 0..4 {
            let digit = self.next().and_then(|byte| char::from(byte).to_digit(16));
            unit = unit << 4 | digit.ok_or(JsonError::Syntax)?;
        }
        Ok(unit)
    }

    fn number(&mut self) -> Result<Number, JsonError> {
        let start = self.at;
        let negative = self.skip(b'-');
        if !self.skip(b'0') {
            self.digits()?;
        }
        let mut whole = true;
        if self.skip(b'.') {
            whole = false;
            self.digits()?;
        }
        if self.skip(b'e') || self.skip(b'E') {
            whole = false;
            let _ = self.skip(b'+') || self.skip(b'-');
            self.digits()?;
        }
        let text = self.text.get(start..self.at).ok_or(JsonError::Syntax)?;
        if whole && !negative {
            // So many digits always fit.
            if text.len() <= 19 {
                let number = text.bytes().fold(0, |number, digit| number * 10 + u64::from(digit & 0xf));
                return Ok(number.into());
            }
            if let Ok(number) = text.parse::<u64>() {
                return Ok(number.into());
            }
        }
        if whole
            && text != "-0"
            && let Ok(number) = text.parse::<i64>()
        {
            return Ok(number.into());
        }
        // Beyond what a float can hold is no number that two readers agree upon.
        text.parse().ok().and_then(Number::from_f64).ok_or(JsonError::Syntax)
    }

    fn digits(&mut self) -> Result<(), JsonError> {
        let start = self.at;
        while self.byte().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        if self.at == start { Err(JsonError::Syntax) } else { Ok(()) }
    }

    fn word(&mut self, word: &str, value: Value) -> Result<Value, JsonError> {
        if !self.text.as_bytes().get(self.at..).is_some_and(|rest| rest.starts_with(word.as_bytes())) {
            return Err(JsonError::Syntax);
        }
        self.at += word.len();
        Ok(value)
    }

    fn list(
        &mut self,
        open: u8,
        close: u8,
        mut item: impl FnMut(&mut Self) -> Result<(), JsonError>,
    ) -> Result<(), JsonError> {
        self.space();
        self.expect(open)?;
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(JsonError::Deep);
        }
        self.space();
        if !self.skip(close) {
            loop {
                self.space();
                item(self)?;
                self.space();
                if !self.skip(b',') {
                    self.expect(close)?;
                    break;
                }
            }
        }
        self.depth -= 1;
        Ok(())
    }

    #[inline]
    fn space(&mut self) {
        while self.byte().is_some_and(|byte| byte <= b' ' && matches!(byte, b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    #[inline]
    fn byte(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    #[inline]
    fn next(&mut self) -> Option<u8> {
        let byte = self.byte()?;
        self.at += 1;
        Some(byte)
    }

    #[inline]
    fn skip(&mut self, byte: u8) -> bool {
        let there = self.byte() == Some(byte);
        self.at += usize::from(there);
        there
    }

    #[inline]
    fn expect(&mut self, byte: u8) -> Result<(), JsonError> {
        if self.skip(byte) { Ok(()) } else { Err(JsonError::Syntax) }
    }
}

/// How many bytes stand before the first quote, escape or control character; eight are looked at in one go.
#[inline]
fn plain_len(rest: &[u8]) -> Option<usize> {
    const ONES: u64 = u64::from_le_bytes([1; 8]);
    const HIGH: u64 = u64::from_le_bytes([0x80; 8]);
    let ends = |byte: &u8| matches!(byte, b'"' | b'\\' | 0..0x20);
    let (words, tail) = rest.as_chunks::<8>();
    for (at, word) in words.iter().enumerate() {
        let bytes = u64::from_le_bytes(*word);
        // Less than 0x20, or nothing but the quote's bits, or nothing but the escape's: then the subtraction borrows. Borrows go
        // upwards only, so that the lowest byte that is marked is one that ends, which is all that is asked.
        let (quote, escape) = (bytes ^ (ONES * 0x22), bytes ^ (ONES * 0x5c));
        let below = bytes.wrapping_sub(ONES * 0x20) | quote.wrapping_sub(ONES) | escape.wrapping_sub(ONES);
        // None of the three has the highest bit where the byte itself has it.
        let found = below & !bytes & HIGH;
        if found != 0 {
            return Some(at * 8 + found.trailing_zeros() as usize / 8);
        }
    }
    let length = tail.iter().position(ends)?;
    Some(words.len() * 8 + length)
}

#[cfg(test)]
mod differential;
#[cfg(test)]
mod tests;
