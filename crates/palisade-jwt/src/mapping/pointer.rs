//! Where in a token's claims something stands.

use serde_json::Value;
use std::{fmt, str::FromStr};

/// The longest pointer, in bytes.
const MAX_LEN: usize = 1_024;
/// The most steps of one.
const MAX_STEPS: usize = 16;

/// A JSON pointer (RFC 6901) into the claims of a token: `/realm_access/roles`, `/https:~1~1example.com~1roles`.
///
/// ```
/// use palisade_jwt::Pointer;
///
/// let pointer: Pointer = "/realm_access/roles".parse()?;
/// assert_eq!(pointer, Pointer::to(["realm_access", "roles"])?);
/// assert!("realm_access.roles".parse::<Pointer>().is_err());
/// # Ok::<(), palisade_jwt::InvalidPointer>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Pointer(Box<[Box<str>]>);

impl Pointer {
    /// The pointer that goes down these members, whose names stand for themselves: nothing in them is escaped.
    ///
    /// # Errors
    ///
    /// Without any step, with more than 16, or with more than 1,024 bytes in all.
    pub fn to<S: AsRef<str>>(steps: impl IntoIterator<Item = S>) -> Result<Self, InvalidPointer> {
        let steps: Box<[Box<str>]> = steps.into_iter().map(|step| step.as_ref().into()).collect();
        let len: usize = steps.iter().map(|step| step.len()).sum();
        if steps.is_empty() {
            return Err(InvalidPointer("a pointer has at least one step, as in `/roles`"));
        }
        if steps.len() > MAX_STEPS || len > MAX_LEN {
            return Err(InvalidPointer("a pointer has at most 16 steps and 1,024 bytes"));
        }
        Ok(Self(steps))
    }

    /// The pointer of a preset, which is known to be short.
    pub(super) fn path<const N: usize>(steps: [&str; N]) -> Self {
        Self(steps.map(Box::from).into())
    }

    /// What stands there; a step into what is neither an object nor an array leads nowhere.
    pub(super) fn of<'v>(&self, claim: impl FnOnce(&str) -> Option<&'v Value>) -> Option<&'v Value> {
        let (first, rest) = self.0.split_first()?;
        rest.iter().try_fold(claim(first)?, |value, step| match value {
            Value::Object(members) => members.get(&**step),
            Value::Array(values) => values.get(index(step)?),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
        })
    }
}

/// RFC 6901 §4: digits without a leading zero.
fn index(step: &str) -> Option<usize> {
    let digits = step.bytes().all(|byte| byte.is_ascii_digit());
    let canonical = step == "0" || !step.starts_with('0');
    if digits && canonical { step.parse().ok() } else { None }
}

impl FromStr for Pointer {
    type Err = InvalidPointer;

    fn from_str(text: &str) -> Result<Self, InvalidPointer> {
        let steps = text.strip_prefix('/').ok_or(InvalidPointer("a pointer begins with `/`"))?;
        let steps: Vec<_> = steps.split('/').map(unescaped).collect::<Result<_, _>>()?;
        Self::to(steps)
    }
}

fn unescaped(step: &str) -> Result<String, InvalidPointer> {
    let mut parts = step.split('~');
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (sign, rest) = match (part.strip_prefix('0'), part.strip_prefix('1')) {
            (Some(rest), _) => ('~', rest),
            (_, Some(rest)) => ('/', rest),
            (None, None) => return Err(InvalidPointer("in a pointer `~` is written `~0` and `/` is `~1`")),
        };
        text.push(sign);
        text.push_str(rest);
    }
    Ok(text)
}

impl fmt::Display for Pointer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|step| write!(f, "/{}", step.replace('~', "~0").replace('/', "~1")))
    }
}

impl fmt::Debug for Pointer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

/// A text is no pointer into claims.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("{0}")]
pub struct InvalidPointer(&'static str);

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[allow(clippy::needless_pass_by_value, reason = "a table reads better so")]
    fn check(pointer: &str, expected: Option<Value>) {
        let claims = json!({
            "a": { "b": ["x", { "c": 1 }] },
            "https://example.com/roles": ["r"],
            "m~n": 8,
            "": "nameless",
            "list": [1],
        });
        let pointer: Pointer = pointer.parse().unwrap();
        assert_eq!(pointer.of(|name| claims.get(name)), expected.as_ref(), "{pointer}");
        assert_eq!(pointer.to_string().parse::<Pointer>().unwrap(), pointer);
    }

    #[test]
    fn pointers_of_rfc_6901() {
        check("/a/b/1/c", Some(json!(1)));
        check("/a/b/0", Some(json!("x")));
        check("/https:~1~1example.com~1roles", Some(json!(["r"])));
        check("/m~0n", Some(json!(8)));
        check("/", Some(json!("nameless")));
        for nowhere in ["/A", "/a/b/2", "/a/b/01", "/a/b/-", "/a/b/+1", "/a/b/0/x", "/list/0/x", "/m~01"] {
            check(nowhere, None);
        }
    }

    #[test]
    fn what_is_no_pointer() {
        let long = format!("/{}", "a".repeat(MAX_LEN + 1));
        for text in ["", "a", "a/b", "#/a", "/a~", "/a~2", &long, &"/a".repeat(MAX_STEPS + 1)] {
            assert!(text.parse::<Pointer>().is_err(), "{text}");
        }
        assert!(Pointer::to::<&str>([]).is_err());
    }
}
