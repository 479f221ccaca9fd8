//! The declarations as rows.

use crate::{
    description::Description,
    limit::RouteLimit,
    pace::Pace,
    policy::{DEFAULT_BODY_LIMIT, Policy},
    verb::Verb,
};
use std::fmt;

/// One declaration: which requests, and what they must bring.
#[derive(Clone, Debug)]
pub struct Row {
    pub(crate) verb: Verb,
    pub(crate) path: String,
    pub(crate) policy: Policy,
    pub(crate) description: Option<Box<Description>>,
    pub(crate) kind: RowKind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum RowKind {
    Route,
    Mount,
    Fallback,
}

impl Row {
    /// The method.
    #[must_use]
    pub const fn verb(&self) -> Verb {
        self.verb
    }

    /// The path as axum matches it, with all prefixes; `/docs/{*path}` for a mount at `/docs`, which has `/docs` too, and `*`
    /// for the fallback.
    #[must_use]
    pub fn template(&self) -> String {
        match self.kind {
            RowKind::Route => self.path.clone(),
            RowKind::Mount => format!("{}/{{*path}}", self.path),
            RowKind::Fallback => "*".to_owned(),
        }
    }

    /// What it demands.
    pub const fn policy(&self) -> &Policy {
        &self.policy
    }

    /// What it does, where its endpoint was described.
    #[must_use]
    pub fn description(&self) -> Option<&Description> {
        self.description.as_deref()
    }

    /// Whether it stands for everything below its path.
    #[must_use]
    pub fn is_mount(&self) -> bool {
        self.kind == RowKind::Mount
    }

    /// Whether it stands for every path that nobody declared.
    #[must_use]
    pub fn is_fallback(&self) -> bool {
        self.kind == RowKind::Fallback
    }

    /// Everything beside method and path, in words.
    pub(crate) fn words(&self) -> String {
        let Policy {
            demand,
            body_limit,
            pace,
            report_only,
            first,
            limits,
            guards,
            exempt,
            made: _,
            critical: _,
            never_open,
        } = &self.policy;
        let mut words = vec![demand.to_string()];
        match *body_limit {
            None | Some(DEFAULT_BODY_LIMIT) => {}
            Some(limit) => words.push(format!("body {}", Bytes(limit))),
        }
        let pace = pace.pace();
        if pace != Pace::DEFAULT {
            words.push(pace.to_string());
        }
        words.extend(limits.iter().map(RouteLimit::words));
        match first.len() + guards.len() {
            0 => {}
            1 => words.push("1 guard".to_owned()),
            many => words.push(format!("{many} guards")),
        }
        words.extend(exempt.iter().map(|limit| format!("exempt from {limit}")));
        if *never_open {
            words.push("never open".to_owned());
        }
        if *report_only {
            words.push("report-only".to_owned());
        }
        if self.kind == RowKind::Mount {
            words.push("mount".to_owned());
        }
        words.join("  ")
    }
}

/// A number of bytes, in the largest unit that divides it.
struct Bytes(usize);

impl fmt::Display for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (mut count, mut unit) = (self.0, "B");
        if count == usize::MAX {
            return f.write_str("unlimited");
        }
        for larger in ["KiB", "MiB", "GiB"] {
            if count == 0 || count % 1024 != 0 {
                break;
            }
            (count, unit) = (count / 1024, larger);
        }
        write!(f, "{count} {unit}")
    }
}

/// The rows in aligned columns, by path.
pub(crate) fn write_table(rows: &[Row], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let mut lines: Vec<_> = rows.iter().map(|row| (row.template(), row.verb, row.words())).collect();
    lines.sort();
    let width = lines.iter().map(|(template, ..)| template.len()).max().unwrap_or_default();
    for (template, verb, words) in lines {
        writeln!(f, "{verb:<7}  {template:<width$}  {words}")?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::public;

    fn check(bytes: usize, expected: &str) {
        let row = Row {
            verb: Verb::Get,
            path: "/".into(),
            policy: public().body_limit(bytes),
            description: None,
            kind: RowKind::Route,
        };
        assert_eq!(row.words(), expected);
    }

    #[test]
    fn sizes_in_words() {
        check(DEFAULT_BODY_LIMIT, "public");
        check(0, "public  body 0 B");
        check(10 << 20, "public  body 10 MiB");
        check(1500, "public  body 1500 B");
        check(3 << 10, "public  body 3 KiB");
        check(1 << 40, "public  body 1024 GiB");
        check(usize::MAX, "public  body unlimited");
    }
}
