//! Which credentials an operation asks for.

use super::surroundings::{Scheme, Surroundings};
use crate::policy::{Demand, Policy};
use palisade_core::Requirement;
use utoipa::openapi::security::{
    ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme,
};

/// More ways to meet a requirement than this are told in words alone.
const MAX_WAYS: usize = 16;

/// The alternatives of an operation; none at all where anybody may call, and `{}` among them where nobody must bring anything.
pub(super) fn security(policy: &Policy, around: &Surroundings) -> Vec<SecurityRequirement> {
    let ways = match &policy.demand {
        Demand::Public => return Vec::new(),
        Demand::Optional | Demand::Authenticated => vec![Vec::new()],
        Demand::Requires(requirement) => ways(requirement).unwrap_or_else(|| vec![Vec::new()]),
    };
    let mut alternatives = Vec::new();
    if policy.demand == Demand::Optional || policy.report_only {
        alternatives.push(SecurityRequirement::default());
    }
    for scopes in &ways {
        let named = |scheme: &Scheme| SecurityRequirement::new(scheme.name(), scopes);
        alternatives.extend(around.schemes.iter().map(named));
    }
    alternatives
}

/// Sets of scopes of which each meets the requirement; `None` where there are too many to list.
fn ways(requirement: &Requirement) -> Option<Vec<Vec<String>>> {
    let found = match requirement {
        Requirement::Scope(scope) => vec![vec![scope.as_str().to_owned()]],
        Requirement::Any(parts) => {
            let mut all = Vec::new();
            for part in parts {
                all.extend(ways(part)?);
            }
            all
        }
        Requirement::All(parts) => {
            let mut all = vec![Vec::new()];
            for part in parts {
                let more = ways(part)?;
                if all.len().saturating_mul(more.len()) > MAX_WAYS {
                    return None;
                }
                let joined = |one: &Vec<String>| {
                    let one = one.clone();
                    more.iter().map(move |other| [one.clone(), other.clone()].concat()).collect::<Vec<_>>()
                };
                all = all.iter().flat_map(joined).collect();
            }
            all
        }
        _ => return None,
    };
    (found.len() <= MAX_WAYS).then_some(found)
}

/// The scheme as components tell it.
pub(super) fn scheme(scheme: &Scheme) -> SecurityScheme {
    match scheme {
        Scheme::Bearer => {
            let words = "A token in `Authorization: Bearer …`";
            let http = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).description(Some(words));
            SecurityScheme::Http(http.build())
        }
        Scheme::Basic => {
            let words = "A name and a password in `Authorization: Basic …`";
            let http = HttpBuilder::new().scheme(HttpAuthScheme::Basic).description(Some(words));
            SecurityScheme::Http(http.build())
        }
        Scheme::Header(name) => {
            let words = format!("A key in `{name}`");
            SecurityScheme::ApiKey(ApiKey::Header(ApiKeyValue::with_description(name.as_str(), &words)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use palisade_core::Scope;

    fn check(requirement: &Requirement, expected: &[&[&str]]) {
        let found = ways(requirement).unwrap();
        assert_eq!(found, expected.iter().map(|way| way.to_vec()).collect::<Vec<_>>());
    }

    #[test]
    fn every_way_to_meet_a_requirement_is_an_alternative() {
        let [a, b, c, d] = ["a", "b", "c", "d"].map(|name| Requirement::from(Scope::from_static(name)));
        check(&a, &[&["a"]]);
        check(&(a.clone() & b.clone()), &[&["a", "b"]]);
        check(&(a.clone() | b.clone()), &[&["a"], &["b"]]);
        check(&((a | b) & (c | d)), &[&["a", "c"], &["a", "d"], &["b", "c"], &["b", "d"]]);
    }

    #[test]
    fn too_many_ways_are_not_listed() {
        let pair = |one, other| {
            Requirement::Any(vec![Scope::from_static(one).into(), Scope::from_static(other).into()])
        };
        let five = Requirement::All(vec![
            pair("a", "b"),
            pair("c", "d"),
            pair("e", "f"),
            pair("g", "h"),
            pair("i", "j"),
        ]);
        assert_eq!(ways(&five), None);
    }
}
