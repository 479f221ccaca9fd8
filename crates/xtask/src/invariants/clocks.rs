//! No clock outside `clock.rs`: time comes from a `Clock`, so that tests can move it.

use super::source::SourceFile;
use super::token::{Token, production, tokens};
use super::violation::Violation;

pub(super) fn check(files: &[SourceFile]) -> Vec<Violation> {
    files
        .iter()
        .filter(|file| file.in_crates().is_some() && file.name() != "clock.rs")
        .flat_map(readings)
        .collect()
}

fn readings(file: &SourceFile) -> Vec<Violation> {
    let production = production(&tokens(&file.text));
    production
        .tokens
        .windows(3)
        .filter_map(reading)
        .map(|(line, clock)| violation(file, line, &clock))
        .collect()
}

fn reading(window: &[Token]) -> Option<(usize, String)> {
    let [clock, colons, now] = window else { return None };
    let is_clock = clock.is("Instant") || clock.is("SystemTime");
    (is_clock && colons.is("::") && now.is("now")).then(|| (clock.line, clock.text.clone()))
}

fn violation(file: &SourceFile, line: usize, clock: &str) -> Violation {
    let what = format!("{clock}::now outside clock.rs; take a Clock from the caller and ask it");
    Violation::new(&file.path, line, what)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(path: &str, text: &str, lines: &[&str]) {
        let found: Vec<_> =
            super::check(&[SourceFile::new(path, text)]).iter().map(ToString::to_string).collect();
        assert_eq!(found, lines, "{path}: {text}");
    }

    #[test]
    fn readings_are_found() {
        check(
            "crates/a/src/b.rs",
            "fn f() {\n    let t = std::time::Instant::now();\n    x.unwrap_or_else(SystemTime::now)\n}\n",
            &[
                "crates/a/src/b.rs:2 Instant::now outside clock.rs; take a Clock from the caller and ask it",
                "crates/a/src/b.rs:3 SystemTime::now outside clock.rs; take a Clock from the caller and ask it",
            ],
        );
    }

    #[test]
    fn clock_tests_prose_and_examples_are_free() {
        check("crates/a/src/clock.rs", "Instant::now()", &[]);
        check("crates/a/src/b.rs", "#[cfg(test)] mod tests { fn f() { Instant::now(); } }", &[]);
        check("crates/a/src/b.rs", "// Instant::now()\nconst A: &str = \"Instant::now()\";", &[]);
        check("crates/a/src/b.rs", "my::Clock::now(); Instant::from(x)", &[]);
        check("examples/a/src/b.rs", "Instant::now()", &[]);
    }
}
