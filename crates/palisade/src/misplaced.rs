//! Limits that cannot know what they look at, and exemptions from limits that are not there.

use crate::{
    outer::{ADDRESS, PRINCIPAL},
    stack_error::StackError,
};
use palisade_limit::RateLimit;
use palisade_routes::Routes;

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
