//! A report for people, in lines of a hundred characters.

use super::outcome::Outcome;
use std::fmt;

/// The longest line.
const WIDTH: usize = 100;
/// How many failures of one id are shown.
const SHOWN: usize = 3;

pub(crate) fn write(outcomes: &[Outcome], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let mut group = "";
    for outcome in outcomes {
        if outcome.group != group {
            group = outcome.group;
            let of: Vec<_> = outcomes.iter().filter(|other| other.group == group).collect();
            let attacks: usize = of.iter().map(|outcome| outcome.inputs.len()).sum();
            let failed = of.iter().filter(|outcome| !outcome.failures.is_empty()).count();
            let verdict = if failed > 0 {
                format!("{failed} FAILED")
            } else if attacks > 0 {
                "held".to_owned()
            } else {
                "n/a".to_owned()
            };
            let told = format!("{} ids, {attacks} attacks, {verdict}", of.len());
            writeln!(f, "{group:<width$}{told}", width = WIDTH.saturating_sub(told.chars().count()))?;
        }
        line(outcome, f)?;
    }
    Ok(())
}

fn line(outcome: &Outcome, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let Outcome { id, title, inputs, failures, lacks, .. } = outcome;
    let verdict = if !failures.is_empty() {
        "FAILED"
    } else if inputs.is_empty() {
        "n/a"
    } else {
        "held"
    };
    let tried = if inputs.is_empty() { String::new() } else { inputs.len().to_string() };
    writeln!(f, "  {id}  {verdict:<6} {tried:>3}  {}", cut(title, WIDTH - 20))?;
    for lack in lacks {
        let why = if inputs.is_empty() { "because" } else { "without" };
        wrapped(f, why, lack)?;
    }
    for failure in failures.iter().take(SHOWN) {
        wrapped(f, "input", &failure.input)?;
        wrapped(f, "sent", &failure.sent)?;
        wrapped(f, "expected", &failure.expected)?;
        wrapped(f, "got", &failure.got)?;
    }
    if failures.len() > SHOWN {
        wrapped(f, "", &format!("and {} more", failures.len() - SHOWN))?;
    }
    Ok(())
}

/// A word in a column of its own, and text beside it in as many lines as it needs.
fn wrapped(f: &mut fmt::Formatter<'_>, word: &str, text: &str) -> fmt::Result {
    const MARGIN: usize = 19;
    let room = WIDTH - MARGIN;
    let mut word = word;
    for line in text.lines().take(8) {
        let chars: Vec<char> = printable(&cut(line, 2 * room)).chars().collect();
        for piece in chars.chunks(room) {
            writeln!(f, "{word:>17}  {}", piece.iter().collect::<String>())?;
            word = "";
        }
    }
    Ok(())
}

fn cut(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let kept: String = text.chars().take(most.saturating_sub(1)).collect();
    kept + "…"
}

fn printable(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        if c.is_control() { out.extend(c.escape_default()) } else { out.push(c) }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attacks::outcome::Failure;

    struct Table(Vec<Outcome>);

    impl fmt::Display for Table {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            write(&self.0, f)
        }
    }

    #[test]
    fn lines_are_a_hundred_wide_at_most() {
        let failure = Failure {
            input: "i".into(),
            sent: format!("GET /{}\nx: \u{1b}[2J", "a".repeat(200)),
            expected: "e".into(),
            got: "g".into(),
        };
        let outcome = |id, inputs: &[&str], failures: &[Failure], lacks: &[&str]| Outcome {
            group: "paths",
            id,
            title: "title",
            inputs: inputs.iter().map(|it| (*it).to_owned()).collect(),
            failures: failures.to_vec(),
            lacks: lacks.iter().map(|it| (*it).to_owned()).collect(),
        };
        let text = Table(vec![
            outcome("A001", &["a", "b"], &[], &[]),
            outcome("A002", &[], &[], &["no token"]),
            outcome("A003", &["a"], &[failure.clone(), failure.clone(), failure.clone(), failure], &[]),
        ])
        .to_string();
        assert!(text.lines().all(|line| line.chars().count() <= WIDTH), "{text}");
        assert!(text.starts_with("paths  ") && text.contains("3 ids, 3 attacks, 1 FAILED\n"), "{text}");
        assert!(text.contains("  A001  held     2  title\n  A002  n/a         title\n"), "{text}");
        assert!(text.contains("          because  no token\n"), "{text}");
        assert!(text.contains("\\u{1b}[2J") && text.contains("and 1 more"), "{text}");
    }
}
