//! No axum in core outside `extract.rs`: core serves every tower stack.

use super::source::SourceFile;
use super::token::{production, tokens};
use super::violation::Violation;

const CORE: &str = "crates/palisade-core";

pub(super) fn check(files: &[SourceFile]) -> Vec<Violation> {
    files.iter().filter(|file| is_bound(file)).flat_map(mentions).collect()
}

fn is_bound(file: &SourceFile) -> bool {
    file.split().is_some_and(|(package, _)| package == CORE) && file.name() != "extract.rs"
}

fn mentions(file: &SourceFile) -> Vec<Violation> {
    let production = production(&tokens(&file.text));
    let code = &production.tokens;
    (0..code.len())
        .filter(|&at| code[at].is("axum") || code[at].is("axum_core"))
        // A path or an import; a local name is nobody's dependency.
        .filter(|&at| {
            let imported = at > 0 && (code[at - 1].is("use") || code[at - 1].is("crate"));
            imported || code.get(at + 1).is_some_and(|token| token.is("::"))
        })
        .map(|at| {
            let what =
                format!("{} outside extract.rs; move this code there or to palisade-routes", code[at].text);
            Violation::new(&file.path, code[at].line, what)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(path: &str, text: &str, expected: &[&str]) {
        let found: Vec<_> =
            super::check(&[SourceFile::new(path, text)]).iter().map(ToString::to_string).collect();
        assert_eq!(found, expected, "{path}: {text}");
    }

    #[test]
    fn mentions_are_found() {
        let path = "crates/palisade-core/src/denial.rs";
        let line = |number: usize, name: &str| {
            format!("{path}:{number} {name} outside extract.rs; move this code there or to palisade-routes")
        };
        check(path, "use http;\nuse axum_core::response::IntoResponse;", &[&line(2, "axum_core")]);
        check(path, "impl ::axum::X for Y {}", &[&line(1, "axum")]);
        check(path, "use axum as web;", &[&line(1, "axum")]);
        check(path, "extern crate axum;", &[&line(1, "axum")]);
    }

    #[test]
    fn extractors_prose_tests_and_other_crates_are_free() {
        check("crates/palisade-core/src/extract.rs", "use axum_core::x;", &[]);
        check("crates/palisade-routes/src/mount.rs", "use axum::Router;", &[]);
        check(
            "crates/palisade-core/src/lib.rs",
            "//! axum::serve\n#[cfg(feature = \"axum\")] mod extract;",
            &[],
        );
        check("crates/palisade-core/src/lib.rs", "#[cfg(test)] mod tests { use axum::Router; }", &[]);
    }
}
