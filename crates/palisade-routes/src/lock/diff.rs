//! The lines in which two locks differ.

use super::opening::{Change, change};
use std::{collections::BTreeSet, fmt};

/// One line of a lock.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Line {
    pub(super) path: String,
    pub(super) verb: String,
    pub(super) words: String,
}

impl Line {
    /// Reads a line by its columns, which stand two spaces or more apart; what is no column is kept as it is.
    pub(super) fn parse(line: &str) -> Self {
        let mut columns = line.trim().splitn(2, "  ");
        let verb = columns.next().unwrap_or_default().to_owned();
        let mut rest = columns.next().unwrap_or_default().trim_start().splitn(2, "  ");
        let path = rest.next().unwrap_or_default().to_owned();
        Self { path, verb, words: rest.next().unwrap_or_default().trim_start().to_owned() }
    }
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { path, verb, words } = self;
        write!(f, "{verb:<7}  {path}  {words}")
    }
}

/// What changed between a lock file and the routes: `-` is what the file says, `+` what the routes say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LockDiff(Vec<Entry>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Entry {
    line: Line,
    /// What it means, where the line is new.
    added: Option<Change>,
}

impl LockDiff {
    pub(super) fn between(file: &BTreeSet<Line>, routes: &BTreeSet<Line>) -> Self {
        let gone = file.difference(routes).map(|line| Entry { line: line.clone(), added: None });
        let came = routes.difference(file).map(|line| {
            let same = |other: &&Line| other.path == line.path && other.verb == line.verb;
            let before = file.iter().find(same).map(|line| line.words.as_str());
            Entry { line: line.clone(), added: Some(change(before, &line.words)) }
        });
        let mut entries: Vec<_> = gone.chain(came).collect();
        // The old line before the new one, and both where the path is.
        entries.sort_by(|a, b| {
            let key =
                |entry: &Entry| (entry.line.path.clone(), entry.line.verb.clone(), entry.added.is_some());
            key(a).cmp(&key(b))
        });
        Self(entries)
    }

    /// Whether they say the same.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether somebody may call a route who could not before, or a new route is public.
    #[must_use]
    pub fn opens(&self) -> bool {
        self.0.iter().any(|entry| entry.added.is_some_and(|change| change != Change::Other))
    }
}

/// One line for each change, each ending in a line break.
impl fmt::Display for LockDiff {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for Entry { line, added } in &self.0 {
            let note = match added {
                None => {
                    writeln!(f, "- {line}")?;
                    continue;
                }
                Some(Change::Opens) => "   ← this route opens",
                Some(Change::NewPublic) => "   ← a new public route",
                Some(Change::Other) => "",
            };
            writeln!(f, "+ {line}{note}")?;
        }
        Ok(())
    }
}
