//! The quotas of one limit, with their names.

use crate::{
    error::LimitError,
    headers::policy_line,
    name::check_name,
    outcome::Outcome,
    quota::{MAX_QUOTAS, Quota, Quotas},
    store::{Charge, Op, RateStore},
    store_error::StoreError,
};
use http::HeaderValue;
use palisade_core::{Key, Moment, Policy, Reply};

/// The quotas of one limit, each under a name of its own, and what is always the same about them.
#[derive(Clone, Debug)]
pub(crate) struct Policies {
    list: Vec<Policy>,
    quotas: Vec<Quota>,
    line: Option<HeaderValue>,
    #[cfg(feature = "metrics")]
    series: Vec<crate::metrics::Series>,
}

impl Policies {
    /// One quota has the limit's name; several are told apart by their periods: `address/hour`, `address/15-minutes`.
    pub(crate) fn new(name: &str, quotas: &Quotas) -> Result<Self, LimitError> {
        check_name(name)?;
        let mut list: Vec<Policy> = Vec::new();
        for quota in quotas {
            let mut full = name.to_owned();
            if quotas.len() > 1 {
                full = format!("{name}/{}", period(quota));
                let alike = list.iter().filter(|policy| policy.name().starts_with(&full)).count();
                if alike > 0 {
                    full = format!("{full}-{}", alike + 1);
                }
            }
            let item = format!("\"{full}\";q={};w={}", quota.capacity(), quota.window_secs());
            list.push(Policy::new(&full, &item));
        }
        let line = policy_line(list.iter());
        #[cfg(feature = "metrics")]
        let series = list.iter().map(|policy| crate::metrics::Series::new(policy.name())).collect();
        Ok(Self {
            list,
            quotas: quotas.iter().copied().collect(),
            line,
            #[cfg(feature = "metrics")]
            series,
        })
    }

    /// Does `op` to the counters of this key, one for each quota.
    #[inline]
    pub(crate) fn apply(
        &self,
        store: &dyn RateStore,
        op: Op,
        key: Key,
        cost: u32,
        now: Moment,
    ) -> Reply<Result<Outcome, StoreError>> {
        match self.quotas.as_slice() {
            [quota] => store.apply(op, &[Charge { key, quota, cost }], now),
            quotas => {
                let Some(last) = quotas.last() else { return Reply::now(Ok(Outcome::new())) };
                let charges: [_; MAX_QUOTAS] = std::array::from_fn(|at| {
                    let quota = quotas.get(at).unwrap_or(last);
                    Charge { key, quota, cost }
                });
                store.apply(op, &charges[..quotas.len().min(MAX_QUOTAS)], now)
            }
        }
    }

    /// The policy and the charge, where there is just one.
    #[inline]
    pub(crate) fn only(&self, key: Key, cost: u32) -> Option<(&Policy, Charge<'_>)> {
        let ([policy], [quota]) = (self.list.as_slice(), self.quotas.as_slice()) else { return None };
        Some((policy, Charge { key, quota, cost }))
    }

    #[inline]
    pub(crate) fn quotas(&self) -> &[Quota] {
        &self.quotas
    }

    /// What metrics know of each policy, in their order.
    #[cfg(feature = "metrics")]
    pub(crate) fn series(&self) -> &[crate::metrics::Series] {
        &self.series
    }

    #[inline]
    pub(crate) fn list(&self) -> &[Policy] {
        &self.list
    }

    /// The value of `RateLimit-Policy` where these are all the policies of a request, and how many they are.
    #[inline]
    pub(crate) fn line(&self) -> (Option<&HeaderValue>, usize) {
        (self.line.as_ref(), self.list.len())
    }

    /// The most that one request can cost and still pass.
    pub(crate) fn max_cost(&self) -> u32 {
        self.quotas.iter().map(Quota::capacity).min().unwrap_or(0)
    }

    #[inline]
    pub(crate) fn is_mine(&self, policy: &Policy) -> bool {
        self.list.first().is_some_and(|first| first.is(policy))
    }
}

/// `hour`, `15-minutes`: the period as [`Quota`]'s text has it, without spaces.
fn period(quota: &Quota) -> String {
    let text = quota.to_string();
    let of = text.split_once('/').or_else(|| text.split_once(" per ")).map_or("", |(_, of)| of);
    let words: Vec<_> = of.split(' ').collect();
    let long = words.first().is_some_and(|word| word.starts_with(|c: char| c.is_ascii_digit()));
    words.into_iter().take(if long { 2 } else { 1 }).collect::<Vec<_>>().join("-")
}
