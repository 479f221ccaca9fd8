//! Headers of responses that are alike.

use crate::{facts::Facts, left::Left};
use http::{
    HeaderMap, HeaderName, HeaderValue,
    header::{CONTENT_TYPE, VARY},
};
use std::{mem, ptr, sync::OnceLock};

/// So many shapes are remembered, the first ones; what has another is written line by line.
const KEPT: usize = 8;
/// The largest map that is remembered.
const LARGEST: usize = 32;

/// The name of the request, which stands behind the lines that were left.
pub(crate) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// What is added to a response: which security headers, and the names of lines.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Added {
    pub(crate) security: u8,
    pub(crate) lines: &'static [HeaderName],
}

impl Added {
    #[inline]
    fn is(&self, other: &Self) -> bool {
        let alike = ptr::eq(self.lines, other.lines) || self.lines.is_empty() && other.lines.is_empty();
        self.security == other.security && alike
    }
}

/// Maps of headers as earlier responses had them, with the names in place and the values blank: a copy of one takes a third of
/// the time that it takes to find a place for each name.
#[derive(Debug, Default)]
pub(crate) struct Shapes([OnceLock<Shape>; KEPT]);

/// First the handler's headers, then the lines that were left, the request's name, and what is always the same.
#[derive(Debug)]
pub(crate) struct Shape {
    added: Added,
    /// How many are the handler's.
    own: usize,
    /// Which of them is the content's type.
    kind: Option<usize>,
    headers: HeaderMap,
}

impl Shapes {
    /// The shape of a response to whose headers this is added.
    #[inline]
    pub(crate) fn find(&self, added: Added, own: &HeaderMap) -> Option<&Shape> {
        self.0.iter().map_while(OnceLock::get).find(|shape| {
            let alike = || shape.headers.keys().zip(own.keys()).all(|(one, other)| one == other);
            shape.added.is(&added) && shape.own == own.len() && own.len() == own.keys_len() && alike()
        })
    }

    pub(crate) fn is_full(&self) -> bool {
        self.0.iter().all(|shape| shape.get().is_some())
    }

    /// Remembers the shape of a response to whose headers, with these names, this was added.
    pub(crate) fn keep(&self, added: Added, own: &[HeaderName], varies: bool, whole: &HeaderMap) {
        let fits = whole.len() == whole.keys_len() && whole.len() <= LARGEST;
        let stayed = whole.keys().zip(own).all(|(one, other)| one == other);
        let mut behind = whole.keys().skip(own.len());
        let named = added.lines.iter().chain([&REQUEST_ID]).all(|name| behind.next() == Some(name));
        // The handler's `Vary` was written anew.
        let written = varies && own.contains(&VARY);
        if !fits || !stayed || !named || written {
            return;
        }
        let mut headers = whole.clone();
        headers.values_mut().take(own.len() + added.lines.len() + 1).for_each(|value| *value = BLANK.clone());
        let kind = own.iter().position(|name| *name == CONTENT_TYPE);
        if let Some(place) = self.0.iter().find(|shape| shape.get().is_none()) {
            // Somebody may have been faster; their shape is as good.
            let _ = place.set(Shape { added, own: own.len(), kind, headers });
        }
    }
}

/// In the place of a value that is still to come.
static BLANK: HeaderValue = HeaderValue::from_static("");

impl Shape {
    /// The content's type among the handler's headers.
    #[inline]
    pub(crate) fn kind<'h>(&self, own: &'h HeaderMap) -> Option<&'h HeaderValue> {
        own.values().nth(self.kind?)
    }

    /// A whole map of the handler's headers and of what is added; `None` where the lines are not the ones that are expected, and
    /// then the handler's are as they were.
    #[inline]
    pub(crate) fn fill(
        &self,
        own: &mut HeaderMap,
        lines: Option<&dyn Left>,
        id: &mut HeaderValue,
        facts: &Facts,
    ) -> Option<HeaderMap> {
        let mut headers = self.headers.clone();
        let mut places = headers.values_mut().skip(self.own);
        let mut fits = true;
        if let Some(lines) = lines {
            let mut left = self.added.lines.len();
            lines.write(facts, &mut |value| match (places.next(), value) {
                (Some(place), Some(value)) if left > 0 => (*place, left) = (value, left - 1),
                _ => fits = false,
            });
            fits &= left == 0;
        }
        match places.next() {
            Some(place) if fits => mem::swap(place, id),
            _ => return None,
        }
        for (place, value) in headers.values_mut().zip(own.values_mut()) {
            mem::swap(place, value);
        }
        Some(headers)
    }
}
