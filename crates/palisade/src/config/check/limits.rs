//! How much may be asked.

use super::{
    findings::Findings,
    secret::{password, secret},
};
use crate::config::{
    Config, Span,
    schema::{AuthSettings, LimitSettings, WhileDown},
};
use palisade_core::By;
use palisade_limit::{Plans, RateLimit};
use std::time::Duration;

pub(super) fn check(config: &Config, findings: &mut Findings) {
    let limits = &config.limits;
    for (path, words) in [("limits.address", &limits.address), ("limits.principal", &limits.principal)] {
        if let Some(words) = words
            && let Err(error) = RateLimit::new("limit", words.as_str(), By::client())
        {
            let what = format!("is no quota: {}; write one such as `5/second burst 10`", reason(&error));
            findings.wrong(path, what);
        }
    }
    let is_open = matches!(config.auth, Some(AuthSettings::Disabled));
    if limits.address.is_none() && !is_open {
        findings
            .unwise("limits.address", "guessing is not limited; write a quota such as `5/second burst 10`");
    }
    plans(limits, findings);
    let times = [
        ("limits.in_flight_retry", &limits.in_flight_retry),
        ("limits.in_flight_unread", &limits.in_flight_unread),
    ];
    for (path, time) in times {
        let Some(time) = time else { continue };
        let seconds = |seconds| Span(Duration::from_secs(seconds));
        findings.within(path, time, &(seconds(1)..=seconds(3_600)));
        if limits.in_flight.is_none() {
            findings.wrong(path, "is about `in_flight`, which is not set");
        }
    }
    if let Some(most) = &limits.in_flight {
        findings.within("limits.in_flight", most, &(1..=1_000_000));
    }
    match (limits.in_flight, limits.in_flight_reserve) {
        (_, None) => {}
        (None, Some(_)) => {
            findings.wrong("limits.in_flight_reserve", "is a part of `in_flight`, which is not set")
        }
        (Some(most), Some(reserve)) if reserve == 0 || reserve >= most => {
            findings.wrong("limits.in_flight_reserve", "write 1 or more, and less than `in_flight`");
        }
        (Some(_), Some(_)) => {}
    }
    findings.within("limits.nodes", &limits.nodes, &(1..=1_000));
    findings.within("limits.capacity", &limits.capacity, &(1..=10_000_000));
    let millis = |millis: u64| Span(Duration::from_millis(millis));
    findings.within("limits.timeout", &limits.timeout, &(millis(1)..=millis(250)));
    findings.within("limits.connect_timeout", &limits.connect_timeout, &(millis(10)..=millis(5_000)));
    secret(findings, "limits.secret", limits.secret.as_ref(), 16);
    store(limits, findings);
    findings.dangerous(
        limits.dangerous_open_while_down,
        "limits.dangerous_open_while_down",
        "nobody is limited while the store is down",
    );
    findings.dangerous(
        limits.dangerous_plaintext,
        "limits.dangerous_plaintext",
        "the store is spoken with without TLS",
    );
}

/// At most so many plans.
const MOST_PLANS: usize = 1_000;

fn plans(limits: &LimitSettings, findings: &mut Findings) {
    if limits.plans.is_empty() {
        return;
    }
    if limits.principal.is_some() {
        findings.wrong("limits.plans", "contradicts `principal`; write that as the plan `default`");
    }
    if limits.plans.len() > MOST_PLANS {
        findings.wrong("limits.plans", format!("there are more than {MOST_PLANS}"));
        return;
    }
    if !limits.plans.contains_key("default") {
        findings.wrong("limits.plans", "has no `default`, for callers without a plan");
    }
    for (name, words) in &limits.plans {
        let made = Plans::new("1/second").and_then(|plans| plans.plan(name, words.as_str()));
        let made = made.and_then(|plans| RateLimit::plans("principal", plans, By::client()));
        if let Err(error) = made {
            let what = format!("is no quota of a plan: {}; write one such as `60/minute`", reason(&error));
            findings.wrong(format!("limits.plans.{name}"), what);
        }
    }
}

fn store(limits: &LimitSettings, findings: &mut Findings) {
    match limits.store.scheme() {
        "redis" | "rediss" | "redis+cluster" | "rediss+cluster" | "valkey" | "valkeys" | "valkey+cluster"
        | "valkeys+cluster" | "unix" => {
            if limits.store.has_password() {
                password(findings, "limits.store");
            } else if limits.secret.is_none() {
                findings.unwise(
                    "limits.secret",
                    "is made of the URL, which is no secret: whoever reads the store can tell who was counted",
                );
            }
        }
        "" if limits.store.expose() == "memory" => {
            let alone = [
                ("limits.nodes", limits.nodes > 1),
                ("limits.while_down", limits.while_down != WhileDown::Local),
                ("limits.dangerous_open_while_down", limits.dangerous_open_while_down),
                ("limits.dangerous_plaintext", limits.dangerous_plaintext),
                ("limits.prefix", limits.prefix.is_some()),
                ("limits.certificate_authority", limits.certificate_authority.is_some()),
            ];
            for (path, _) in alone.into_iter().filter(|(_, is_set)| *is_set) {
                findings.wrong(
                    path,
                    "is about a store that processes share; name it in `store`, such as `redis://cache:6379`",
                );
            }
        }
        _ => findings.wrong("limits.store", "write `memory`, `redis://host:port` or `rediss://host:port`"),
    }
    let in_memory = limits.store.expose() == "memory" || limits.while_down == WhileDown::Local;
    if limits.preallocate && (!in_memory || limits.dangerous_open_while_down) {
        findings.wrong("limits.preallocate", "is about counters in memory, and there are none");
    } else if limits.preallocate && limits.quotas().next().is_none() {
        findings
            .wrong("limits.preallocate", "is for `address`, `principal` or `plans`, of which none is set");
    }
    if limits.dangerous_open_while_down && limits.while_down == WhileDown::Closed {
        findings.wrong("limits.dangerous_open_while_down", "contradicts `while_down`; keep one of the two");
    }
    let fits = |prefix: &str| {
        (1..=32).contains(&prefix.len())
            && prefix.bytes().all(|byte| byte.is_ascii_alphanumeric() || b":-_.".contains(&byte))
    };
    if limits.prefix.as_deref().is_some_and(|prefix| !fits(prefix)) {
        findings.wrong("limits.prefix", "write 1 to 32 letters, digits, `:`, `-`, `_` and `.`");
    }
}

fn reason(error: &palisade_limit::LimitError) -> String {
    std::error::Error::source(error).map_or_else(|| error.to_string(), ToString::to_string)
}
