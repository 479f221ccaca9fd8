//! `RateLimit-Policy` of several limits.

use super::text::Line;
use http::HeaderValue;
use palisade_core::Policy;
use std::sync::OnceLock;

/// So many values are kept, the first ones: a stack has one or two limits in front of its routes, and few routes have more.
const KEPT: usize = 4;

/// The values for the policies under which requests were decided, so that they are put together once.
#[derive(Debug, Default)]
pub(crate) struct PolicyLines([OnceLock<(Box<[Policy]>, HeaderValue)>; KEPT]);

impl PolicyLines {
    /// The value for these policies, in their order; `None` where there are none.
    pub(crate) fn of<'p>(&self, policies: impl Iterator<Item = &'p Policy> + Clone) -> Option<HeaderValue> {
        for kept in &self.0 {
            let Some((known, line)) = kept.get() else {
                let line = policy_line(policies.clone())?;
                // Somebody may have been faster, perhaps with others.
                let _ = kept.set((policies.cloned().collect(), line.clone()));
                return Some(line);
            };
            let mut rest = known.iter();
            let alike = policies.clone().all(|policy| rest.next().is_some_and(|known| known.is(policy)));
            if alike && rest.next().is_none() {
                return Some(line.clone());
            }
        }
        policy_line(policies)
    }
}

/// The value of `RateLimit-Policy` for these policies.
pub(crate) fn policy_line<'p>(policies: impl Iterator<Item = &'p Policy>) -> Option<HeaderValue> {
    let mut items = Line::new();
    policies.for_each(|policy| items.item(policy.item()));
    items.value()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_list_has_its_own_value_however_many_there_are() {
        let all: Vec<Policy> = (0..8).map(|n| Policy::new("a", &format!("\"a\";q={n};w=1"))).collect();
        let lines = PolicyLines::default();
        for _ in 0..2 {
            assert_eq!(lines.of([].into_iter()), None);
            for from in 0..8 {
                for to in from + 1..=8 {
                    let list = all.get(from..to).unwrap_or_default();
                    let expected = policy_line(list.iter());
                    assert_eq!(lines.of(list.iter()), expected);
                }
            }
        }
        assert!(lines.0.iter().all(|kept| kept.get().is_some()));
    }
}
