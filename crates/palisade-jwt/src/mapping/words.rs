//! Words out of claims: scopes and roles, counted.

use super::unmapped::Unmapped;
use palisade_core::{Scope, ScopeSet};
use serde_json::Value;

/// The most scopes that a token may have; one with more is refused.
pub const MAX_SCOPES: usize = 512;
/// The most roles that a token may have; one with more is refused.
pub const MAX_ROLES: usize = 512;
/// The longest name of a tenant or a plan, in bytes.
const MAX_TEXT: usize = 128;

/// What a claim of scopes may look like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// A string of words with spaces between them (RFC 6749 §3.3, RFC 8693 §4.2).
    Text,
    /// Such a string, or a list of words.
    TextOrList,
}

/// Adds the words of a claim; exactly those, never a part of one.
pub(super) fn scopes(value: &Value, form: Form, found: &mut Vec<Scope>) -> Result<(), Unmapped> {
    match value {
        Value::String(text) => split(text, found),
        Value::Array(words) if form == Form::TextOrList => words.iter().try_for_each(|word| match word {
            Value::String(word) => push(word, found),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
                Err(Unmapped::ScopeType)
            }
        }),
        Value::Array(_) | Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => {
            Err(Unmapped::ScopeType)
        }
    }
}

/// The set of the words of a text.
pub(super) fn set(text: &str) -> Result<ScopeSet, Unmapped> {
    let mut found = Vec::with_capacity(8);
    split(text, &mut found)?;
    Ok(ScopeSet::of(found))
}

fn split(text: &str, found: &mut Vec<Scope>) -> Result<(), Unmapped> {
    text.split(' ').filter(|word| !word.is_empty()).try_for_each(|word| push(word, found))
}

fn push(word: &str, found: &mut Vec<Scope>) -> Result<(), Unmapped> {
    if found.len() == MAX_SCOPES {
        return Err(Unmapped::TooManyScopes);
    }
    found.push(word.parse().map_err(|_| Unmapped::ScopeMalformed)?);
    Ok(())
}

/// Adds the roles of a claim: a list of names, or one name, which may hold spaces.
pub(super) fn roles<'v>(value: &'v Value, found: &mut Vec<&'v str>) -> Result<(), Unmapped> {
    let mut add = |name: &'v Value| match name {
        Value::String(_) if found.len() == MAX_ROLES => Err(Unmapped::TooManyRoles),
        Value::String(name) => {
            found.push(name);
            Ok(())
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
            Err(Unmapped::RoleType)
        }
    };
    match value {
        Value::Array(names) => names.iter().try_for_each(add),
        one => add(one),
    }
}

/// The name of a tenant or a plan.
pub(super) fn text(value: &Value) -> Option<&str> {
    let text = value.as_str()?;
    let fits = (1..=MAX_TEXT).contains(&text.len()) && !text.chars().any(char::is_control);
    fits.then_some(text)
}
