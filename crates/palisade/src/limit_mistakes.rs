//! What can be wrong with the limits of a stack.

use crate::{
    outer::{ADDRESS, PRINCIPAL},
    stack_error::StackError,
};
use palisade_limit::{LimitError, RateLimit};
use palisade_routes::Routes;

/// Makes what was declared; a mistake joins the others.
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
    limit.counts_by().uses_route().then_some(StackError::NoRoute { name })
}

/// Routes that want to be spared a limit that no stack has.
pub(crate) fn unknown_exemptions(routes: &Routes<()>) -> impl Iterator<Item = StackError> + '_ {
    routes.table().iter().flat_map(|row| {
        let unknown = row.policy().exemptions().iter().filter(|name| ![ADDRESS, PRINCIPAL].contains(name));
        unknown.map(|name| StackError::Exemption { path: row.template(), name: (*name).to_owned() })
    })
}
