//! What a gate is made of, shared by all its services.

use crate::{chain::Chain, clock::Clock, facts::Facts, finish::Outlet, mode::Mode};
use std::{mem, sync::Arc};

pub(crate) struct Fence<C, F> {
    pub(crate) chain: Arc<C>,
    pub(crate) finish: F,
    pub(crate) mode: Mode,
    /// Whether the mode also holds for gates and routes inside.
    pub(crate) throughout: bool,
    pub(crate) clock: Clock,
    pub(crate) expose: bool,
    /// Nobody is asked and nothing is noted: requests go straight through, without facts.
    pub(crate) idle: bool,
}

impl<C: Chain, F: Outlet> Fence<C, F> {
    pub(crate) fn is_idle(&self) -> bool {
        F::PLAIN && !self.throughout && !self.expose && self.chain.is_absent()
    }

    /// Whether nobody wants to see the response of a request that was admitted, and nothing has to be kept until it is there.
    #[inline]
    pub(crate) fn lets_go(&self, facts: &Facts) -> bool {
        F::PLAIN && C::SILENT && !mem::needs_drop::<C::Pass>() && !self.expose && !facts.keeps()
    }
}

impl<C, F: Clone> Clone for Fence<C, F> {
    fn clone(&self) -> Self {
        Self {
            chain: self.chain.clone(),
            finish: self.finish.clone(),
            mode: self.mode,
            throughout: self.throughout,
            clock: self.clock.clone(),
            expose: self.expose,
            idle: self.idle,
        }
    }
}
