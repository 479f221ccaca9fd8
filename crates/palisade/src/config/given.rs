//! Scopes that settings give, beside those that routes ask for.

use super::{
    effective::Effective,
    fault::nearest,
    mistake::Mistake,
    schema::{AuthSettings, Config},
};
use palisade_core::{Permissions, Requirement, Scope};
use palisade_routes::Routes;
use std::collections::BTreeSet;

/// A scope that a setting gives.
#[derive(Clone, Debug)]
pub(crate) struct Given {
    /// That setting, and nothing else.
    place: Mistake,
    scope: Scope,
}

/// So many are named where none is near.
const NAMED: usize = 20;

/// Every scope of tokens, roles and issuers.
pub(super) fn all(config: &Config, effective: &Effective) -> Vec<Given> {
    let Some(AuthSettings::Kinds(kinds)) = &config.auth else { return Vec::new() };
    let tokens = kinds.tokens.iter().enumerate();
    let tokens = tokens.map(|(at, token)| (format!("auth.tokens[{at}].scopes"), &token.scopes));
    let roles = kinds.roles.iter().map(|(name, words)| (format!("auth.roles.{name}"), words));
    let issuers = kinds.issuers.iter().enumerate();
    let issuers = issuers.map(|(at, issuer)| (format!("auth.issuers[{at}].at_most"), &issuer.at_most));
    let lists = tokens.chain(roles).chain(issuers);
    let words = lists.flat_map(|(path, words)| {
        words.iter().enumerate().map(move |(at, word)| (format!("{path}[{at}]"), word))
    });
    let given = words.filter_map(|(path, word)| {
        let place = effective.locate(Mistake::new(path, ""));
        Some(Given { place, scope: word.parse().ok()? })
    });
    given.collect()
}

/// Those that no route asks for and that are no declared permission; handlers may, so it is no mistake.
pub(crate) fn unasked<S>(
    given: &[Given],
    routes: &Routes<S>,
    permissions: Option<&Permissions>,
) -> Vec<Mistake> {
    let mut known = BTreeSet::new();
    for requirement in routes.table().iter().filter_map(|row| row.policy().requirement()) {
        ask(requirement, &mut known);
    }
    known.extend(permissions.iter().flat_map(|permissions| permissions.words().iter()));
    let strange = given.iter().filter(|given| !known.contains(&given.scope));
    strange
        .map(|Given { place, scope }| {
            let meant = match nearest(scope.as_str(), known.iter().map(|known| known.as_str())) {
                Some(name) => format!("did you mean `{name}`?"),
                None if known.is_empty() => "they ask for none".to_owned(),
                None => {
                    let named = known.iter().take(NAMED).map(|known| format!("`{known}`"));
                    let more = if known.len() > NAMED { " …" } else { "" };
                    format!("there are {}{more}", named.collect::<Vec<_>>().join(", "))
                }
            };
            let what = format!(
                "no route asks for this scope; {meant} (where handlers do, declare it with `Auth::permissions`)"
            );
            Mistake::new(place.path(), what).from_origin(place.origin().clone())
        })
        .collect()
}

/// Every scope in it, each of a choice too.
fn ask<'r>(requirement: &'r Requirement, known: &mut BTreeSet<&'r Scope>) {
    match requirement {
        Requirement::Scope(scope) => {
            known.insert(scope);
        }
        Requirement::All(parts) | Requirement::Any(parts) => parts.iter().for_each(|part| ask(part, known)),
        _ => {}
    }
}
