//! What stops a type from being made of a document.

use serde::de;
use std::fmt;

/// What is wrong and, once known, at which node.
#[derive(Debug)]
pub(crate) struct Fault {
    pub(crate) kind: FaultKind,
    pub(crate) at: Option<(u32, String)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FaultKind {
    Missing(&'static str),
    Unknown,
    Duplicate,
    Variant,
    Type,
    Value,
}

impl FaultKind {
    pub(crate) const fn code(self) -> &'static str {
        match self {
            Self::Missing(_) => "missing",
            Self::Unknown => "unknown",
            Self::Duplicate => "duplicate",
            Self::Variant => "variant",
            Self::Type => "type",
            Self::Value => "value",
        }
    }

    /// Constants: what types say of values they refuse usually repeats them.
    pub(crate) const fn message(self) -> &'static str {
        match self {
            Self::Missing(_) => "this member is required",
            Self::Unknown => "there is no such member",
            Self::Duplicate => "this member stands more than once in its object, under two names",
            Self::Variant => "none of the known variants",
            Self::Type => "of another type than expected",
            Self::Value => "not an accepted value",
        }
    }
}

impl Fault {
    pub(crate) const fn new(kind: FaultKind) -> Self {
        Self { kind, at: None }
    }

    /// The place, unless it is known to be further inside.
    pub(crate) fn at(mut self, id: u32, pointer: impl FnOnce() -> String) -> Self {
        self.at.get_or_insert_with(|| (id, pointer()));
        self
    }
}

impl de::Error for Fault {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self::new(FaultKind::Value)
    }

    fn invalid_type(_: de::Unexpected<'_>, _: &dyn de::Expected) -> Self {
        Self::new(FaultKind::Type)
    }

    fn invalid_value(_: de::Unexpected<'_>, _: &dyn de::Expected) -> Self {
        Self::new(FaultKind::Value)
    }

    fn unknown_variant(_: &str, _: &'static [&'static str]) -> Self {
        Self::new(FaultKind::Variant)
    }

    fn unknown_field(_: &str, _: &'static [&'static str]) -> Self {
        Self::new(FaultKind::Unknown)
    }

    fn missing_field(field: &'static str) -> Self {
        Self::new(FaultKind::Missing(field))
    }

    fn duplicate_field(_: &'static str) -> Self {
        Self::new(FaultKind::Duplicate)
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.kind.message())
    }
}

impl std::error::Error for Fault {}
