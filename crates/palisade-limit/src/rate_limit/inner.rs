//! What clones of a limit share.

use super::options::Options;
use crate::{headers::Headers, policies::Policies, store::RateStore};
use http::{HeaderValue, request};
use palisade_core::{By, Clock, Facts, Identity, KeyHasher, Policy};
use std::sync::Arc;

#[derive(Clone)]
pub(crate) struct Inner {
    pub(crate) policies: Policies,
    pub(crate) by: By,
    pub(crate) hasher: KeyHasher,
    pub(crate) store: Arc<dyn RateStore>,
    pub(crate) cost: Cost,
    pub(crate) headers: Headers,
    pub(crate) clock: Clock,
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
