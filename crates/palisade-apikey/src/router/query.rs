//! The query of a list.

use crate::{
    keyring::{KeyringError, Mistake},
    store::{KeyQuery, MAX_PAGE},
};
use palisade_core::{Denial, UnixTime};
use palisade_routes::form_text;
use std::str::FromStr;

const DEFAULT_PAGE: usize = 50;

/// Reads `limit`, `cursor`, `owner`, `lineage`, `revoked`, `created_before`, `ends_before` and `unused_since`, each
/// at most once; everything else is a mistake, because a condition that is silently left out lists too much.
pub(super) fn read(query: &str) -> Result<KeyQuery, Denial> {
    let mut wanted = KeyQuery { revoked: Some(false), limit: DEFAULT_PAGE, ..KeyQuery::default() };
    let (mut seen, mut mistakes) = (Vec::new(), Vec::new());
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let read = if seen.contains(&name) {
            None
        } else {
            form_text(value.as_bytes()).and_then(|it| set(&mut wanted, name, &it))
        };
        seen.push(name);
        if read.is_none() {
            mistakes.push(name);
        }
        if seen.len() > 16 {
            break;
        }
    }
    if mistakes.is_empty() {
        return Ok(wanted);
    }
    let detail = format!(
        "`limit` 1 to {MAX_PAGE}, `cursor`, `owner`, `lineage`, `revoked` true, false or any, `created_before`, `ends_before`, \
         `unused_since`, each once"
    );
    Err(KeyringError::Invalid(vec![Mistake::new("#", detail)]).into())
}

fn set(query: &mut KeyQuery, name: &str, value: &str) -> Option<()> {
    match name {
        "limit" => query.limit = value.parse().ok().filter(|limit| (1..=MAX_PAGE).contains(limit))?,
        "cursor" => query.after = Some(parse(value)?),
        "owner" => query.owner = Some(parse(value)?),
        "lineage" => query.lineage = Some(parse(value)?),
        "revoked" => {
            query.revoked = match value {
                "true" => Some(true),
                "false" => Some(false),
                "any" => None,
                _ => return None,
            }
        }
        "created_before" => query.created_before = Some(UnixTime::parse_rfc3339(value)?),
        "ends_before" => query.ends_before = Some(UnixTime::parse_rfc3339(value)?),
        "unused_since" => query.unused_since = Some(UnixTime::parse_rfc3339(value)?),
        _ => return None,
    }
    Some(())
}

fn parse<T: FromStr>(value: &str) -> Option<T> {
    value.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(query: &str, expected: bool) {
        assert_eq!(read(query).is_ok(), expected, "{query}");
    }

    #[test]
    fn a079_limits_and_cursors_are_bounded() {
        for query in ["", "limit=1", "limit=100", "&&", "revoked=any", "unused_since=2026-01-01T00:00:00Z"] {
            check(query, true);
        }
        for query in [
            "limit=0",
            "limit=-1",
            "limit=101",
            "limit=1e9",
            "limit=",
            "limit=1&limit=2",
            "limit=99999999999999999999",
        ] {
            check(query, false);
        }
        for query in [
            "cursor=",
            "cursor=..%2F",
            "cursor=%00",
            "cursor=%zz",
            "cursor=%",
            "nonsense=1",
            "owner=%ff",
            "a",
        ] {
            check(query, false);
        }
        check(&"a=1&".repeat(10_000), false);
        assert_eq!(read("owner=a%40b+c").unwrap().owner.unwrap().as_str(), "a@b c");
    }
}
