//! The front: addresses, origins, headers, paths.

use super::{findings::Findings, networks::network};
use crate::{
    Cors, CorsError, HeadLimit,
    config::{Size, Span, schema::ServerSettings},
};
use palisade_core::{NetworkRules, TrustedProxies};
use std::time::Duration;

const MOST_ORIGINS: usize = 1_000;

pub(super) fn check(server: &ServerSettings, findings: &mut Findings) {
    cors(server, findings);
    proxies(server, findings);
    for (path, list) in [("server.allow", &server.allow), ("server.deny", &server.deny)] {
        if list.len() > NetworkRules::MAX_NETWORKS {
            findings.wrong(path, format!("there are more than {}", NetworkRules::MAX_NETWORKS));
        } else {
            findings.each(path, list, network);
        }
    }
    if let Some(limit) = &server.body_limit {
        findings.within("server.body_limit", limit, &(Size(1)..=Size(1 << 30)));
    }
    head(server, findings);
    connections(server, findings);
    let day = Span(Duration::from_secs(1))..=Span(Duration::from_secs(86_400));
    if let Some(deadline) = &server.body_deadline {
        findings.within("server.body_deadline", deadline, &day);
    }
    if let Some(rate) = &server.body_rate {
        findings.within("server.body_rate", rate, &(Size(1)..=Size(1 << 20)));
    }
    transport(server, findings);
    findings.dangerous(
        server.dangerous_any_path,
        "server.dangerous_any_path",
        "paths that can be read in two ways are taken",
    );
    findings.dangerous(
        server.dangerous_no_security_headers,
        "server.dangerous_no_security_headers",
        "browsers and caches are told nothing",
    );
    findings.dangerous(
        server.dangerous_trust_everyone,
        "server.dangerous_trust_everyone",
        "whoever can connect chooses the address they are counted and logged by",
    );
}

fn head(server: &ServerSettings, findings: &mut Findings) {
    if let Some(lines) = &server.header_lines {
        findings.within("server.header_lines", lines, &HeadLimit::LINES_BOUNDS);
    }
    let bytes = [
        ("server.header_bytes", &server.header_bytes, HeadLimit::BYTES_BOUNDS),
        ("server.target_bytes", &server.target_bytes, HeadLimit::TARGET_BOUNDS),
    ];
    for (path, size, bounds) in bytes {
        let size_of = |bytes: usize| Size(u64::try_from(bytes).unwrap_or(u64::MAX));
        if let Some(size) = size {
            findings.within(path, size, &(size_of(*bounds.start())..=size_of(*bounds.end())));
        }
    }
}

/// Whoever connects.
fn connections(server: &ServerSettings, findings: &mut Findings) {
    for (path, most) in
        [("server.connections", server.connections), ("server.connections_each", server.connections_each)]
    {
        if let Some(most) = most {
            findings.within(path, &most, &(1..=1_000_000));
        }
    }
    if let Some(time) = &server.write_time {
        let hour = Span(Duration::from_secs(1))..=Span(Duration::from_secs(3_600));
        findings.within("server.write_time", time, &hour);
    }
    if server.connections_each.is_some() && server.dangerous_trust_everyone {
        let words = "binds nobody: everybody is a trusted proxy (`dangerous_trust_everyone`)";
        findings.unwise("server.connections_each", words);
    }
}

/// What browsers are told, and whether anything may come in the clear.
fn transport(server: &ServerSettings, findings: &mut Findings) {
    let told = [
        ("server.always_https", server.always_https),
        ("server.strict_transport_security", server.strict_transport_security.is_some()),
        ("server.content_security_policy", server.content_security_policy.is_some()),
    ];
    for (path, _) in told.into_iter().filter(|(_, is_set)| *is_set && server.dangerous_no_security_headers) {
        findings.wrong(path, "contradicts `dangerous_no_security_headers`; keep one of the two");
    }
    // RFC 6797 §6.1: the directive is needed, and its value is a number of seconds.
    let has_age = |value: &str| {
        let ages = value.split(';').filter_map(|part| part.trim().strip_prefix("max-age="));
        ages.filter(|age| !age.is_empty() && age.bytes().all(|sign| sign.is_ascii_digit())).count() == 1
    };
    let value = server.strict_transport_security.as_deref();
    if value.is_some_and(|value| http::HeaderValue::from_str(value).is_err() || !has_age(value)) {
        findings.wrong(
            "server.strict_transport_security",
            "write `max-age=` with a number of seconds, such as `max-age=31536000; includeSubDomains`",
        );
    }
    let policy = server.content_security_policy.as_deref();
    if policy.is_some_and(|policy| http::HeaderValue::from_str(policy).is_err() || policy.trim().is_empty()) {
        findings.wrong(
            "server.content_security_policy",
            "is no header's value; write directives with `;` between them",
        );
    }
}

fn proxies(server: &ServerSettings, findings: &mut Findings) {
    if server.trusted_proxies.len() > TrustedProxies::MAX_NETWORKS {
        findings
            .wrong("server.trusted_proxies", format!("there are more than {}", TrustedProxies::MAX_NETWORKS));
    } else {
        findings.each("server.trusted_proxies", &server.trusted_proxies, network);
    }
    let trusts = !server.trusted_proxies.is_empty() || server.dangerous_trust_everyone;
    if server.dangerous_trust_everyone && !server.trusted_proxies.is_empty() {
        findings
            .wrong("server.dangerous_trust_everyone", "contradicts `trusted_proxies`; keep one of the two");
    }
    if let Some(header) = &server.proxy_header {
        if http::HeaderName::try_from(header.as_str()).is_err() {
            findings.wrong(
                "server.proxy_header",
                "write a header's name: `x-forwarded-for`, `forwarded`, `x-real-ip`",
            );
        } else if !trusts {
            findings
                .wrong("server.proxy_header", "nobody's is believed; name the proxies in `trusted_proxies`");
        }
    }
    if server.follow_traces && !trusts {
        findings
            .wrong("server.follow_traces", "nobody's are believed; name the proxies in `trusted_proxies`");
    }
}

fn cors(server: &ServerSettings, findings: &mut Findings) {
    let Some(origins) = &server.cors_origins else {
        let alone = [
            ("server.cors_methods", server.cors_methods.is_some()),
            ("server.cors_headers", server.cors_headers.is_some()),
            ("server.cors_credentials", server.cors_credentials),
            ("server.cors_max_age", server.cors_max_age.is_some()),
        ];
        for (path, _) in alone.into_iter().filter(|(_, is_set)| *is_set) {
            findings.wrong(path, "no page may call; name their origins in `cors_origins`");
        }
        return;
    };
    if origins.len() > MOST_ORIGINS {
        findings.wrong("server.cors_origins", format!("there are more than {MOST_ORIGINS}"));
        return;
    }
    if origins.is_empty() {
        findings.wrong("server.cors_origins", "is empty; leave it out, or name an origin");
    }
    let any = origins.iter().any(|origin| origin == "*");
    if any && origins.len() > 1 {
        findings.wrong(
            "server.cors_origins",
            "`*` stands for every page; leave the others out, or name origins alone",
        );
    }
    if any && server.cors_credentials {
        findings.wrong(
            "server.cors_credentials",
            "cannot be joined with every origin: that would open every site's session; list the origins",
        );
    }
    findings.each("server.cors_origins", origins, origin);
    let list = |list: &Option<Vec<String>>| list.clone().unwrap_or_default();
    findings.each("server.cors_methods", &list(&server.cors_methods), |method| {
        let known = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];
        match http::Method::from_bytes(method.as_bytes()) {
            Ok(_) if known.iter().any(|name| *name != method && name.eq_ignore_ascii_case(method)) => {
                Err("write methods in upper case; they are compared letter by letter")
            }
            Ok(_) => Ok(()),
            Err(_) => Err("is no method"),
        }
    });
    findings.each("server.cors_headers", &list(&server.cors_headers), |header| {
        match http::HeaderName::from_bytes(header.as_bytes()) {
            Ok(_) => Ok(()),
            Err(_) if header == "*" => Err("`*` would not cover `Authorization`; list the headers"),
            Err(_) => Err("is no header's name"),
        }
    });
    if let Some(age) = &server.cors_max_age {
        findings.within(
            "server.cors_max_age",
            age,
            &(Span(Duration::ZERO)..=Span(Duration::from_secs(86_400))),
        );
    }
}

fn origin(entry: &str) -> Result<(), &'static str> {
    let of = |cors: Cors| cors.layer(&[]).map(drop).map_err(|errors| errors.first().copied());
    let checked = match entry.split_once("://*.") {
        _ if entry == "*" => Ok(()),
        Some((scheme, parent)) => {
            of(Cors::origins::<&str>([]).subdomains_of([format!("{scheme}://{parent}")]))
        }
        None => of(Cors::origins([entry])),
    };
    checked.map_err(|error| match error {
        Some(CorsError::Parent(_)) => {
            "is no pattern: write `https://*.example.com`, in lower case, with two labels at least after the star"
        }
        _ if entry == "null" => "stands for sandboxes and files of any site; name the page's origin",
        _ => "is no origin: write scheme://host[:port] in lower case, without a path",
    })
}
