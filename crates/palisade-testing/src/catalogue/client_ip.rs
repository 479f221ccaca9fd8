//! Client address and proxy trust: what a stranger writes into a header must not choose the bucket that is charged.

use std::net::Ipv4Addr;

use crate::case::{Case, Profile};
use crate::exchange::Exchange;
use crate::expect::Expect;
use crate::request::Request;

pub(crate) fn cases() -> Vec<Case> {
    vec![
        untrusted_headers(),
        behind_proxy("A182", "forwarded address from a peer that is no trusted proxy")
            .exchange(until_limited(&["203.0.113.{n}"]).from(STRANGER))
            .exchange(still_limited(&["198.51.100.{n}"]).from(STRANGER))
            .exchange(fresh(&["203.0.113.1"])),
        behind_proxy("A183", "forwarded list without a client in it")
            .exchange(until_limited(&[]))
            .exchange(still_limited(&["127.0.0.1, 127.0.0.1"]))
            .exchange(still_limited(&[""]))
            .exchange(still_limited(&[", ,,"]))
            .exchange(fresh(&["203.0.113.1"])),
        unparsable_hops(),
        behind_proxy("A185", "several forwarded lines")
            .exchange(until_limited(&["198.51.100.{n}", "203.0.113.1"]))
            .exchange(still_limited(&["203.0.113.1"]))
            .exchange(fresh(&["203.0.113.1", "198.51.100.1"]))
            .exchange(fresh(&[])),
        long_lists(),
        behind_proxy("A188", "one IPv6 network under many addresses")
            .exchange(until_limited(&["2001:db8:0:1::{n}"]))
            .exchange(still_limited(&["2001:db8:0:1:ffff:ffff:ffff:{n}"]))
            .exchange(fresh(&["2001:db8:0:2::1"])),
        behind_proxy("A189", "IPv4 addresses in IPv6 clothes")
            .exchange(until_limited(&["::ffff:203.0.113.1"]))
            .exchange(still_limited(&["203.0.113.1"]))
            .exchange(fresh(&["::ffff:198.51.100.1"])),
        Case::new("A198", "foreign host in forwarding headers").send_all(
            [
                "X-Forwarded-Host: evil.example",
                "X-Host: evil.example",
                "Forwarded: host=evil.example;proto=https",
            ]
            .map(|line| Request::get("{protected}").line(line)),
            &Expect::unauthenticated().lacks("evil.example"),
        ),
    ]
}

/// A loopback address that no proxy has.
const STRANGER: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 2);

fn behind_proxy(id: &'static str, title: &'static str) -> Case {
    Case::new(id, title).profile(Profile::TrustedProxy)
}

fn forwarded(values: &[&str]) -> Request {
    let line = |request: Request, value: &&str| request.line(format!("X-Forwarded-For: {value}"));
    values.iter().fold(Request::get("{protected}"), line)
}

fn until_limited(values: &[&str]) -> Exchange {
    Exchange::new(forwarded(values), Expect::limited()).until_limited()
}

fn still_limited(values: &[&str]) -> Exchange {
    Exchange::new(forwarded(values), Expect::limited()).still_limited()
}

/// Draws on a bucket nobody has used: proof that the limit before was not a limit on everybody.
fn fresh(values: &[&str]) -> Exchange {
    Exchange::new(forwarded(values), Expect::unauthenticated())
}

fn untrusted_headers() -> Case {
    let by = |line: &str| Exchange::new(Request::get("{protected}").line(line), Expect::limited());
    let others = [
        "X-Real-IP: 203.0.113.{n}",
        "Forwarded: for=203.0.113.{n}",
        "CF-Connecting-IP: 203.0.113.{n}",
        "True-Client-IP: 203.0.113.{n}",
        "X-Client-IP: 203.0.113.{n}",
    ];
    let case = Case::new("A180", "forwarded addresses where no proxy is trusted")
        .profile(Profile::Limited)
        .exchange(by("X-Forwarded-For: 203.0.113.{n}").until_limited());
    others.into_iter().fold(case, |case, line| case.exchange(by(line).still_limited()))
}

/// Skipping leftwards over what cannot be read would let the client choose.
fn unparsable_hops() -> Case {
    let hops = ["1.2.3.4.5", "0x7f.1", "010.0.0.1", "0.0.0.0", "::", "203.0.113.5:x", "unknown"];
    let case = behind_proxy("A184", "right-most hop that is no address")
        .exchange(until_limited(&["203.0.113.{n}, foo"]))
        .exchange(still_limited(&[]));
    let case = hops
        .into_iter()
        .fold(case, |case, hop| case.exchange(still_limited(&[&format!("203.0.113.{{n}}, {hop}")])));
    case.exchange(fresh(&["203.0.113.1"]))
}

fn long_lists() -> Case {
    let ignored = "203.0.113.{n}{repeat:40:, 127.0.0.1}";
    // 80 KB: a server with a bound on the head refuses it, one without must not be stopped by it.
    let huge = "{repeat:10000:1.1.1.1,}203.0.113.1";
    behind_proxy("A186", "forwarded list of many hops")
        .exchange(until_limited(&[ignored]))
        .exchange(still_limited(&[]))
        .exchange(Exchange::new(forwarded(&[huge]), Expect::refused(&[400, 401, 429, 431]).may_close()))
        .exchange(fresh(&["203.0.113.1"]))
}
