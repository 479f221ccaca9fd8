//! One request as one line.

use super::stamp::stamp;
use crate::{escape::quoted, network::shortened};
use http::Method;
use palisade_core::{Client, Denial, Ending, Facts, Identity, KeyHasher, Principal, TlsVersion, UnixTime};
use std::net::IpAddr;

/// Everything that is told of a request: a closed list, in which no URI, header or body occurs.
pub(super) struct Record<'r> {
    /// When it came in.
    pub(super) at: UnixTime,
    /// Lines of a process are numbered as their requests ended.
    pub(super) number: u64,
    pub(super) method: &'r Method,
    /// Values of parameters that may be told, masked.
    pub(super) query: &'r [(String, String)],
    pub(super) tls: Option<TlsVersion>,
    pub(super) status: Option<u16>,
    pub(super) first_byte_us: Option<u64>,
    pub(super) total_us: u64,
    pub(super) sent: u64,
    pub(super) ending: Ending,
    /// Why it was refused, by whomever.
    pub(super) denied: Option<&'r str>,
    pub(super) facts: &'r Facts,
    pub(super) pseudonyms: &'r KeyHasher,
    /// Whether of clients the network alone is told.
    pub(super) shortens: bool,
}

const fn outcome(ending: Ending) -> &'static str {
    match ending {
        Ending::Complete => "complete",
        Ending::Aborted | Ending::Unanswered => "client_closed",
        Ending::Unread => "unread",
        _ => "failed",
    }
}

impl Record<'_> {
    /// Appends it as a line of JSON.
    pub(super) fn json(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(b"{\"time\":\"");
        stamp(out, self.at);
        out.extend_from_slice(b"\",\"number\":");
        number(out, self.number);
        out.extend_from_slice(b",\"request_id\":\"");
        out.extend_from_slice(&self.facts.request_id().text());
        out.push(b'"');
        if let Some(trace) = self.facts.trace() {
            out.extend_from_slice(b",\"trace_id\":\"");
            out.extend_from_slice(&trace.trace_id());
            out.push(b'"');
        }
        if let Some(client) = self.facts.client() {
            out.extend_from_slice(b",\"client\":\"");
            address(out, self.address_of(client));
            out.push(b'"');
        }
        if let Some(version) = self.tls {
            out.extend_from_slice(b",\"tls\":\"");
            out.extend_from_slice(version.as_str().as_bytes());
            out.push(b'"');
        }
        if let Some(caller) = self.caller() {
            out.extend_from_slice(b",\"principal\":");
            self.principal(out, caller);
            if caller.lineage() != caller.id() {
                out.extend_from_slice(b",\"lineage\":");
                self.name(out, caller.lineage());
            }
            if let Some(tenant) = caller.tenant() {
                out.extend_from_slice(b",\"tenant\":");
                self.name(out, tenant);
            }
        }
        out.extend_from_slice(b",\"method\":");
        quoted(out, self.method.as_str());
        if let Some(route) = self.facts.route() {
            out.extend_from_slice(b",\"route\":");
            quoted(out, route.template());
        }
        if !self.query.is_empty() {
            out.extend_from_slice(b",\"query\":{");
            for (index, (name, value)) in self.query.iter().enumerate() {
                out.extend_from_slice(if index == 0 { b"" } else { b"," });
                quoted(out, name);
                out.push(b':');
                quoted(out, value);
            }
            out.push(b'}');
        }
        if let Some(status) = self.status {
            out.extend_from_slice(b",\"status\":");
            number(out, u64::from(status));
        }
        if let Some(first_byte) = self.first_byte_us {
            out.extend_from_slice(b",\"first_byte_us\":");
            number(out, first_byte);
        }
        for (name, value) in [
            (&b",\"total_us\":"[..], self.total_us),
            (b",\"bytes_in\":", self.facts.received()),
            (b",\"bytes_out\":", self.sent),
        ] {
            out.extend_from_slice(name);
            number(out, value);
        }
        out.extend_from_slice(b",\"outcome\":\"");
        out.extend_from_slice(outcome(self.ending).as_bytes());
        out.push(b'"');
        if let Some(reason) = self.denied {
            out.extend_from_slice(b",\"denied\":");
            quoted(out, reason);
        }
        let mut would_deny = self.facts.would_deny().map(Denial::reason).peekable();
        if would_deny.peek().is_some() {
            out.extend_from_slice(b",\"would_deny\":[");
            for (index, reason) in would_deny.enumerate() {
                out.extend_from_slice(if index == 0 { b"" } else { b"," });
                quoted(out, reason);
            }
            out.push(b']');
        }
        if let Some((policy, remaining)) = self.tightest() {
            out.extend_from_slice(b",\"limit\":");
            quoted(out, policy);
            out.extend_from_slice(b",\"remaining\":");
            number(out, u64::from(remaining));
        }
        if self.facts.is_uncounted() {
            out.extend_from_slice(b",\"uncounted\":true");
        }
        out.extend_from_slice(b"}\n");
    }

    /// Appends it as a line that people read.
    pub(super) fn text(&self, out: &mut Vec<u8>) {
        stamp(out, self.at);
        out.push(b' ');
        match self.facts.client() {
            Some(client) => address(out, self.address_of(client)),
            None => out.push(b'-'),
        }
        out.push(b' ');
        match self.caller() {
            Some(caller) => self.principal(out, caller),
            None => out.push(b'-'),
        }
        out.push(b' ');
        // Methods are tokens, and templates are the program's own.
        out.extend_from_slice(
            self.method.as_str().get(..self.method.as_str().len().min(32)).unwrap_or_default().as_bytes(),
        );
        out.push(b' ');
        out.extend_from_slice(self.facts.route().map_or("-", |route| route.template()).as_bytes());
        out.push(b' ');
        match self.status {
            Some(status) => number(out, u64::from(status)),
            None => out.push(b'-'),
        }
        for (name, micros) in [(&b" "[..], self.first_byte_us), (b"/", Some(self.total_us))] {
            out.extend_from_slice(name);
            match micros {
                Some(micros) => millis(out, micros),
                None => out.push(b'-'),
            }
        }
        for (name, value) in [(&b"ms in="[..], self.facts.received()), (b" out=", self.sent)] {
            out.extend_from_slice(name);
            number(out, value);
        }
        out.push(b' ');
        out.extend_from_slice(outcome(self.ending).as_bytes());
        for (name, value) in self.query {
            out.extend_from_slice(b" ?");
            quoted(out, name);
            out.push(b'=');
            quoted(out, value);
        }
        if let Some(reason) = self.denied {
            out.extend_from_slice(b" denied=");
            out.extend_from_slice(reason.as_bytes());
        }
        for denial in self.facts.would_deny() {
            out.extend_from_slice(b" would_deny=");
            out.extend_from_slice(denial.reason().as_bytes());
        }
        if let Some((policy, remaining)) = self.tightest() {
            out.extend_from_slice(b" limit=");
            quoted(out, policy);
            out.push(b':');
            number(out, u64::from(remaining));
        }
        out.extend_from_slice(if self.facts.is_uncounted() { b" uncounted" } else { b"" });
        if let Some(version) = self.tls {
            out.extend_from_slice(b" tls=");
            out.extend_from_slice(version.as_str().as_bytes());
        }
        out.extend_from_slice(b" id=");
        out.extend_from_slice(&self.facts.request_id().text());
        if let Some(trace) = self.facts.trace() {
            out.extend_from_slice(b" trace=");
            out.extend_from_slice(&trace.trace_id());
        }
        out.push(b'\n');
    }

    fn caller(&self) -> Option<&Principal> {
        self.facts.identity().and_then(Identity::principal)
    }

    fn principal(&self, out: &mut Vec<u8>, caller: &Principal) {
        let start = out.len();
        self.name(out, caller.id());
        // The kind is the program's own word and needs no escape.
        out.splice(start + 1..start + 1, caller.kind().bytes().chain([b':']));
    }

    fn address_of(&self, client: &Client) -> IpAddr {
        if self.shortens { shortened(client.ip) } else { client.ip }
    }

    /// A name between quotes; an e-mail address as its pseudonym, the same one for the same address.
    fn name(&self, out: &mut Vec<u8>, name: &str) {
        if !name.contains('@') {
            return quoted(out, name);
        }
        out.extend_from_slice(b"\"~");
        for byte in self.pseudonyms.key(&[name.as_bytes()]).as_bytes().iter().take(8) {
            out.extend_from_slice(format!("{byte:02x}").as_bytes());
        }
        out.push(b'"');
    }

    /// The limit of which the least is left, in proportion.
    fn tightest(&self) -> Option<(&str, u32)> {
        let mut decisions = self.facts.decisions();
        let (mut policy, mut least) = decisions.next()?;
        for (other, decision) in decisions {
            if decision.is_tighter_than(least) {
                (policy, least) = (other, decision);
            }
        }
        Some((policy.name(), least.remaining))
    }
}

fn number(out: &mut Vec<u8>, value: u64) {
    out.extend_from_slice(itoa::Buffer::new().format(value).as_bytes());
}

fn millis(out: &mut Vec<u8>, micros: u64) {
    number(out, micros / 1_000);
    let digit = |place: u64| b'0' + u8::try_from(micros / place % 10).unwrap_or_default();
    out.extend_from_slice(&[b'.', digit(100), digit(10), digit(1)]);
}

fn address(out: &mut Vec<u8>, ip: IpAddr) {
    use std::io::Write as _;
    if let IpAddr::V4(ip) = ip {
        for (index, octet) in ip.octets().into_iter().enumerate() {
            out.extend_from_slice(if index == 0 { b"" } else { b"." });
            out.extend_from_slice(itoa::Buffer::new().format(octet).as_bytes());
        }
        return;
    }
    // A `Vec` takes everything.
    let _ = write!(out, "{ip}");
}
