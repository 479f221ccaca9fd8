//! The front: addresses, origins, headers, paths.

use super::Parts;
use crate::{
    Cors, HeadLimit, Stack,
    config::{Size, schema::ServerSettings},
};
use http::HeaderValue;
use palisade_core::{ClientIp, NetworkRules, Networks, ProxyHeader, SecurityHeaders, TrustedProxies};

impl Parts<'_> {
    pub(super) fn front(&mut self, mut stack: Stack) -> Stack {
        let server = &self.config.server;
        if let Some(client_ip) = self.client_ip(server) {
            stack = stack.client_ip(client_ip);
        }
        if let Some(cors) = cors(server) {
            stack = stack.cors(cors);
        }
        if !server.allow.is_empty() || !server.deny.is_empty() {
            let rules = NetworkRules::new().deny(&server.deny);
            let rules =
                rules.and_then(
                    |rules| if server.allow.is_empty() { Ok(rules) } else { rules.allow(&server.allow) },
                );
            if let Some(rules) = self.made("server.allow", rules) {
                stack = stack.networks(Networks::new(rules));
            }
        }
        if server.dangerous_no_security_headers {
            stack = stack.security_headers(None);
        } else if let Some(headers) = self.security_headers(server) {
            stack = stack.security_headers(headers);
        }
        if server.require_https {
            stack = stack.require_https();
        }
        stack = stack.head_limit(head_limit(server));
        if server.dangerous_any_path {
            stack = stack.dangerous_any_path();
        }
        if server.follow_traces {
            stack = stack.follow_traces();
        }
        if let Some(deadline) = server.body_deadline {
            stack = stack.body_deadline(deadline.0);
        }
        if let Some(rate) = server.body_rate {
            stack = stack.body_rate(u32::try_from(rate.0).unwrap_or(u32::MAX));
        }
        match server.body_limit {
            Some(limit) => stack.body_limit(usize::try_from(limit.0).unwrap_or(usize::MAX)),
            None => stack,
        }
    }

    fn security_headers(&mut self, server: &ServerSettings) -> Option<SecurityHeaders> {
        let value = |text: &str| HeaderValue::from_str(text);
        let headers = SecurityHeaders::api();
        let headers = if server.always_https { headers.always_https() } else { headers };
        let headers = match &server.strict_transport_security {
            Some(text) => headers
                .strict_transport_security(Some(self.made("server.strict_transport_security", value(text))?)),
            None => headers,
        };
        Some(match &server.content_security_policy {
            Some(text) => {
                headers.content_security_policy(self.made("server.content_security_policy", value(text))?)
            }
            None => headers,
        })
    }

    fn client_ip(&mut self, server: &ServerSettings) -> Option<ClientIp> {
        let proxies = if server.dangerous_trust_everyone {
            TrustedProxies::dangerous_trust_everyone()
        } else if server.trusted_proxies.is_empty() {
            return None;
        } else {
            self.made("server.trusted_proxies", TrustedProxies::parse(&server.trusted_proxies))?
        };
        let header = match server.proxy_header.as_deref().map(str::to_ascii_lowercase).as_deref() {
            None | Some("x-forwarded-for") => ProxyHeader::XForwardedFor,
            Some("forwarded") => ProxyHeader::Forwarded,
            Some(name) => {
                ProxyHeader::Single(self.made("server.proxy_header", http::HeaderName::try_from(name))?)
            }
        };
        Some(ClientIp::behind(proxies, header))
    }
}

fn head_limit(server: &ServerSettings) -> HeadLimit {
    let bytes = |size: Size| usize::try_from(size.0).unwrap_or(usize::MAX);
    HeadLimit::new()
        .lines(server.header_lines.unwrap_or(HeadLimit::LINES))
        .bytes(server.header_bytes.map_or(HeadLimit::BYTES, bytes))
        .target(server.target_bytes.map_or(HeadLimit::TARGET, bytes))
}

fn cors(server: &ServerSettings) -> Option<Cors> {
    let listed = server.cors_origins.as_ref()?;
    let mut cors = if listed.iter().any(|origin| origin == "*") {
        Cors::any_origin()
    } else {
        // `https://*.example.com` means the sub-domains of `https://example.com`.
        let parents = listed.iter().filter_map(|origin| origin.split_once("://*."));
        let parents = parents.map(|(scheme, parent)| format!("{scheme}://{parent}"));
        let exact = listed.iter().filter(|origin| !origin.contains("://*."));
        Cors::origins(exact.cloned()).subdomains_of(parents)
    };
    if let Some(methods) = &server.cors_methods {
        cors = cors.methods(methods.iter().cloned());
    }
    if let Some(headers) = &server.cors_headers {
        cors = cors.headers(headers.iter().cloned());
    }
    if let Some(age) = server.cors_max_age {
        cors = cors.max_age(age.0);
    }
    Some(if server.cors_credentials { cors.credentials() } else { cors })
}
