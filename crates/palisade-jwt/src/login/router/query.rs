//! The query of a list.

use crate::login::{
    name::CanonicalName,
    user::{MAX_USER_PAGE, UserQuery},
    users::{Mistake, UsersError},
};
use data_encoding::BASE64URL_NOPAD;
use palisade_core::Denial;

const DEFAULT_PAGE: usize = 50;

/// Reads `limit` and `cursor`, each at most once; everything else is a mistake.
pub(super) fn read(query: &str) -> Result<UserQuery, Denial> {
    let mut wanted = UserQuery::first(DEFAULT_PAGE);
    let (mut limit, mut cursor) = (false, false);
    for pair in query.split('&').filter(|pair| !pair.is_empty()).take(8) {
        let read = match pair.split_once('=') {
            Some(("limit", digits)) if !limit => {
                limit = true;
                let digits = digits.parse().ok().filter(|limit| (1..=MAX_USER_PAGE).contains(limit));
                digits.map(|limit| wanted.limit = limit)
            }
            Some(("cursor", text)) if !cursor => {
                cursor = true;
                parse(text).map(|name| wanted.after = Some(name))
            }
            _ => None,
        };
        if read.is_none() {
            let detail = format!("`limit` 1 to {MAX_USER_PAGE} and `cursor`, each once");
            return Err(UsersError::Invalid(vec![Mistake::new("#", detail)]).into());
        }
    }
    Ok(wanted)
}

/// A place in the list, as opaque text for clients.
pub(super) fn cursor(name: &CanonicalName) -> String {
    BASE64URL_NOPAD.encode(name.as_str().as_bytes())
}

fn parse(text: &str) -> Option<CanonicalName> {
    let bytes = BASE64URL_NOPAD.decode(text.as_bytes()).ok().filter(|bytes| bytes.len() <= 256)?;
    Some(CanonicalName::of(std::str::from_utf8(&bytes).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queries() {
        let ada = CanonicalName::of("ada");
        let wanted = read(&format!("limit=7&cursor={}", cursor(&ada))).unwrap();
        assert_eq!((wanted.limit, wanted.after), (7, Some(ada)));
        assert_eq!(read("").unwrap().limit, DEFAULT_PAGE);
        for query in
            ["limit=0", "limit=101", "limit=1&limit=1", "cursor=*", "cursor=_w", "x=1", "limit", "limit=-1"]
        {
            assert!(read(query).is_err(), "{query}");
        }
    }
}
