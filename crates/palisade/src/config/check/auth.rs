//! How callers are known.

use super::database::{Pool, database, in_database};
use super::findings::Findings;
use crate::config::{
    Config, Span,
    schema::{AuthKinds, AuthSettings, IssuerSettings, KeySettings, TokenSettings},
    token,
};
use palisade_core::MAX_STATIC_TOKENS;
use std::{collections::BTreeSet, time::Duration};

const MOST_ROLES: usize = 1_000;
const MOST_ISSUERS: usize = 64;

pub(super) fn check(config: &Config, findings: &mut Findings) {
    match &config.auth {
        None => findings.wrong(
            "auth",
            "is missing: declare `[[auth.tokens]]`, `[auth.keys]` or `[[auth.issuers]]`, write `auth = \"application\"` if the program adds a kind of credentials itself, or `auth = \"disabled\"` if every route shall be open",
        ),
        Some(AuthSettings::Disabled) => findings.unwise("auth", "every route is open to everybody"),
        Some(AuthSettings::Application) => {}
        Some(AuthSettings::Kinds(kinds)) => kinds_of(kinds, findings),
    }
}

fn kinds_of(kinds: &AuthKinds, findings: &mut Findings) {
    if kinds.tokens.is_empty() && kinds.keys.is_none() && kinds.issuers.is_empty() && !kinds.application {
        findings.wrong(
            "auth",
            "declares no credential: add `[[auth.tokens]]`, `[auth.keys]` or `[[auth.issuers]]`, write `application = true` if the program adds a kind itself, or `auth = \"disabled\"` if every route shall be open",
        );
    }
    tokens(&kinds.tokens, findings);
    if let Some(keys) = &kinds.keys {
        keys_of(keys, findings);
    }
    if let Some(settings) = &kinds.database {
        database(settings, kinds.keys.as_ref(), findings);
    }
    if kinds.issuers.len() > MOST_ISSUERS {
        findings.wrong("auth.issuers", format!("there are more than {MOST_ISSUERS}"));
    }
    let mut names = BTreeSet::new();
    for (at, issuer) in kinds.issuers.iter().take(MOST_ISSUERS).enumerate() {
        let path = format!("auth.issuers[{at}]");
        if !issuer.issuer.is_empty() && !names.insert(issuer.issuer.as_str()) {
            findings.wrong(format!("{path}.issuer"), "stands there twice");
        }
        issuer_of(&path, issuer, findings);
    }
    if kinds.roles.len() > MOST_ROLES {
        findings.wrong("auth.roles", format!("there are more than {MOST_ROLES}"));
    }
    for (name, words) in kinds.roles.iter().take(MOST_ROLES) {
        scopes(&format!("auth.roles.{name}"), words, findings);
    }
    if !kinds.roles.is_empty() && kinds.keys.is_none() && kinds.issuers.is_empty() && !kinds.application {
        findings.unwise("auth.roles", "tokens have no roles; write their `scopes`");
    }
}

fn tokens(tokens: &[TokenSettings], findings: &mut Findings) {
    if tokens.len() > MAX_STATIC_TOKENS {
        findings.wrong("auth.tokens", format!("there are more than {MAX_STATIC_TOKENS}"));
    }
    let mut names = BTreeSet::new();
    for (at, token) in tokens.iter().take(MAX_STATIC_TOKENS).enumerate() {
        let inside = |key: &str| match key {
            "" => format!("auth.tokens[{at}]"),
            key => format!("auth.tokens[{at}].{key}"),
        };
        for mistake in token.declared().err().into_iter().flatten() {
            findings.wrong(inside(mistake.path()), mistake.what());
        }
        if !token.name.is_empty() && !names.insert(token.name.as_str()) {
            findings.wrong(inside("name"), "stands there twice");
        }
        findings.dangerous(
            token.dangerous_weak,
            &inside("dangerous_weak"),
            "a token that can be guessed is taken",
        );
    }
}

fn scopes(path: &str, words: &[String], findings: &mut Findings) {
    token::scopes(path, words, &mut findings.mistakes);
}

fn keys_of(keys: &KeySettings, findings: &mut Findings) {
    let word = |text: &str, most: usize| {
        (1..=most).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
    };
    if !word(&keys.prefix, 16) || !keys.prefix.starts_with(|sign: char| sign.is_ascii_alphabetic()) {
        findings.wrong(
            "auth.keys.prefix",
            "write what keys begin with: 1 to 16 letters and digits, a letter first",
        );
    }
    if !word(&keys.environment, 8) {
        findings.wrong("auth.keys.environment", "write 1 to 8 letters and digits, such as `live` or `test`");
    }
    super::secret::secret(findings, "auth.keys.check_key", keys.check_key.as_ref(), 16);
    super::secret::secret(findings, "auth.keys.pepper", keys.pepper.as_ref(), 32);
    if keys.header.as_deref().is_some_and(|name| http::HeaderName::try_from(name).is_err()) {
        findings.wrong("auth.keys.header", "write a header's name, such as `x-api-key`");
    }
    let minute = Span(Duration::ZERO)..=Span(Duration::from_secs(60));
    findings.within("auth.keys.cache", &keys.cache, &minute);
    findings.within("auth.keys.cache_misses", &keys.cache_misses, &minute);
    in_database("auth.keys", &Pool::of_keys(keys), findings);
    match keys.store.scheme() {
        "" if keys.store.expose() == "memory" => {
            findings.unwise(
                "auth.keys.store",
                "keys are forgotten when the process ends; write `sqlite:<path>` or `postgres://…`",
            );
        }
        "sqlite" | "postgres" | "postgresql" => {}
        _ => findings
            .wrong("auth.keys.store", "write `memory`, `sqlite:<path>` or `postgres://user@host/database`"),
    }
}

fn issuer_of(path: &str, issuer: &IssuerSettings, findings: &mut Findings) {
    let inside = |key: &str| format!("{path}.{key}");
    findings.written(
        &inside("issuer"),
        &issuer.issuer,
        "write the `iss` of its tokens, such as `https://login.example.com/`",
    );
    findings.each(&inside("audience"), &issuer.audience, |name| {
        if name.trim().is_empty() { Err("is blank") } else { Ok(()) }
    });
    let layout = layout(&issuer.claims);
    if layout.is_none() {
        findings.wrong(
            inside("claims"),
            "write `standard`, `auth0`, `entra`, `okta`, `keycloak:CLIENT` or `cognito:CLIENT`",
        );
    }
    let names_audience = layout != Some("cognito");
    match (issuer.audience.is_empty(), issuer.dangerous_any_audience) {
        (true, false) if names_audience => findings.wrong(
            inside("audience"),
            "tokens for any service would be taken: write what this one is called in their `aud`",
        ),
        (false, _) if !names_audience => {
            findings.wrong(inside("audience"), "access tokens of Cognito name none; leave it out");
        }
        (false, true) => {
            findings.wrong(inside("dangerous_any_audience"), "contradicts `audience`; keep one of the two")
        }
        (true | false, _) => {}
    }
    findings.dangerous(
        issuer.dangerous_any_audience,
        &inside("dangerous_any_audience"),
        "tokens that were made for other services are taken too",
    );
    findings.dangerous(
        issuer.dangerous_unbound,
        &inside("dangerous_unbound"),
        "whoever has stolen a token that is bound to a key may use it, unless something in front has checked",
    );
    findings.dangerous(
        issuer.dangerous_loopback_http,
        &inside("dangerous_loopback_http"),
        "keys are fetched without TLS: whoever can listen there can make tokens",
    );
    findings.each(&inside("networks"), &issuer.networks, super::networks::network);
    scopes(&inside("at_most"), &issuer.at_most, findings);
    if issuer.leeway.is_some_and(|leeway| leeway.0 > Duration::from_secs(300)) {
        findings.wrong(inside("leeway"), "is more than 5 min; set the clocks instead");
    }
    let within = |seconds: std::ops::RangeInclusive<u64>| {
        Span(Duration::from_secs(*seconds.start()))..=Span(Duration::from_secs(*seconds.end()))
    };
    let times = [
        ("keys_age", &issuer.keys_age, 60..=86_400),
        ("keys_cooldown", &issuer.keys_cooldown, 5..=3_600),
        ("keys_stale", &issuer.keys_stale, 0..=86_400),
    ];
    for (name, time, seconds) in times {
        if let Some(time) = time {
            findings.within(&inside(name), time, &within(seconds));
        }
    }
    if issuer.tenant.as_deref().is_some_and(|tenant| tenant.trim().is_empty()) {
        findings.wrong(inside("tenant"), "is blank");
    }
    let days = |days: u64| Span(Duration::from_secs(days * 86_400));
    if let Some(lifetime) = &issuer.max_lifetime {
        findings.within(&inside("max_lifetime"), lifetime, &(Span(Duration::from_secs(1))..=days(7)));
    }
}

/// The name of a layout of claims, without its client.
fn layout(claims: &str) -> Option<&str> {
    match claims.split_once(':') {
        None => ["standard", "auth0", "entra", "okta"].into_iter().find(|name| *name == claims),
        Some((name, client)) if !client.trim().is_empty() => {
            ["keycloak", "cognito"].into_iter().find(|known| *known == name)
        }
        Some(_) => None,
    }
}
