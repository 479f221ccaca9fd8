//! The front: addresses, origins, headers, paths, and how refusals read.

use crate::config::{Size, Span};
use serde::{Deserialize, Serialize};

/// The front: addresses, origins, headers, paths.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct ServerSettings {
    /// Pages that may call: `https://app.example.com`; `https://*.example.com` for sub-domains of exactly one label; `*` alone for every
    /// page. None unless it is there.
    pub cors_origins: Option<Vec<String>>,
    /// Methods that pages may use.
    pub cors_methods: Option<Vec<String>>,
    /// Request headers that pages may set, besides `Authorization` and `Content-Type`.
    pub cors_headers: Option<Vec<String>>,
    /// Whether browsers may send cookies and client certificates along.
    pub cors_credentials: bool,
    /// How long browsers may keep a preflight's answer, at most a day; two hours unless set.
    pub cors_max_age: Option<Span>,
    /// Networks whose word about the client's address is taken; nobody's unless set.
    pub trusted_proxies: Vec<String>,
    /// The header in which they tell it: `x-forwarded-for` unless set, `forwarded`, or one that they overwrite, such as `x-real-ip`.
    pub proxy_header: Option<String>,
    /// Networks that may call, and nobody else.
    pub allow: Vec<String>,
    /// Networks that may not call.
    pub deny: Vec<String>,
    /// A proxy in front takes nothing but HTTPS, so that `Strict-Transport-Security` goes out with every answer.
    pub always_https: bool,
    /// Refuses what came neither over TLS of this process nor, by the word of a trusted proxy, over the proxy's.
    pub require_https: bool,
    /// Another value of `Strict-Transport-Security`; `max-age=31536000` unless set.
    pub strict_transport_security: Option<String>,
    /// Another value of `Content-Security-Policy`; `default-src 'none'; frame-ancestors 'none'` unless set.
    pub content_security_policy: Option<String>,
    /// Takes request ids and traces of trusted proxies.
    pub follow_traces: bool,
    /// The largest request body of routes that do not say it themselves, 1 B to 1 GiB.
    pub body_limit: Option<Size>,
    /// How long a client may take for a request body where a route does not say it, 1 s to a day; 30 s unless set.
    pub body_deadline: Option<Span>,
    /// What it must send of it in a second, at least, 1 B to 1 MiB; 128 B unless set.
    pub body_rate: Option<Size>,
    /// The most header lines of a request, 8 to 100; 64 unless set.
    pub header_lines: Option<usize>,
    /// The most bytes in them, 1 KiB to 48 KiB; 16 KiB unless set.
    pub header_bytes: Option<Size>,
    /// The most bytes of path and query together, 256 B to 32 KiB; 8 KiB unless set.
    pub target_bytes: Option<Size>,
    /// The most connections at once, 1 to 1,000,000; 10,000 unless set.
    pub connections: Option<u32>,
    /// The most of them from one client address, 1 to 1,000,000; as many as are free unless set. Trusted proxies are not counted.
    pub connections_each: Option<u32>,
    /// How long a connection may take nothing of what is written to it, 1 s to an hour; 30 s unless set.
    pub write_time: Option<Span>,
    /// Takes paths that can be read in two ways.
    pub dangerous_any_path: bool,
    /// Adds no header for browsers and caches.
    pub dangerous_no_security_headers: bool,
    /// Believes whoever connects what it says of the client's address.
    pub dangerous_trust_everyone: bool,
}

/// How refusals read.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct ErrorSettings {
    /// As what.
    pub format: ErrorFormat,
    /// Also puts plain-text errors of others into this form.
    pub dress_rejections: bool,
}

/// As what refusals are told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum ErrorFormat {
    /// Problem documents for those who prefer them, JSON for all others.
    #[default]
    Negotiated,
    /// `{"error":{…}}`.
    Json,
    /// RFC 9457.
    Problem,
    /// RFC 9457 with an `error` member.
    Dual,
}
