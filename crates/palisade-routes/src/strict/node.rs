//! A document as it was written: members in their order, doubles included.

use std::borrow::Cow;

/// A value with its number in the document.
#[derive(Debug)]
pub(crate) struct Node<'a> {
    pub(crate) id: u32,
    pub(crate) kind: Kind<'a>,
}

#[derive(Debug)]
pub(crate) enum Kind<'a> {
    Null,
    Bool(bool),
    Number(Number),
    String(Cow<'a, str>),
    Array(Vec<Node<'a>>),
    Object(Vec<(Cow<'a, str>, Node<'a>)>),
    /// Whatever is asked for: stands where nothing usable stood, so that the rest can be looked at.
    Any,
}

/// A number, kept exactly where it is a whole one of 64 bits.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Number {
    Unsigned(u64),
    Negative(i64),
    Float(f64),
}

impl Node<'_> {
    /// The number of nodes that are in no document.
    pub(crate) const NOWHERE: u32 = u32::MAX;
}

pub(crate) static ANY: Node<'static> = Node { id: Node::NOWHERE, kind: Kind::Any };
