//! One request, told in the order in which it was decided.

use crate::{escape::quoted, network::shortened, redact::Redactor};
use http::{Method, header::AUTHORIZATION};
use palisade_core::{Decision, Denial, Facts, Identity, Mode, Moment, Policy, Timestamp};
use std::net::IpAddr;

/// What is told: typed facts alone. No header, path or body is among them, so no secret can be.
pub(super) struct Account<'a> {
    pub(super) began: Moment,
    pub(super) method: &'a Method,
    pub(super) scheme: Option<&'static str>,
    pub(super) status: Option<u16>,
    pub(super) until: Timestamp,
    pub(super) facts: &'a Facts,
    pub(super) redactor: &'a Redactor,
    /// Whether of addresses the network alone is told.
    pub(super) shortens: bool,
}

impl Account<'_> {
    /// As JSON.
    pub(super) fn json(&self) -> Vec<u8> {
        let Self { facts, .. } = self;
        let mut out = Object::new();
        out.text("time", &self.began.wall.rfc3339_millis());
        out.text("request_id", &facts.request_id().to_string());
        if let Some(trace) = facts.trace() {
            out.text("trace_id", std::str::from_utf8(&trace.trace_id()).unwrap_or_default());
        }
        out.text("method", self.method.as_str());
        if let Some(status) = self.status {
            out.raw("status", &status.to_string());
        }
        out.text("mode", if facts.mode() == Mode::Report { "report" } else { "enforce" });
        self.client(&mut out);
        self.credential(&mut out);
        self.caller(&mut out);
        self.limits(&mut out);
        if let Some(route) = facts.route() {
            out.text("route", route.template());
            out.text("policy", route.policy());
        }
        if let Some(denial) = facts.denial() {
            out.raw("denied", &refusal(denial));
        }
        let would_deny: Vec<_> = facts.would_deny().map(refusal).collect();
        if !would_deny.is_empty() {
            out.raw("would_deny", &format!("[{}]", would_deny.join(",")));
        }
        self.stages(&mut out);
        out.close()
    }

    /// Whose address counts, and whether a proxy was believed about it.
    fn client(&self, out: &mut Object) {
        let Some(client) = self.facts.client() else { return };
        let mut object = Object::new();
        object.text("address", &self.told(client.ip));
        if let Some(peer) = client.peer {
            object.text("peer", &self.told(peer.ip().to_canonical()));
            let forwarded = peer.ip().to_canonical() != client.ip;
            object.text("because", if forwarded { "a trusted proxy said so" } else { "it is the peer" });
        }
        if let Some(vouched) = self.facts.vouched() {
            let mut proxy = Object::new();
            proxy.text("address", &self.told(vouched.by));
            proxy.text("header", vouched.header.as_str());
            proxy.raw("hops", &vouched.hops.to_string());
            if let Some(anomaly) = vouched.anomaly {
                proxy.text("anomaly", anomaly);
            }
            object.object("trusted", proxy);
        }
        out.object("client", object);
    }

    fn told(&self, ip: IpAddr) -> String {
        if self.shortens { shortened(ip) } else { ip }.to_string()
    }

    /// In which header a credential stood, and under which of the known schemes; nothing of the credential itself.
    fn credential(&self, out: &mut Object) {
        let Some(place) = self.facts.place() else { return };
        let mut object = Object::new();
        object.text("header", place.as_str());
        if let Some(scheme) = self.scheme.filter(|_| *place == AUTHORIZATION) {
            object.text("scheme", scheme);
        }
        out.object("credential", object);
    }

    fn caller(&self, out: &mut Object) {
        let Some(caller) = self.facts.identity().and_then(Identity::principal) else { return };
        let mut object = Object::new();
        object.text("kind", caller.kind());
        object.text("id", &self.redactor.redact(caller.id()));
        if let Some(tenant) = caller.tenant() {
            object.text("tenant", &self.redactor.redact(tenant));
        }
        out.object("caller", object);
    }

    fn limits(&self, out: &mut Object) {
        let one = |(policy, decision): (&Policy, &Decision)| {
            let mut object = Object::new();
            object.text("policy", policy.name());
            object.raw("admitted", if decision.admitted { "true" } else { "false" });
            object.raw("limit", &decision.limit.to_string());
            object.raw("before", &before(decision, self.facts.cost(policy)).to_string());
            object.raw("remaining", &decision.remaining.to_string());
            String::from_utf8(object.close()).unwrap_or_default()
        };
        let limits: Vec<_> = self.facts.decisions().map(one).collect();
        if !limits.is_empty() {
            out.raw("limits", &format!("[{}]", limits.join(",")));
        }
    }

    /// What each stage took; the last one is what came after them.
    fn stages(&self, out: &mut Object) {
        let rest = if self.facts.denial().is_some() { "refusal" } else { "handler" };
        let mut from = self.began.mono;
        let mut stages = Object::new();
        for (stage, ended) in self.facts.stages().chain([(rest, self.until)]) {
            stages.raw(stage, &(ended.nanos_since(from) / 1_000).to_string());
            from = ended;
        }
        out.object("stages_us", stages);
    }
}

/// What was there before the charge: what is left, and what was taken.
fn before(decision: &Decision, cost: u32) -> u32 {
    let taken = if decision.admitted { cost } else { 0 };
    decision.remaining.saturating_add(taken).min(decision.limit)
}

fn refusal(denial: &Denial) -> String {
    let mut object = Object::new();
    object.text("code", denial.kind().code());
    object.text("reason", denial.reason());
    String::from_utf8(object.close()).unwrap_or_default()
}

/// An object that is being written.
struct Object(Vec<u8>);

impl Object {
    fn new() -> Self {
        Self(Vec::with_capacity(64))
    }

    fn name(&mut self, name: &str) {
        self.0.push(if self.0.is_empty() { b'{' } else { b',' });
        quoted(&mut self.0, name);
        self.0.push(b':');
    }

    fn text(&mut self, name: &str, value: &str) {
        self.name(name);
        quoted(&mut self.0, value);
    }

    /// A value that is JSON already.
    fn raw(&mut self, name: &str, value: &str) {
        self.name(name);
        self.0.extend_from_slice(value.as_bytes());
    }

    fn object(&mut self, name: &str, value: Self) {
        self.name(name);
        self.0.extend(value.close());
    }

    fn close(mut self) -> Vec<u8> {
        if self.0.is_empty() {
            self.0.push(b'{');
        }
        self.0.push(b'}');
        self.0
    }
}
