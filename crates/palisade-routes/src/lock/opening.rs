//! Whether a change of words lets somebody in who was kept out.

use std::collections::BTreeSet;

/// What a new line means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Change {
    /// Somebody may call who could not before.
    Opens,
    /// The route is new, and anybody may call.
    NewPublic,
    /// Nobody new may call, as far as the words tell.
    Other,
}

/// Compares what stood there with what stands there now.
pub(super) fn change(before: Option<&str>, now: &str) -> Change {
    let now = Words::parse(now);
    match before.map(Words::parse) {
        None if now.reports || now.demand == Demand::Public => Change::NewPublic,
        Some(before) if now.is_laxer_than(&before) => Change::Opens,
        None | Some(_) => Change::Other,
    }
}

struct Words<'t> {
    demand: Demand<'t>,
    guards: u32,
    limits: usize,
    exempt: BTreeSet<&'t str>,
    reports: bool,
}

#[derive(PartialEq, Eq)]
enum Demand<'t> {
    Public,
    Optional,
    Authenticated,
    Scopes(Formula<'t>),
    /// Not the words of this version; strictest, so that leaving it is told.
    Unknown,
}

impl<'t> Words<'t> {
    fn parse(words: &'t str) -> Self {
        let mut columns = words.split("  ").map(str::trim);
        let demand = match columns.next().unwrap_or_default() {
            "public" => Demand::Public,
            "optional" => Demand::Optional,
            "authenticated" => Demand::Authenticated,
            other => {
                let formula = other.strip_prefix("requires ").and_then(Formula::parse);
                formula.map_or(Demand::Unknown, Demand::Scopes)
            }
        };
        let mut words = Self { demand, guards: 0, limits: 0, exempt: BTreeSet::new(), reports: false };
        for column in columns {
            match column.split_once(' ') {
                None if column == "report-only" => words.reports = true,
                Some(("limit", _)) => words.limits += 1,
                Some(("exempt", from)) => {
                    words.exempt.insert(from);
                }
                Some((count, "guard" | "guards")) => words.guards = count.parse().unwrap_or_default(),
                None | Some(_) => {}
            }
        }
        words
    }

    fn is_laxer_than(&self, before: &Self) -> bool {
        if before.reports {
            return false;
        }
        self.reports
            || self.guards < before.guards
            || self.limits < before.limits
            || !self.exempt.is_subset(&before.exempt)
            || self.demand.is_laxer_than(&before.demand)
    }
}

impl Demand<'_> {
    fn is_laxer_than(&self, before: &Self) -> bool {
        match (self, before) {
            (Self::Scopes(now), Self::Scopes(before)) => now.admits_more_than(before),
            (now, before) => now.rank() < before.rank(),
        }
    }

    const fn rank(&self) -> u8 {
        match self {
            Self::Public => 0,
            Self::Optional => 1,
            Self::Authenticated => 2,
            Self::Scopes(_) => 3,
            Self::Unknown => 4,
        }
    }
}

/// A requirement, read back from its words.
#[derive(PartialEq, Eq)]
enum Formula<'t> {
    Scope(&'t str),
    All(Vec<Self>),
    Any(Vec<Self>),
}

impl<'t> Formula<'t> {
    /// How deep brackets may stand in each other; requirements written by people have one or two.
    const DEPTH: usize = 16;

    fn parse(text: &'t str) -> Option<Self> {
        let mut rest = text;
        let formula = Self::joined(&mut rest, Self::DEPTH)?;
        rest.is_empty().then_some(formula)
    }

    fn joined(rest: &mut &'t str, depth: usize) -> Option<Self> {
        let first = Self::part(rest, depth)?;
        let (sign, join): (_, fn(Vec<Self>) -> Self) = match rest.get(..3) {
            Some(" & ") => (" & ", Self::All),
            Some(" | ") => (" | ", Self::Any),
            _ => return Some(first),
        };
        let mut parts = vec![first];
        while let Some(next) = rest.strip_prefix(sign) {
            *rest = next;
            parts.push(Self::part(rest, depth)?);
        }
        Some(join(parts))
    }

    fn part(rest: &mut &'t str, depth: usize) -> Option<Self> {
        if let Some(inside) = rest.strip_prefix('(') {
            *rest = inside;
            let formula = Self::joined(rest, depth.checked_sub(1)?)?;
            *rest = rest.strip_prefix(')')?;
            return Some(formula);
        }
        let end = rest.find([' ', ')']).unwrap_or(rest.len());
        let (scope, after) = rest.split_at(end);
        *rest = after;
        (!scope.is_empty()).then_some(Self::Scope(scope))
    }

    fn collect(&self, found: &mut BTreeSet<&'t str>) {
        match self {
            Self::Scope(scope) => {
                found.insert(scope);
            }
            Self::All(parts) | Self::Any(parts) => parts.iter().for_each(|part| part.collect(found)),
        }
    }

    fn is_met_by(&self, held: &dyn Fn(&str) -> bool) -> bool {
        match self {
            Self::Scope(scope) => held(scope),
            Self::All(parts) => parts.iter().all(|part| part.is_met_by(held)),
            Self::Any(parts) => parts.iter().any(|part| part.is_met_by(held)),
        }
    }

    /// Whether some caller meets this and not the other, found by trying every set of scopes.
    fn admits_more_than(&self, other: &Self) -> bool {
        /// 4,096 sets; where more scopes are named, any change is told as an opening.
        const MOST: usize = 12;
        let mut scopes = BTreeSet::new();
        self.collect(&mut scopes);
        other.collect(&mut scopes);
        let scopes: Vec<_> = scopes.into_iter().collect();
        if scopes.len() > MOST {
            return self != other;
        }
        (0_u32..1 << scopes.len()).any(|set| {
            let held = |scope: &str| {
                scopes.iter().position(|known| *known == scope).is_some_and(|at| set >> at & 1 == 1)
            };
            self.is_met_by(&held) && !other.is_met_by(&held)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{Change::*, *};
    use palisade_core::{Requirement, Scope, ScopeSet};
    use proptest::prelude::{Strategy, prop, prop_assert_eq, proptest};

    fn check(before: &str, now: &str, expected: Change) {
        assert_eq!(
            change(Some(before).filter(|words| !words.is_empty()), now),
            expected,
            "{before:?} -> {now:?}"
        );
    }

    #[test]
    fn what_a_change_means() {
        check("", "public", NewPublic);
        check("", "requires a  report-only", NewPublic);
        check("", "optional", Other);
        check("authenticated", "public", Opens);
        check("requires a", "authenticated", Opens);
        check("authenticated", "requires a", Other);
        check("public", "optional", Other);
        check("public  body 1 MiB", "public  body 2 MiB", Other);
        check("requires a", "requires a  report-only", Opens);
        check("requires a  report-only", "requires a", Other);
        check("requires a  2 guards", "requires a  1 guard", Opens);
        check("words of another version", "authenticated", Opens);
        check("authenticated", "words of another version", Other);
    }

    #[test]
    fn scopes_are_compared_by_who_meets_them() {
        check("requires a & b", "requires a", Opens);
        check("requires a", "requires a & b", Other);
        check("requires a", "requires a | b", Opens);
        check("requires a | b", "requires a", Other);
        check("requires a", "requires b", Opens);
        check("requires a & b", "requires b & a", Other);
        check("requires a & (b | c)", "requires (a & b) | (a & c)", Other);
        check("requires a & (b | c)", "requires a & (b | c | d)", Opens);
        let many = |last: &str| format!("requires {} | {last}", scopes(13));
        check(&many("x"), &many("y"), Opens);
        check(&many("x"), &many("x"), Other);
    }

    fn scopes(count: usize) -> String {
        (0..count).map(|at| format!("s{at}")).collect::<Vec<_>>().join(" | ")
    }

    #[test]
    fn words_that_are_no_requirement() {
        for text in ["", "a &", "a & b | c", "(a", "a)", "a b", &"(".repeat(1000)] {
            assert!(Formula::parse(text).is_none(), "{text:?}");
        }
    }

    fn requirement() -> impl Strategy<Value = Requirement> {
        let scope = "[a-d]".prop_map(|word| word.parse::<Scope>().unwrap().into());
        scope.prop_recursive(3, 12, 3, |part| {
            let parts = prop::collection::vec(part, 1..4);
            (parts, proptest::bool::ANY)
                .prop_map(|(parts, all)| if all { Requirement::All(parts) } else { Requirement::Any(parts) })
        })
    }

    proptest! {
        /// What is read back from the words is met by the same callers.
        #[test]
        fn words_keep_the_meaning(requirement in requirement(), held in prop::collection::vec("[a-d]", 0..4)) {
            let words = requirement.to_string();
            let formula = Formula::parse(&words).unwrap();
            let set: ScopeSet = held.iter().map(|word| word.parse::<Scope>().unwrap()).collect();
            let read_back = formula.is_met_by(&|scope| held.iter().any(|word| word == scope));
            prop_assert_eq!(read_back, requirement.is_met_by(&set), "{}", words);
        }
    }
}
