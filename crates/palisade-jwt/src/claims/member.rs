//! A claim that is not a registered one.

use crate::json::Span;
use serde_json::Value;
use std::sync::OnceLock;

/// Name and value; a text stays where it is until somebody wants it as JSON.
#[derive(Clone, Debug)]
pub(super) struct Member {
    name: Span,
    text: Option<Span>,
    value: OnceLock<Value>,
}

impl Member {
    pub(super) const fn text(name: Span, text: Span) -> Self {
        Self { name, text: Some(text), value: OnceLock::new() }
    }

    pub(super) fn json(name: Span, value: Value) -> Self {
        Self { name, text: None, value: value.into() }
    }

    /// The one of this name.
    pub(super) fn find<'m>(members: &'m [Self], name: &str, text: &str) -> Option<&'m Self> {
        members.iter().find(|member| member.name.of(text) == name)
    }

    /// Whether two have one name.
    pub(super) fn any_twice(members: &[Self], text: &str) -> bool {
        if let [before @ .., last] = members
            && members.len() <= FEW
        {
            return Self::find(before, last.name(text), text).is_some() || Self::any_twice(before, text);
        }
        let mut names: Vec<_> = members.iter().map(|member| member.name(text)).collect();
        names.sort_unstable();
        names.windows(2).any(|pair| pair.first() == pair.last())
    }

    pub(super) fn name<'t>(&self, text: &'t str) -> &'t str {
        self.name.of(text)
    }

    /// Its value where that is a text.
    pub(super) fn as_str<'t>(&self, text: &'t str) -> Option<&'t str> {
        self.text.map(|span| span.of(text))
    }

    pub(super) fn value(&self, text: &str) -> &Value {
        self.value.get_or_init(|| Value::from(self.as_str(text).unwrap_or_default()))
    }
}

/// So many names are compared with each other; of more, which strangers may send, they are put in order.
const FEW: usize = 16;
