//! A chain that is there or not.

use crate::{
    chain::{Asked, Chain},
    denial::Denial,
    facts::Facts,
    mode::Mode,
};
use http::{request, response};
use std::task::{Context, Poll};

/// A chain of guards that may be absent, whose type does not depend on whether it is; for a single guard, `Option` does it.
///
/// ```
/// use palisade_core::{Maybe, gate, guard_fn};
///
/// let chain = guard_fn(|_, _| Ok(())).then(guard_fn(|_, _| Ok(())));
/// let layer = gate(Maybe::from(Some(chain)));
/// # use palisade_core::Guard as _;
/// # let _ = layer;
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Maybe<C>(Option<C>);

impl<C> From<Option<C>> for Maybe<C> {
    fn from(chain: Option<C>) -> Self {
        Self(chain)
    }
}

impl<C: Chain> Chain for Maybe<C> {
    type Pass = C::Pass;
    type Wait = C::Wait;

    const SILENT: bool = C::SILENT;

    #[inline]
    fn admit(
        &self,
        head: &mut request::Parts,
        facts: &Facts,
        mode: Mode,
        pass: &mut Self::Pass,
    ) -> Result<Option<Denial>, Self::Wait> {
        match &self.0 {
            Some(chain) => chain.admit(head, facts, mode, pass),
            None => Ok(None),
        }
    }

    fn resume(
        &self,
        wait: &mut Self::Wait,
        asked: Asked<'_>,
        pass: &mut Self::Pass,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Denial>> {
        match &self.0 {
            Some(chain) => chain.resume(wait, asked, pass, cx),
            None => Poll::Ready(None),
        }
    }

    #[inline]
    fn leave(pass: &mut Self::Pass, head: &mut response::Parts, facts: &Facts) {
        C::leave(pass, head, facts);
    }

    fn is_absent(&self) -> bool {
        self.0.as_ref().is_none_or(Chain::is_absent)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{clock::Clock, denial::DenialKind, guard::Guard as _, guard::guard_fn};
    use http::Request;

    #[test]
    fn what_is_there_decides_and_what_is_not_admits() {
        let (mut head, ()) = Request::new(()).into_parts();
        let facts = Facts::new(Clock::system());
        let closed =
            || guard_fn(|_, _| Ok(())).then(guard_fn(|_, _| Err(Denial::new(DenialKind::Forbidden))));
        let mut refuses = |there: bool| {
            let chain = Maybe::from(there.then(closed));
            let denial = chain.admit(&mut head, &facts, Mode::Enforce, &mut Default::default());
            (chain.is_absent(), denial.ok().flatten().is_some())
        };
        assert_eq!((refuses(true), refuses(false)), ((false, true), (true, false)));
    }
}
