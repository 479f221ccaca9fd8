//! Lines of errors, summarised: which kinds there are, how often, and how bad.

mod request;

use serde::Serialize;
use std::collections::BTreeMap;

pub use request::{MAX_LINE, MAX_LINES, MAX_TOP, SummaryRequest};

/// What many lines come to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Summary {
    /// How many lines there were.
    pub lines: usize,
    /// How many of each level, most severe first.
    #[schema(value_type = BTreeMap<String, usize>)]
    pub levels: BTreeMap<Level, usize>,
    /// How many different kinds.
    pub kinds: usize,
    /// The most frequent ones, those of one frequency by their words.
    pub top: Vec<Kind>,
}

/// Lines that differ in numbers, addresses and quoted names alone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Kind {
    /// The words that they share.
    pub pattern: String,
    /// How many there are.
    pub count: usize,
    /// The place of the first one, from 1.
    pub first: usize,
    /// The place of the last one.
    pub last: usize,
}

/// How bad a line says it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Nothing works any more.
    Critical,
    /// Something did not work.
    Error,
    /// Something may not work.
    Warning,
    /// It does not say.
    Other,
}

impl Level {
    fn of(line: &str) -> Self {
        let mut words = line.split(|c: char| !c.is_ascii_alphabetic()).map(str::to_ascii_uppercase);
        let found = words.find_map(|word| match word.as_str() {
            "CRITICAL" | "FATAL" | "PANIC" => Some(Self::Critical),
            "ERROR" | "ERR" | "EXCEPTION" => Some(Self::Error),
            "WARNING" | "WARN" => Some(Self::Warning),
            _ => None,
        });
        found.unwrap_or(Self::Other)
    }
}

/// Summarises lines; `top` is how many kinds are told.
#[must_use]
pub fn summarise<L: AsRef<str>>(lines: &[L], top: usize) -> Summary {
    let (mut levels, mut kinds) = (BTreeMap::new(), BTreeMap::<String, Kind>::new());
    for (at, line) in lines.iter().map(AsRef::as_ref).enumerate() {
        *levels.entry(Level::of(line)).or_default() += 1;
        let pattern = pattern(line);
        let place = at + 1;
        let kind =
            kinds.entry(pattern.clone()).or_insert(Kind { pattern, count: 0, first: place, last: place });
        kind.count += 1;
        kind.last = place;
    }
    let all = kinds.len();
    let mut top_kinds: Vec<_> = kinds.into_values().collect();
    // Stable: those of one frequency stay in the order of their words.
    top_kinds.sort_by_key(|kind| std::cmp::Reverse(kind.count));
    top_kinds.truncate(top);
    Summary { lines: lines.len(), levels, kinds: all, top: top_kinds }
}

/// A line without what differs from one occurrence to the next: quoted texts, and words with a digit in them.
fn pattern(line: &str) -> String {
    let mut quotes = line.split(['"', '\'', '`']).enumerate().peekable();
    let mut text = String::with_capacity(line.len());
    while let Some((at, part)) = quotes.next() {
        // What follows a quote that is never closed is no quotation.
        if at % 2 == 1 && quotes.peek().is_some() { text.push_str("<text>") } else { text.push_str(part) }
    }
    let words = text.split_whitespace().map(|word| {
        if word.bytes().any(|byte| byte.is_ascii_digit()) { masked(word) } else { word.to_owned() }
    });
    words.collect::<Vec<_>>().join(" ")
}

/// A word with a digit, with the signs around it.
fn masked(word: &str) -> String {
    let is_sign = |c: char| !c.is_alphanumeric();
    let begin = word.len() - word.trim_start_matches(is_sign).len();
    let end = word.trim_end_matches(is_sign).len();
    let name =
        word.find('=').filter(|at| *at > begin && word[begin..*at].bytes().all(|b| !b.is_ascii_digit()));
    let kept = name.map_or(begin, |at| at + 1);
    format!("{}<n>{}", &word[..kept], &word[end.max(kept)..])
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn lines_of_one_kind_have_one_pattern() {
        let check = |line: &str, expected: &str| assert_eq!(pattern(line), expected);
        check("ERROR timeout after 30s (attempt 2)", "ERROR timeout after <n> (attempt <n>)");
        check("no such key \"a b\" in 'users'", "no such key <text> in <text>");
        check("10.0.0.7:443 refused", "<n> refused");
        check("id=7f3a, status=502", "id=<n>, status=<n>");
        check("it's  down", "its down");
        check("", "");
    }

    #[test]
    fn kinds_are_counted_and_the_most_frequent_come_first() {
        let lines = [
            "2026-11-22 ERROR db: timeout after 30 ms",
            "2026-11-22 WARN cache is cold",
            "2026-11-23 ERROR db: timeout after 31 ms",
            "panic in worker 7",
        ];
        let found = summarise(&lines, 1);
        assert_eq!((found.lines, found.kinds), (4, 3));
        assert_eq!(
            found.top,
            [Kind { pattern: "<n> ERROR db: timeout after <n> ms".to_owned(), count: 2, first: 1, last: 3 }]
        );
        assert_eq!(
            found.levels.into_iter().collect::<Vec<_>>(),
            [(Level::Critical, 1), (Level::Error, 2), (Level::Warning, 1)]
        );
    }

    proptest! {
        #[test]
        fn whatever_the_lines_none_is_lost(lines in proptest::collection::vec("\\PC{0,30}", 0..20)) {
            let found = summarise(&lines, usize::MAX);
            prop_assert_eq!(found.top.iter().map(|kind| kind.count).sum::<usize>(), lines.len());
            prop_assert_eq!(found.levels.values().sum::<usize>(), lines.len());
        }
    }
}
