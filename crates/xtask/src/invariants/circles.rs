//! No two files of a crate import each other, directly or around a circle.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::modules::{Edge, ModulePath, Modules};
use super::source::SourceFile;
use super::violation::Violation;

type Graph = BTreeMap<ModulePath, Vec<Edge>>;

pub(super) fn check(files: &[SourceFile]) -> Vec<Violation> {
    let mut crates: BTreeMap<&str, Vec<&SourceFile>> = BTreeMap::new();
    for file in files {
        if let Some((package, _)) = file.in_crates() {
            crates.entry(package).or_default().push(file);
        }
    }
    crates.into_values().flat_map(|files| circles(&Modules::read(files).edges())).collect()
}

/// A shortest circle through each file that is on one, except through files already told.
fn circles(graph: &Graph) -> Vec<Violation> {
    let mut told = BTreeSet::new();
    let mut violations = Vec::new();
    for start in graph.keys() {
        if told.contains(start) {
            continue;
        }
        let Some(circle) = shortest(graph, start) else { continue };
        let names: Vec<_> = std::iter::once(start).chain(circle.iter().map(|edge| &edge.to)).collect();
        let names: Vec<_> = names.iter().map(|name| name.join("::")).collect();
        let what =
            format!("import circle {}; move what both sides need into a third file", names.join(" → "));
        violations.push(Violation::new(&circle[0].path, circle[0].line, what));
        told.extend(circle.iter().map(|edge| &edge.to));
    }
    violations
}

/// The edges of a shortest way from `start` back to it.
fn shortest<'a>(graph: &'a Graph, start: &ModulePath) -> Option<Vec<&'a Edge>> {
    let mut reached: BTreeMap<&ModulePath, (&ModulePath, &Edge)> = BTreeMap::new();
    let mut queue = VecDeque::from([start]);
    while let Some(from) = queue.pop_front() {
        for edge in graph.get(from).into_iter().flatten() {
            if !reached.contains_key(&edge.to) {
                reached.insert(&edge.to, (from, edge));
                queue.push_back(&edge.to);
            }
        }
    }
    let mut way = Vec::new();
    let mut at = start;
    loop {
        let (from, edge) = reached.get(at)?;
        way.push(*edge);
        at = from;
        if at == start {
            way.reverse();
            return Some(way);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(files: &[(&str, &str)], expected: &[&str]) {
        let files: Vec<_> = files.iter().map(|(path, text)| SourceFile::new(path, text)).collect();
        let found: Vec<_> = super::check(&files).iter().map(ToString::to_string).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn two_files_that_import_each_other_are_told_once() {
        check(
            &[("crates/x/src/a.rs", "//! A.\nuse crate::b::B;"), ("crates/x/src/b.rs", "use crate::a::A;")],
            &["crates/x/src/a.rs:2 import circle a → b → a; move what both sides need into a third file"],
        );
    }

    #[test]
    fn longer_circle_is_told_in_order() {
        check(
            &[
                ("crates/x/src/a.rs", "use crate::b::B; use crate::d;"),
                ("crates/x/src/b.rs", "use super::c::{f};"),
                ("crates/x/src/c/mod.rs", "fn f() -> crate::a::A {}"),
                ("crates/x/src/d.rs", ""),
            ],
            &["crates/x/src/a.rs:1 import circle a → b → c → a; move what both sides need into a third file"],
        );
    }

    #[test]
    fn circles_hidden_by_the_root_are_found() {
        check(
            &[
                ("crates/x/src/lib.rs", "mod a; mod b; pub use a::A; pub use b::B;"),
                ("crates/x/src/a.rs", "use crate::B;"),
                ("crates/x/src/b.rs", "use crate::A;"),
            ],
            &["crates/x/src/a.rs:1 import circle a → b → a; move what both sides need into a third file"],
        );
    }

    #[test]
    fn separate_circles_are_separate_lines() {
        let circle = |a: &str, b: &str| format!("use crate::{a}; use crate::{b};");
        let files = [
            ("crates/x/src/a.rs", &circle("b", "c")[..]),
            ("crates/x/src/b.rs", "use crate::a;"),
            ("crates/x/src/c.rs", "use crate::a;"),
        ];
        let suffix = "move what both sides need into a third file";
        check(
            &files,
            &[
                &format!("crates/x/src/a.rs:1 import circle a → b → a; {suffix}"),
                &format!("crates/x/src/c.rs:1 import circle c → a → c; {suffix}"),
            ],
        );
    }

    #[test]
    fn straight_imports_tests_and_other_crates_are_free() {
        check(
            &[
                ("crates/x/src/lib.rs", "mod a; mod b; use crate::a::A;"),
                ("crates/x/src/a.rs", "use crate::A;"),
                ("crates/x/src/b.rs", "use crate::a::A; #[cfg(test)] mod tests { use crate::c::C; }"),
                ("crates/x/src/c.rs", "use crate::b::B; // use crate::a"),
                ("crates/y/src/a.rs", "use crate::b::B;"),
                ("crates/z/src/b.rs", "use crate::a::A;"),
                ("examples/e/src/a.rs", "use crate::b::B;"),
                ("examples/e/src/b.rs", "use crate::a::A;"),
            ],
            &[],
        );
    }
}
