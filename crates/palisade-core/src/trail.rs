//! What only accounts of requests tell, noted where somebody asks for it.

use crate::{client::Vouched, credential::Credential, decision::Policy, facts::Facts, ledger::Trail};
use http::HeaderName;

impl Facts {
    /// Asks guards to note what only an account of the request tells; nothing of it is noted, or costs anything, otherwise.
    pub fn keep_trail(&self) {
        self.ledger().rare_or_new().trail.call_once(Box::default);
    }

    #[inline]
    fn trail(&self) -> Option<&Trail> {
        Some(self.ledger().rare()?.trail.get()?)
    }

    /// The header in which the credential stood that was verified; `query` for one that stood there.
    #[must_use]
    pub fn place(&self) -> Option<&HeaderName> {
        self.trail()?.place.get()
    }

    #[inline]
    pub(crate) fn note_place(&self, place: &HeaderName) {
        if let Some(trail) = self.trail() {
            trail.place.call_once(|| place.clone());
        }
    }

    /// The credential, of which is noted where it stood.
    #[inline]
    pub(crate) fn presented<'h>(&self, credential: Credential<'h>) -> Credential<'h> {
        self.note_place(credential.place());
        credential
    }

    /// Whose word about the client's address was asked for, where the peer is a trusted proxy.
    #[must_use]
    pub fn vouched(&self) -> Option<&Vouched> {
        self.trail()?.vouched.get()
    }

    #[inline]
    pub(crate) fn note_vouched(&self, vouched: impl FnOnce() -> Vouched) {
        if let Some(trail) = self.trail() {
            trail.vouched.call_once(vouched);
        }
    }

    /// Notes what a limiter charges where it is not 1.
    #[inline]
    pub fn note_cost(&self, policy: &Policy, cost: u32) {
        if cost != 1
            && let Some(trail) = self.trail()
        {
            trail.costs.push(|| (policy.clone(), cost));
        }
    }

    /// What this limit charged if it admitted: what was noted, else 1.
    #[must_use]
    pub fn cost(&self, policy: &Policy) -> u32 {
        let noted = self.trail().into_iter().flat_map(|trail| trail.costs.iter());
        noted.filter(|(of, _)| of.is(policy)).map(|(_, cost)| *cost).next().unwrap_or(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Clock;
    use http::header::AUTHORIZATION;

    #[test]
    fn nothing_is_noted_unless_somebody_asks() {
        let (facts, policy) = (Facts::new(Clock::system()), Policy::new("a", "a"));
        for (asked, place, cost) in [(false, None, 1), (true, Some(&AUTHORIZATION), 5)] {
            if asked {
                facts.keep_trail();
            }
            facts.note_place(&AUTHORIZATION);
            facts.note_cost(&policy, 5);
            assert_eq!((facts.place(), facts.cost(&policy)), (place, cost));
        }
        assert_eq!(facts.cost(&Policy::new("a", "a")), 1, "another policy of the same name");
    }
}
