//! The front: addresses, origins, headers, paths.

use super::{findings::Findings, networks::network};
use crate::{
    Cors, CorsError,
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
