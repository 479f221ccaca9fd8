//! What is wrong with the parts of a stack.

use crate::{
    outer::{ADDRESS, PRINCIPAL},
    stack_error::StackError,
    stack_limits::Listed,
};
use palisade_limit::{LimitError, RateLimit};
use palisade_routes::Routes;
use std::collections::BTreeSet;

pub(crate) fn build<D, G>(
    name: &'static str,
    declared: Option<D>,
    build: impl FnOnce(D) -> Result<G, LimitError>,
    errors: &mut Vec<StackError>,
) -> Option<G> {
    match declared.map(build)? {
        Ok(limit) => Some(limit),
        Err(error) => {
            errors.push(StackError::Limit { name, error });
            None
        }
    }
}

/// What a limit looks at and cannot know where it stands, so that it would refuse or miscount everybody.
pub(crate) fn misplaced(
    name: &'static str,
    limit: Option<&RateLimit>,
    knows_caller: bool,
) -> Option<StackError> {
    let limit = limit?;
    if limit.uses_caller() && !knows_caller {
        return Some(StackError::NoCaller { name });
    }
    if limit.counts_by().needs_caller() {
        return Some(StackError::OnlyCallers { name });
    }
    limit.counts_by().uses_route().then_some(StackError::NoRoute { name })
}

/// Routes that want to be spared a limit that no stack has.
pub(crate) fn unknown_exemptions(routes: &Routes<()>) -> impl Iterator<Item = StackError> + '_ {
    routes.table().iter().flat_map(|row| {
        let unknown = row.policy().exemptions().iter().filter(|name| ![ADDRESS, PRINCIPAL].contains(name));
        unknown.map(|name| StackError::Exemption { path: row.template(), name: (*name).to_owned() })
    })
}

/// What only this process knows of what has to be the same on every node.
pub(crate) fn kept_here(parts: Vec<&'static str>, listed: &[Listed]) -> impl Iterator<Item = StackError> {
    // Each once, although several parts may have it.
    let parts: BTreeSet<String> = parts.into_iter().map(str::to_owned).collect();
    let limits = listed.iter().filter(|listed| !listed.limit.is_shared());
    let limits = limits.map(|listed| format!("counters of the limit `{}`", listed.name));
    let all: Vec<_> = parts.into_iter().chain(limits).collect();
    all.into_iter().map(|what| StackError::KeptHere { what })
}
