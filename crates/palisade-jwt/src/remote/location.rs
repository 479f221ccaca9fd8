//! Where an identity provider is found: URLs that may be asked.

use http::Uri;
use std::{fmt, net::IpAddr};

/// A URL that was checked: `https`, or `http` on this machine where that was permitted; no user name, no fragment.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Location(Uri);

/// Why a URL may not be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum LocationFault {
    #[error("it is no absolute URL such as https://id.example.com/tenant")]
    Malformed,
    #[error("it is longer than {MAX_LEN} bytes")]
    Long,
    #[error("it is not https; a provider on this machine needs dangerous_loopback_http()")]
    NotHttps,
    #[error("http is for this machine alone: localhost, 127.0.0.1 or [::1]")]
    HttpElsewhere,
    #[error("it carries a user name or password; remove everything up to the @")]
    UserInfo,
    #[error("it carries a fragment; remove everything from the #")]
    Fragment,
    #[error("an issuer has no query; remove everything from the ?")]
    Query,
}

const MAX_LEN: usize = 2_048;

impl Location {
    /// Checks a URL; `http` passes only where it stays on this machine and that is permitted.
    pub(crate) fn parse(text: &str, loopback_http: bool) -> Result<Self, LocationFault> {
        if text.len() > MAX_LEN {
            return Err(LocationFault::Long);
        }
        if text.contains('#') {
            return Err(LocationFault::Fragment);
        }
        // What one reader takes for the end of a host, another takes for a part of it.
        if text.bytes().any(|byte| !byte.is_ascii_graphic() || byte == b'\\') {
            return Err(LocationFault::Malformed);
        }
        let uri: Uri = text.parse().map_err(|_| LocationFault::Malformed)?;
        let authority = uri.authority().ok_or(LocationFault::Malformed)?;
        if authority.as_str().contains('@') {
            return Err(LocationFault::UserInfo);
        }
        let location = Self(uri);
        let host = location.host();
        // `host:` without a number, and numbers that are no port, are read differently by different parsers.
        let port = location.0.authority().and_then(|authority| authority.as_str().rsplit_once(':'));
        let odd_port = port.is_some_and(|(_, port)| !port.ends_with(']') && port.parse::<u16>().is_err());
        if host.is_empty() || odd_port {
            return Err(LocationFault::Malformed);
        }
        match location.0.scheme_str() {
            Some("https") => Ok(location),
            Some("http") if !loopback_http => Err(LocationFault::NotHttps),
            Some("http") if location.is_loopback() => Ok(location),
            Some("http") => Err(LocationFault::HttpElsewhere),
            Some(_) => Err(LocationFault::NotHttps),
            None => Err(LocationFault::Malformed),
        }
    }

    /// An issuer: no query either (OpenID Connect Discovery 1.0 §3).
    pub(crate) fn issuer(text: &str, loopback_http: bool) -> Result<Self, LocationFault> {
        let location = Self::parse(text, loopback_http)?;
        if text.contains('?') { Err(LocationFault::Query) } else { Ok(location) }
    }

    pub(crate) const fn uri(&self) -> &Uri {
        &self.0
    }

    /// Host name, or address without brackets.
    pub(crate) fn host(&self) -> &str {
        let host = self.0.host().unwrap_or_default();
        host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host)
    }

    pub(crate) fn is_https(&self) -> bool {
        self.0.scheme_str() == Some("https")
    }

    pub(crate) fn port(&self) -> u16 {
        self.0.port_u16().unwrap_or(if self.is_https() { 443 } else { 80 })
    }

    /// Path and query, as they stand in a request line.
    pub(crate) fn target(&self) -> &str {
        self.0
            .path_and_query()
            .map_or("/", |target| if target.as_str().is_empty() { "/" } else { target.as_str() })
    }

    fn is_loopback(&self) -> bool {
        let host = self.host();
        host.eq_ignore_ascii_case("localhost")
            || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
    }
}

/// Without the query, in which secrets may stand.
impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let authority = self.0.authority().map_or("", |authority| authority.as_str());
        write!(f, "{}://{authority}{}", self.0.scheme_str().unwrap_or_default(), self.0.path())
    }
}

impl fmt::Debug for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use LocationFault::{Fragment, HttpElsewhere, Long, Malformed, NotHttps, Query, UserInfo};

    fn check(url: &str, loopback_http: bool, expected: Result<(&str, u16, &str), LocationFault>) {
        let found = Location::issuer(url, loopback_http);
        let found = found.as_ref().map(|url| (url.host(), url.port(), url.target())).map_err(|fault| *fault);
        assert_eq!(found, expected, "{url}");
    }

    #[test]
    fn a149_urls_that_leave_tls_or_hide_something_are_mistakes_of_configuration() {
        check("https://id.example.com", false, Ok(("id.example.com", 443, "/")));
        check("https://id.example.com:8443/a/b", false, Ok(("id.example.com", 8_443, "/a/b")));
        check("https://[2001:db8::1]:9/", false, Ok(("2001:db8::1", 9, "/")));
        check("https://[2001:db8::1]/", false, Ok(("2001:db8::1", 443, "/")));
        check("http://id.example.com", false, Err(NotHttps));
        check("http://127.0.0.1:8080", false, Err(NotHttps));
        check("http://127.0.0.1:8080", true, Ok(("127.0.0.1", 8_080, "/")));
        check("http://localhost", true, Ok(("localhost", 80, "/")));
        check("http://[::1]:1/x", true, Ok(("::1", 1, "/x")));
        check("http://id.example.com", true, Err(HttpElsewhere));
        check("http://127.0.0.1.example.com", true, Err(HttpElsewhere));
        check("http://localhost.example.com", true, Err(HttpElsewhere));
        check("ftp://id.example.com", true, Err(NotHttps));
        check("https://me@id.example.com", false, Err(UserInfo));
        check("https://me:pass@id.example.com", false, Err(UserInfo));
        check("https://id.example.com@evil.example/", false, Err(UserInfo));
        check("https://id.example.com/#top", false, Err(Fragment));
        check("https://id.example.com/?a=b", false, Err(Query));
        for odd in [
            "",
            "id.example.com",
            "/path",
            "https://",
            "https:///x",
            "https://a b",
            "https://a\\b",
            "https://ü",
        ] {
            check(odd, false, Err(Malformed));
        }
        for odd in ["https://a:", "https://a:99999", "https://a:x", "https://a\r\nb", "https://a\0"] {
            check(odd, false, Err(Malformed));
        }
        check(&format!("https://a/{}", "x".repeat(MAX_LEN)), false, Err(Long));
        assert!(Location::parse("https://id.example.com/keys?tenant=1", false).is_ok());
    }

    #[test]
    fn a_query_is_asked_and_not_shown() {
        let location = Location::parse("https://id.example.com:8443/keys?token=hunter2", false).unwrap();
        assert_eq!(location.target(), "/keys?token=hunter2");
        assert_eq!(
            format!("{location} {location:?}"),
            "https://id.example.com:8443/keys https://id.example.com:8443/keys"
        );
    }
}
