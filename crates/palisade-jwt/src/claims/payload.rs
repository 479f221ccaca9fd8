//! A payload, read in one go: registered claims apart from the others, texts by where they stand.

use super::{audience::Audience, member::Member};
use crate::json::{JsonError, Reader, Span};
use serde_json::Value;
use std::mem;

/// What stands in a payload; types are not judged yet.
#[derive(Default)]
pub(super) struct Payload {
    pub(super) issuer: Text,
    pub(super) subject: Text,
    pub(super) audience: Named,
    pub(super) expires: Option<Value>,
    pub(super) not_before: Option<Value>,
    pub(super) issued_at: Option<Value>,
    pub(super) id: Text,
    pub(super) others: Vec<Member>,
}

/// A claim that should be a text.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Text {
    #[default]
    Absent,
    At(Span),
    Other,
}

/// Whom `aud` names: one string or several (RFC 7519 §4.1.3).
#[derive(Default)]
pub(super) enum Named {
    #[default]
    Absent,
    These(Audience),
    /// An empty name or list, or another type.
    Wrong,
}

impl Payload {
    /// Reads an object; texts that had escapes are put into `behind`, as what would follow the text.
    pub(super) fn read(text: &str, behind: &mut String) -> Result<Self, JsonError> {
        let mut found = Self { others: Vec::with_capacity(8), ..Self::default() };
        let mut reader = Reader::of(text);
        let mut twice = false;
        reader
            .object(|reader| {
                let name = reader.span(behind)?;
                reader.colon()?;
                twice |= found.member(name, reader, behind)?;
                Ok(())
            })
            .and_then(|()| reader.end())?;
        if twice || reader.duplicate { Err(JsonError::Duplicate) } else { Ok(found) }
    }

    /// Takes the value of this name; whether a registered claim stood there before.
    #[inline]
    fn member(
        &mut self,
        name: Span,
        reader: &mut Reader<'_>,
        behind: &mut String,
    ) -> Result<bool, JsonError> {
        let text = match reader.spelled(name, behind) {
            "iss" => &mut self.issuer,
            "sub" => &mut self.subject,
            "jti" => &mut self.id,
            "exp" => return Ok(self.expires.replace(reader.value()?).is_some()),
            "nbf" => return Ok(self.not_before.replace(reader.value()?).is_some()),
            "iat" => return Ok(self.issued_at.replace(reader.value()?).is_some()),
            "aud" => {
                let read = Named::read(reader, behind)?;
                return Ok(!matches!(mem::replace(&mut self.audience, read), Named::Absent));
            }
            _ => {
                self.others.push(if reader.peek() == Some(b'"') {
                    Member::text(name, reader.span(behind)?)
                } else {
                    Member::json(name, reader.value()?)
                });
                return Ok(false);
            }
        };
        Ok(mem::replace(text, Text::read(reader, behind)?) != Text::Absent)
    }
}

impl Text {
    #[inline]
    fn read(reader: &mut Reader<'_>, behind: &mut String) -> Result<Self, JsonError> {
        if reader.peek() == Some(b'"') {
            return reader.span(behind).map(Self::At);
        }
        reader.value().map(|_| Self::Other)
    }
}

impl Named {
    fn read(reader: &mut Reader<'_>, behind: &mut String) -> Result<Self, JsonError> {
        let mut audience = Audience::default();
        let mut right = true;
        let mut one = |reader: &mut Reader<'_>| {
            match Text::read(reader, behind)? {
                Text::At(span) if !span.is_empty() => audience.push(span),
                Text::At(_) | Text::Absent | Text::Other => right = false,
            }
            Ok(())
        };
        if reader.peek() == Some(b'[') {
            reader.elements(one)?;
        } else {
            one(reader)?;
        }
        Ok(if right && !audience.spans().is_empty() { Self::These(audience) } else { Self::Wrong })
    }
}
