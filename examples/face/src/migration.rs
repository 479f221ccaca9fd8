//! Whom enforcing would refuse: what an operator reads before `observe` becomes `enforce`.

use palisade::{Facts, Identity};
use serde::Serialize;
use std::{
    collections::{BTreeMap, HashMap},
    net::{IpAddr, Ipv6Addr},
    sync::{Mutex, MutexGuard, PoisonError},
};

/// So many different lines are kept; what goes beyond is counted in one figure.
pub const MAX_LINES: usize = 1_000;

/// Remembers would-be refusals by caller, route and reason, and how many callers are ready.
#[derive(Debug, Default)]
pub struct Migration(Mutex<Ledger>);

#[derive(Debug, Default)]
struct Ledger {
    lines: HashMap<Line, Times>,
    beyond: u64,
    by_reason: BTreeMap<&'static str, u64>,
    ready: BTreeMap<String, u64>,
    ready_beyond: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Line {
    caller: Caller,
    route: String,
    reason: &'static str,
}

/// Who asked: by verified name where there is one, else by address; an IPv6 network of 64 bits is one address.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
enum Caller {
    Principal(String),
    #[schema(value_type = String)]
    Address(IpAddr),
    Unknown,
}

#[derive(Debug, Clone, Copy)]
struct Times {
    count: u64,
    first: u64,
    last: u64,
}

impl Migration {
    /// Writes down what is known of a request that a route has let through, or would not have.
    pub fn note(&self, facts: &Facts) {
        let Some(route) = facts.route() else { return };
        let Some(denial) = facts.would_deny().last() else {
            if let (false, Some(Identity::Known(principal))) = (route.is_public(), facts.identity()) {
                self.ledger().ready(principal.id());
            }
            return;
        };
        let line =
            Line { caller: caller(facts), route: route.template().to_owned(), reason: denial.reason() };
        self.ledger().note(line, facts.now().wall.as_secs());
    }

    /// How many requests would have been refused, by reason.
    #[must_use]
    pub fn by_reason(&self) -> BTreeMap<&'static str, u64> {
        self.ledger().by_reason.clone()
    }

    /// Everything, those who would be refused most often first.
    #[must_use]
    pub fn report(&self) -> Report {
        let ledger = self.ledger();
        let mut would_refuse: Vec<_> = ledger
            .lines
            .iter()
            .map(|(line, times)| Refusal {
                caller: line.caller.clone(),
                route: line.route.clone(),
                reason: line.reason,
                count: times.count,
                first: times.first,
                last: times.last,
            })
            .collect();
        would_refuse.sort_by(|a, b| {
            b.count.cmp(&a.count).then_with(|| (&a.caller, &a.route).cmp(&(&b.caller, &b.route)))
        });
        Report {
            ready: ledger.ready.clone(),
            ready_not_listed: ledger.ready_beyond,
            would_refuse,
            not_listed: ledger.beyond,
        }
    }

    fn ledger(&self) -> MutexGuard<'_, Ledger> {
        // Counts stay counts whoever panicked between them.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Ledger {
    /// An identity provider may know any number of callers.
    fn ready(&mut self, caller: &str) {
        if let Some(count) = self.ready.get_mut(caller) {
            *count += 1;
        } else if self.ready.len() < MAX_LINES {
            self.ready.insert(caller.to_owned(), 1);
        } else {
            self.ready_beyond += 1;
        }
    }

    fn note(&mut self, line: Line, now: u64) {
        *self.by_reason.entry(line.reason).or_default() += 1;
        if self.lines.len() >= MAX_LINES && !self.lines.contains_key(&line) {
            self.beyond += 1;
            return;
        }
        let times = self.lines.entry(line).or_insert(Times { count: 0, first: now, last: now });
        times.count += 1;
        times.last = now;
    }
}

/// The body of `GET /migration`.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Report {
    /// Requests of callers who already present a good token where one is demanded, by its name.
    ready: BTreeMap<String, u64>,
    /// Requests of such callers who did not fit into the list.
    ready_not_listed: u64,
    would_refuse: Vec<Refusal>,
    /// Requests that would have been refused too, whose callers did not fit into the list.
    not_listed: u64,
}

#[derive(Debug, Serialize, utoipa::ToSchema)]
struct Refusal {
    caller: Caller,
    route: String,
    reason: &'static str,
    count: u64,
    /// Seconds since 1970-01-01 UTC.
    first: u64,
    last: u64,
}

fn caller(facts: &Facts) -> Caller {
    if let Some(principal) = facts.identity().and_then(Identity::principal) {
        return Caller::Principal(principal.id().to_owned());
    }
    match facts.client().map(|client| client.ip) {
        Some(IpAddr::V6(ip)) => Caller::Address(Ipv6Addr::from_bits(ip.to_bits() >> 64 << 64).into()),
        Some(ip) => Caller::Address(ip),
        None => Caller::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(number: u32) -> Line {
        let address = IpAddr::V4(number.into());
        Line { caller: Caller::Address(address), route: "/compare".to_owned(), reason: "missing_credential" }
    }

    #[test]
    fn strangers_cannot_make_it_grow_and_are_counted_nonetheless() {
        let migration = Migration::default();
        for _ in 0..2 {
            for number in 0..1_500 {
                migration.ledger().note(line(number), 7);
            }
        }
        let report = migration.report();
        assert_eq!((report.would_refuse.len(), report.not_listed), (MAX_LINES, 1_000));
        assert!(report.would_refuse.iter().all(|line| line.count == 2));
        assert_eq!(migration.by_reason()["missing_credential"], 3_000);
        for number in 0..1_500 {
            migration.ledger().ready(&number.to_string());
        }
        let report = migration.report();
        assert_eq!((report.ready.len(), report.ready_not_listed), (MAX_LINES, 500));
    }
}
