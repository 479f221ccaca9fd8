//! The front: addresses, origins, headers, paths.

use super::Parts;
use crate::{Cors, Stack, config::schema::ServerSettings};
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
        } else if server.always_https {
            stack = stack.security_headers(SecurityHeaders::api().always_https());
        }
        if server.dangerous_any_path {
            stack = stack.dangerous_any_path();
        }
        if server.follow_traces {
            stack = stack.follow_traces();
        }
        match server.body_limit {
            Some(limit) => stack.body_limit(usize::try_from(limit.0).unwrap_or(usize::MAX)),
            None => stack,
        }
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
