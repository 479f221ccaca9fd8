//! How a response tells its client about limits.

mod policy_lines;
mod recent;
mod states;
#[cfg(test)]
mod tests;
mod text;

use http::{HeaderMap, HeaderName, HeaderValue};
use palisade_core::{Decision, Moment, Policy};
pub(crate) use policy_lines::{PolicyLines, policy_line};
use recent::{number, recent, uncommon};
pub(crate) use states::seconds_until;
use text::Digits;

/// Which headers tell a client about limits.
///
/// They stand on every response to a request that was counted, whatever its status, and replace what a handler put there.
/// `Retry-After`, on refusals, is sent with every choice.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Headers {
    /// [`XRateLimit`](Self::XRateLimit) and [`Draft10`](Self::Draft10); their names differ, so no client takes one for the other.
    #[default]
    Both,
    /// `X-RateLimit-Limit`, `-Remaining` and `-Reset` of the most constrained quota; `Reset` is a date, in seconds since 1970,
    /// at which the quota is whole again. A limit on requests in flight has none.
    XRateLimit,
    /// `RateLimit` and `RateLimit-Policy` of draft-ietf-httpapi-ratelimit-headers-10, with all quotas; `t` is the number of
    /// seconds until there is more than now, left out where nothing is used.
    Draft10,
    /// None of them.
    None,
}

impl Headers {
    /// How many header lines it writes.
    pub(crate) const fn lines(self) -> usize {
        match self {
            Self::Both => 5,
            Self::XRateLimit => 3,
            Self::Draft10 => 2,
            Self::None => 0,
        }
    }

    /// The names of the lines that it writes, in their order.
    pub(crate) const fn names(self) -> &'static [HeaderName] {
        match self {
            Self::Both => &NAMES,
            Self::XRateLimit => NAMES.split_at(3).0,
            Self::Draft10 => NAMES.split_at(3).1,
            Self::None => &[],
        }
    }

    /// Hands the lines to `put`, one after another; none where there is no decision. A name without a value must not stand in the
    /// response. Names are constants where they are handed out: a copy of a static one would go through a table of functions.
    ///
    /// `own` is the value of `RateLimit-Policy` for so many policies, where the caller has it already, and `known` has those of others.
    #[inline]
    pub(crate) fn write<'d>(
        self,
        decisions: impl Iterator<Item = (&'d Policy, &'d Decision)> + Clone,
        own: (Option<&HeaderValue>, usize),
        known: Option<&PolicyLines>,
        now: Moment,
        mut put: impl FnMut(HeaderName, Option<HeaderValue>),
    ) {
        if matches!(self, Self::Both | Self::XRateLimit)
            && let Some((policy, decision)) = tightest(decisions.clone())
        {
            put(
                const { HeaderName::from_static("x-ratelimit-limit") },
                Some(number(decision.limit, uncommon)),
            );
            put(
                const { HeaderName::from_static("x-ratelimit-remaining") },
                Some(number(decision.remaining, |n| Digits::of(n).value())),
            );
            let reset = (!policy.is_timeless()).then(|| recent(now.wall_of(decision.reset).as_secs_ceil()));
            put(const { HeaderName::from_static("x-ratelimit-reset") }, reset);
        }
        if matches!(self, Self::Both | Self::Draft10) {
            let count = decisions.clone().count();
            let states = states::line(decisions.clone(), now);
            let policies = match (own, known) {
                ((Some(line), of), _) if of == count => Some(line.clone()),
                (_, Some(known)) => known.of(decisions.map(|(policy, _)| policy)),
                _ => policy_line(decisions.map(|(policy, _)| policy)),
            };
            if let (Some(policies), Some(states)) = (policies, states) {
                put(const { HeaderName::from_static("ratelimit-policy") }, Some(policies));
                put(const { HeaderName::from_static("ratelimit") }, Some(states));
            }
        }
    }
}

static NAMES: [HeaderName; 5] = [
    HeaderName::from_static("x-ratelimit-limit"),
    HeaderName::from_static("x-ratelimit-remaining"),
    HeaderName::from_static("x-ratelimit-reset"),
    HeaderName::from_static("ratelimit-policy"),
    HeaderName::from_static("ratelimit"),
];

/// The decision that leaves the smallest part of its quota. Of equals the first one stays: it belongs to the outer limit.
#[inline]
fn tightest<'d>(
    decisions: impl Iterator<Item = (&'d Policy, &'d Decision)>,
) -> Option<(&'d Policy, &'d Decision)> {
    let mut tightest: Option<(&Policy, &Decision)> = None;
    for (policy, decision) in decisions {
        if tightest.is_none_or(|(_, so_far)| decision.is_tighter_than(so_far)) {
            tightest = Some((policy, decision));
        }
    }
    tightest
}

/// Puts a line of [`Headers::write`] into a response.
#[inline]
pub(crate) fn place(headers: &mut HeaderMap, name: HeaderName, value: Option<HeaderValue>) {
    match value {
        Some(value) => drop(headers.try_insert(name, value)),
        None => drop(headers.remove(name)),
    }
}
