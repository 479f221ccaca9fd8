//! A declaration of permissions, checked as a whole.

use super::{
    closure::closure,
    declared::{Inner, Permissions},
    error::{PermissionsError, PermissionsErrors},
};
use crate::{
    roles::Roles,
    scope::{Scope, ScopeSet},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

/// How many mistakes are told.
const MISTAKES: usize = 64;
const MAX_ROLE_NAME: usize = 64;

/// A declaration of permissions; [`build`](Self::build) checks it as a whole.
#[derive(Clone, Debug)]
#[must_use = "a declaration does nothing until `build`"]
pub struct PermissionsBuilder {
    names: Vec<Scope>,
    implications: Vec<(Scope, Scope)>,
    everything: Vec<Scope>,
    wildcards: Vec<String>,
    roles: Vec<(String, Vec<Scope>)>,
}

impl Permissions {
    /// Declares these names: `Permission::ALL` of [`permissions!`](crate::permissions), scopes from elsewhere, or both in turn.
    pub fn declare<S: Into<Scope>>(names: impl IntoIterator<Item = S>) -> PermissionsBuilder {
        PermissionsBuilder::new().and(names)
    }
}

impl PermissionsBuilder {
    const fn new() -> Self {
        Self {
            names: Vec::new(),
            implications: Vec::new(),
            everything: Vec::new(),
            wildcards: Vec::new(),
            roles: Vec::new(),
        }
    }

    /// Declares these names too.
    pub fn and<S: Into<Scope>>(mut self, names: impl IntoIterator<Item = S>) -> Self {
        self.names.extend(names.into_iter().map(Into::into));
        self
    }

    /// Who has this word has the others too, and what they imply.
    pub fn implies<S: Into<Scope>>(
        mut self,
        word: impl Into<Scope>,
        others: impl IntoIterator<Item = S>,
    ) -> Self {
        let word = word.into();
        self.implications.extend(others.into_iter().map(|other| (word.clone(), other.into())));
        self
    }

    /// Who has this name has all declared names, and all wildcards that do not cover it.
    pub fn implies_everything(mut self, name: impl Into<Scope>) -> Self {
        self.everything.push(name.into());
        self
    }

    /// A word such as `models:*`, or `*` alone: who has it has every declared name that begins like that, and every wildcard
    /// that covers less. It stands for these words and for no others; a wildcard that nobody declared is a word like any.
    pub fn wildcard(mut self, pattern: impl Into<String>) -> Self {
        self.wildcards.push(pattern.into());
        self
    }

    /// Who has this role has these words, and what they imply.
    pub fn role<S: Into<Scope>>(
        mut self,
        name: impl Into<String>,
        words: impl IntoIterator<Item = S>,
    ) -> Self {
        self.roles.push((name.into(), words.into_iter().map(Into::into).collect()));
        self
    }

    /// Checks it all: every word that is used is declared, nothing is declared twice, and nothing implies itself.
    ///
    /// # Errors
    ///
    /// All mistakes at once, up to 64.
    pub fn build(self) -> Result<Permissions, PermissionsErrors> {
        let mut mistakes = self.too_many();
        if !mistakes.is_empty() {
            return Err(PermissionsErrors(mistakes));
        }
        let words = self.words(&mut mistakes);
        let edges = self.edges(&words, &mut mistakes);
        self.check_roles(&words, &mut mistakes);
        let reached = closure(&edges);
        let words: Vec<Scope> = words.into_iter().collect();
        let pick = |at: &usize| words.get(*at).cloned();
        let reached = match reached {
            Ok(reached) if mistakes.is_empty() => reached,
            Ok(_) => return Err(told(mistakes)),
            Err(circles) => {
                let circles = circles.iter().map(|circle| circle.iter().filter_map(pick).collect());
                mistakes.extend(circles.map(PermissionsError::Circle));
                return Err(told(mistakes));
            }
        };
        let mut implying = Vec::new();
        for (word, reached) in words.iter().zip(reached) {
            let all: ScopeSet =
                words.iter().zip(reached).filter(|(_, is)| *is).map(|(word, _)| word.clone()).collect();
            if all.len() > 1 {
                implying.push((word.clone(), all));
            }
        }
        let words = words.into_iter().collect();
        let plain = Permissions(Arc::new(Inner { words, implying, roles: Roles::default() }));
        let roles = self.roles.into_iter().map(|(name, held)| (name, plain.expand(&ScopeSet::of(held))));
        let roles = Roles::new(roles);
        let Inner { words, implying, .. } = &*plain.0;
        Ok(Permissions(Arc::new(Inner { words: words.clone(), implying: implying.clone(), roles })))
    }

    /// Before anything is done with what may be far too much.
    fn too_many(&self) -> Vec<PermissionsError> {
        let implications = self.implications.len() + self.everything.len();
        let longest = self.roles.iter().map(|(_, words)| words.len()).max().unwrap_or_default();
        let counts = [
            ("names", self.names.len(), Permissions::MAX_NAMES),
            ("wildcards", self.wildcards.len(), Permissions::MAX_WILDCARDS),
            ("implications", implications, Permissions::MAX_IMPLICATIONS),
            ("roles", self.roles.len(), Permissions::MAX_ROLES),
            ("words of a role", longest, Permissions::MAX_NAMES),
        ];
        let over = counts.into_iter().filter(|(_, count, most)| count > most);
        over.map(|(what, _, most)| PermissionsError::TooMany { what, most }).collect()
    }

    fn words(&self, mistakes: &mut Vec<PermissionsError>) -> BTreeSet<Scope> {
        let mut words = BTreeSet::new();
        for name in &self.names {
            if name.as_str().contains('*') {
                mistakes.push(PermissionsError::StarInName(name.clone()));
            } else if !words.insert(name.clone()) {
                mistakes.push(PermissionsError::DeclaredTwice(name.clone()));
            }
        }
        let mut wildcards = BTreeSet::new();
        for pattern in &self.wildcards {
            let Some(wildcard) = parse(pattern) else {
                mistakes.push(PermissionsError::NotAWildcard(pattern.clone()));
                continue;
            };
            if !words.iter().any(|name| covers(&wildcard, name)) {
                mistakes.push(PermissionsError::CoversNothing(wildcard.clone()));
            }
            if !wildcards.insert(wildcard.clone()) {
                mistakes.push(PermissionsError::DeclaredTwice(wildcard));
            }
        }
        words.append(&mut wildcards);
        words
    }

    /// What each word implies, both as places in the order of words.
    fn edges(&self, words: &BTreeSet<Scope>, mistakes: &mut Vec<PermissionsError>) -> Vec<Vec<usize>> {
        let places: BTreeMap<&Scope, usize> = words.iter().zip(0..).collect();
        let mut edges: Vec<Vec<usize>> = words
            .iter()
            .map(|word| places.iter().filter(|(other, _)| covers(word, other)).map(|(_, at)| *at).collect())
            .collect();
        let mut add = |from: &Scope, to: &[&Scope]| {
            let to = to.iter().filter_map(|to| places.get(to));
            if let Some(edges) = places.get(from).and_then(|at| edges.get_mut(*at)) {
                edges.extend(to);
            }
        };
        let undeclared = |word: &Scope, user: String| {
            (!words.contains(word)).then(|| PermissionsError::Undeclared { word: word.clone(), user })
        };
        for (from, to) in &self.implications {
            mistakes.extend(undeclared(from, "an implication".to_owned()));
            mistakes.extend(undeclared(to, format!("`{from}`")));
            add(from, &[to]);
        }
        for top in self.everything.iter().collect::<BTreeSet<_>>() {
            mistakes.extend(undeclared(top, "`implies_everything`".to_owned()));
            let others: Vec<&Scope> =
                words.iter().filter(|word| *word != top && !covers(word, top)).collect();
            add(top, &others);
        }
        edges
    }

    fn check_roles(&self, words: &BTreeSet<Scope>, mistakes: &mut Vec<PermissionsError>) {
        let mut names = BTreeSet::new();
        for (name, held) in &self.roles {
            let bad = name.is_empty() || name.len() > MAX_ROLE_NAME || name.trim().len() != name.len();
            if bad || name.chars().any(char::is_control) {
                mistakes.push(PermissionsError::RoleName(name.clone()));
            } else if !names.insert(name) {
                mistakes.push(PermissionsError::RoleTwice(name.clone()));
            }
            for word in held.iter().filter(|word| !words.contains(word)) {
                let user = format!("the role `{}`", name.escape_debug());
                mistakes.push(PermissionsError::Undeclared { word: word.clone(), user });
            }
        }
    }
}

fn told(mut mistakes: Vec<PermissionsError>) -> PermissionsErrors {
    mistakes.truncate(MISTAKES);
    PermissionsErrors(mistakes)
}

fn parse(pattern: &str) -> Option<Scope> {
    let stem = pattern.strip_suffix('*')?;
    if stem.contains('*') { None } else { pattern.parse().ok() }
}

/// Whether the word is a wildcard and the other one begins as it does.
fn covers(word: &Scope, other: &Scope) -> bool {
    word != other && word.as_str().strip_suffix('*').is_some_and(|stem| other.as_str().starts_with(stem))
}
