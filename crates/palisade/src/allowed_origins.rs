//! Which origins may call.

use http::HeaderValue;
use std::sync::Arc;
use tower_http::cors::AllowOrigin;

/// Every origin, or some and sub-domains of some; clones share them.
#[derive(Clone, Debug)]
pub(crate) struct AllowedOrigins(Option<Arc<These>>);

#[derive(Debug)]
struct These {
    origins: Vec<HeaderValue>,
    parents: Vec<Parent>,
}

impl AllowedOrigins {
    pub(crate) const fn any() -> Self {
        Self(None)
    }

    pub(crate) fn these(origins: Vec<HeaderValue>, parents: Vec<Parent>) -> Self {
        Self(Some(Arc::new(These { origins, parents })))
    }

    pub(crate) const fn is_any(&self) -> bool {
        self.0.is_none()
    }

    pub(crate) fn has(&self, origin: &HeaderValue) -> bool {
        self.0.as_ref().is_none_or(|these| these.has(origin))
    }

    /// The same as tower-http asks for it.
    pub(crate) fn layer(self) -> AllowOrigin {
        match self.0 {
            None => AllowOrigin::any(),
            Some(these) if these.parents.is_empty() => AllowOrigin::list(these.origins.iter().cloned()),
            Some(these) => AllowOrigin::predicate(move |origin, _| these.has(origin)),
        }
    }
}

impl These {
    fn has(&self, origin: &HeaderValue) -> bool {
        self.origins.contains(origin) || self.parents.iter().any(|parent| parent.has(origin.as_bytes()))
    }
}

/// An origin whose sub-domains are meant.
#[derive(Clone, Debug)]
pub(crate) struct Parent {
    /// `https://`.
    scheme: Box<[u8]>,
    /// `.example.com:8443`.
    rest: Box<[u8]>,
}

impl Parent {
    pub(crate) fn read(origin: &str) -> Option<Self> {
        origin_value(origin)?;
        let (scheme, authority) = origin.split_once("://")?;
        let host = authority.split(':').next()?;
        let is_label = |label: &str| is_label(label.as_bytes());
        let is_name = host.contains('.') && host.split('.').all(is_label);
        // An address has no sub-domains.
        let is_address = host.split('.').next_back()?.bytes().all(|byte| byte.is_ascii_digit());
        let rest = format!(".{authority}").into_bytes().into();
        (is_name && !is_address).then(|| Self { scheme: format!("{scheme}://").into_bytes().into(), rest })
    }

    pub(crate) fn has(&self, origin: &[u8]) -> bool {
        let label = origin.strip_prefix(&*self.scheme).and_then(|rest| rest.strip_suffix(&*self.rest));
        label.is_some_and(is_label)
    }
}

/// One label of a host name, as browsers send it: A-labels in lower case (RFC 5890 §2.3.1).
fn is_label(label: &[u8]) -> bool {
    let fits =
        |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || *byte == b'-' || *byte == b'_';
    (1..=63).contains(&label.len())
        && label.iter().all(fits)
        && !label.starts_with(b"-")
        && !label.ends_with(b"-")
}

/// Origins are compared byte by byte with what browsers send, so only what a browser would send can be listed.
pub(crate) fn origin_value(origin: &str) -> Option<HeaderValue> {
    let (scheme, authority) = origin.split_once("://")?;
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let scheme_fits = !scheme.is_empty() && scheme.bytes().all(|byte| plain(byte) || b"+-.".contains(&byte));
    let fits =
        !authority.is_empty() && authority.bytes().all(|byte| plain(byte) || b".-:[]_".contains(&byte));
    (scheme_fits && fits).then(|| HeaderValue::from_str(origin).ok()).flatten()
}
