//! A URL that may hold a password.

use super::reader::URL;
use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{Error, Visitor},
};
use std::fmt;
use zeroize::Zeroizing;

/// A URL of a store; the password in it is never shown.
///
/// It may come from a file of its own, named by `<setting>_file`, as secrets do. One without a password may stand among settings.
#[derive(Clone, PartialEq, Eq)]
pub struct StoreUrl(Zeroizing<String>);

impl StoreUrl {
    /// This URL.
    #[must_use]
    pub fn new(url: impl Into<String>) -> Self {
        Self(Zeroizing::new(url.into()))
    }

    /// All of it.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// What stands before the first colon.
    #[must_use]
    pub fn scheme(&self) -> &str {
        self.0.split_once(':').map_or("", |(scheme, _)| scheme)
    }

    /// Whether there is a password in it.
    #[must_use]
    pub fn has_password(&self) -> bool {
        self.parts().is_some_and(|(_, _, rest)| rest.contains("password="))
            || self.user().is_some_and(|user| user.contains(':'))
    }

    fn parts(&self) -> Option<(&str, &str, &str)> {
        let (scheme, rest) = self.0.split_once("://")?;
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        Some((scheme, rest.get(..end)?, rest.get(end..)?))
    }

    fn user(&self) -> Option<&str> {
        self.parts()?.1.rsplit_once('@').map(|(user, _)| user)
    }
}

/// As it may be shown.
impl fmt::Display for StoreUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some((scheme, authority, rest)) = self.parts() else {
            return f.write_str(if self.0.contains(['@', '=']) { "********" } else { &self.0 });
        };
        write!(f, "{scheme}://")?;
        // A password that holds a slash or the like ends the authority early.
        if rest.contains('@') {
            return f.write_str("********");
        }
        match authority.rsplit_once('@') {
            Some((_, host)) => write!(f, "********@{host}")?,
            None => f.write_str(authority)?,
        }
        match rest.split_once('?') {
            Some((path, _)) => write!(f, "{path}?********"),
            None => f.write_str(rest),
        }
    }
}

impl fmt::Debug for StoreUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl<'de> Deserialize<'de> for StoreUrl {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_newtype_struct(URL, Words)
    }
}

struct Words;

impl<'de> Visitor<'de> for Words {
    type Value = StoreUrl;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a URL, as text")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<StoreUrl, E> {
        if text.trim().is_empty() || text.trim().len() != text.len() {
            return Err(E::custom("write a URL, without white space around it"));
        }
        Ok(StoreUrl::new(text))
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> Result<StoreUrl, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Serialize for StoreUrl {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_are_never_shown() {
        let check = |url: &str, shown: &str| assert_eq!(StoreUrl::new(url).to_string(), shown, "{url}");
        check("memory", "memory");
        check("redis://cache:6379/2", "redis://cache:6379/2");
        check("redis://:canary@cache:6379", "redis://********@cache:6379");
        check("redis://u:can@ary@cache", "redis://********@cache");
        check("redis://u:can/ary@cache", "redis://********");
        check("postgres://h/d?password=canary", "postgres://h/d?********");
        check("sqlite:./keys.db", "sqlite:./keys.db");
        check("user:canary@host", "********");
    }
}
