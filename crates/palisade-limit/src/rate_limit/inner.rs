//! What clones of a limit share.

use super::options::Options;
use crate::{
    headers::{Headers, PolicyLines},
    policies::Policies,
    store::RateStore,
};
use http::{HeaderName, HeaderValue, request};
use palisade_core::{By, Clock, Facts, Identity, KeyHasher, Lines, Policy};
use std::sync::Arc;

#[derive(Clone)]
pub(crate) struct Inner {
    pub(crate) policies: Policies,
    pub(crate) by: By,
    pub(crate) hasher: KeyHasher,
    pub(crate) store: Arc<dyn RateStore>,
    pub(crate) cost: Cost,
    pub(crate) headers: Headers,
    /// `RateLimit-Policy` where others limit the same requests.
    pub(crate) lines: Arc<PolicyLines>,
    pub(crate) clock: Clock,
    /// Whether what a store lets pass unchecked is refused.
    pub(crate) never_open: bool,
    /// What few limits have; the way of a plain one goes past a single question.
    pub(crate) options: Option<Box<Options>>,
}

#[derive(Clone)]
pub(crate) enum Cost {
    Fixed(u32),
    Of(Arc<dyn Fn(&request::Parts) -> u32 + Send + Sync>),
}

impl Inner {
    #[inline]
    pub(crate) fn cost_for(&self, head: &request::Parts) -> u32 {
        match &self.cost {
            Cost::Fixed(cost) => *cost,
            Cost::Of(cost) => cost(head),
        }
    }

    /// Whether this limit has decided on this request before.
    #[inline]
    pub(crate) fn is_mine(&self, policy: &Policy, facts: &Facts) -> bool {
        match self.options.as_ref().and_then(|options| options.plans.as_ref()) {
            None => self.policies.is_mine(policy),
            Some(plans) => plans.is_mine(policy, facts.identity().and_then(Identity::principal)),
        }
    }

    /// The value of `RateLimit-Policy` where this limit's policies, always the same ones, are all of a request.
    #[inline]
    pub(crate) fn line(&self) -> (Option<&HeaderValue>, usize) {
        match self.options.as_ref().and_then(|options| options.plans.as_ref()) {
            None => self.policies.line(),
            Some(_) => (None, 0),
        }
    }

    /// Hands out what clients are told of all limits of a request.
    #[inline]
    pub(crate) fn write_lines(&self, facts: &Facts, put: impl FnMut(HeaderName, Option<HeaderValue>)) {
        // What a report-only limit would have refused is not what this client must heed; what refused it is.
        let refused = facts.denial().is_some();
        let decisions = facts.decisions().filter(move |(_, decision)| decision.admitted || refused);
        self.headers.write(decisions, self.line(), Some(&self.lines), facts.now(), put);
    }

    pub(crate) fn options(&mut self) -> &mut Options {
        let own = &self.policies;
        self.options.get_or_insert_with(|| Box::new(Options::new(own.clone())))
    }

    /// The most that a request of anybody can cost and still pass.
    pub(crate) fn max_cost(&self) -> u32 {
        match self.options.as_ref().and_then(|options| options.plans.as_ref()) {
            None => self.policies.max_cost(),
            Some(plans) => plans.max_cost(),
        }
    }
}

impl Lines for Inner {
    #[inline]
    fn names(&self) -> &'static [HeaderName] {
        self.headers.names()
    }

    fn write(&self, facts: &Facts, put: &mut dyn FnMut(Option<HeaderValue>)) {
        self.write_lines(facts, |_, value| put(value));
    }
}
