//! The module files of one crate, and which of them each one imports.

use std::collections::{BTreeMap, BTreeSet};

use super::imports::{Import, Imports, imports};
use super::source::SourceFile;
use super::token::{production, tokens};

/// A path from the crate's root: `["jwt", "login"]`; the root is empty.
pub(super) type ModulePath = Vec<String>;

/// The files of one crate as modules.
#[derive(Debug)]
pub(super) struct Modules {
    files: BTreeMap<ModulePath, Module>,
}

#[derive(Debug)]
struct Module {
    path: String,
    imports: Imports,
}

/// One file imports another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Edge {
    pub(super) to: ModulePath,
    /// The importing file, and the first line that does it.
    pub(super) path: String,
    pub(super) line: usize,
}

/// Re-exports of re-exports are followed this far; a longer chain is a circle of names.
const HOPS_AT_MOST: usize = 16;

impl Modules {
    /// `files` belong to one crate; those that only tests see are left out.
    pub(super) fn read<'a>(files: impl IntoIterator<Item = &'a SourceFile>) -> Self {
        let mut modules = BTreeMap::new();
        let mut for_tests = Vec::new();
        for file in files {
            let Some(name) = file.split().and_then(|(_, below)| module_path(below)) else { continue };
            let production = production(&tokens(&file.text));
            for child in production.test_children {
                for_tests.push([name.clone(), vec![child]].concat());
            }
            modules.insert(name, Module { path: file.path.clone(), imports: imports(&production.tokens) });
        }
        modules.retain(|name, _| !for_tests.iter().any(|test| name.starts_with(test)));
        Self { files: modules }
    }

    /// Every file but the root, with the files it imports. The root only joins the others.
    pub(super) fn edges(&self) -> BTreeMap<ModulePath, Vec<Edge>> {
        let files = self.files.iter().filter(|(name, _)| !name.is_empty());
        files.map(|(name, module)| (name.clone(), self.edges_of(name, module))).collect()
    }

    fn edges_of(&self, name: &ModulePath, module: &Module) -> Vec<Edge> {
        let mut seen = BTreeSet::new();
        let mut edges = Vec::new();
        for import in &module.imports.list {
            let Some(path) = self.absolute(name, import) else { continue };
            let to = self.home(path);
            if to.is_empty()
                || to == *name
                || is_facade(name, &to, module, import)
                || !seen.insert(to.clone())
            {
                continue;
            }
            edges.push(Edge { to, path: module.path.clone(), line: import.line });
        }
        edges
    }

    /// The path from the crate's root; none if it leads into another crate.
    fn absolute(&self, file: &[String], import: &Import) -> Option<Vec<String>> {
        let mut base = [file, &import.inside[..]].concat();
        let mut rest = &import.path[..];
        match rest.first()?.as_str() {
            "crate" => {
                base.clear();
                rest = &rest[1..];
            }
            "self" => rest = &rest[1..],
            "super" => {}
            // Without a keyword a path begins at a child of this module, or at another crate.
            child => {
                base.push(child.to_owned());
                return self.files.contains_key(&base).then(|| [&base, &rest[1..]].concat());
            }
        }
        while rest.first().is_some_and(|word| word == "super") {
            base.pop()?;
            rest = &rest[1..];
        }
        base.extend_from_slice(rest);
        Some(base)
    }

    /// The file where `path` leads, through the names that files on the way import.
    fn home(&self, mut path: Vec<String>) -> ModulePath {
        for _ in 0..HOPS_AT_MOST {
            let length =
                (0..=path.len()).rev().find(|&length| self.files.contains_key(&path[..length])).unwrap_or(0);
            let (file, rest) = path.split_at(length);
            let next = rest.first().and_then(|name| self.imported(file, name));
            match next {
                Some(target) if target != path => path = [&target[..], &rest[1..]].concat(),
                _ => return file.to_vec(),
            }
        }
        Vec::new()
    }

    /// Where `name` comes from if `file` has it from a `use` declaration.
    fn imported(&self, file: &[String], name: &str) -> Option<Vec<String>> {
        let declares = |import: &&Import| {
            import.inside.is_empty() && import.declared.as_ref().is_some_and(|d| d.name == name)
        };
        let import = self.files.get(file)?.imports.list.iter().find(declares)?;
        self.absolute(file, import)
    }
}

/// A parent that passes on the names of its children, and does not use them itself, needs
/// nothing from them: it is a list, as the crate's root is.
fn is_facade(name: &[String], to: &[String], module: &Module, import: &Import) -> bool {
    let Some(declared) = &import.declared else { return false };
    declared.is_public && to.starts_with(name) && !module.imports.words.contains(&declared.name)
}

/// `a/b.rs` and `a/b/mod.rs` are both `a::b`; programs beside the library are other crates.
fn module_path(below_src: &str) -> Option<ModulePath> {
    if below_src.starts_with("bin/") {
        return None;
    }
    let mut path: ModulePath = below_src.strip_suffix(".rs")?.split('/').map(str::to_owned).collect();
    let is_root = path.len() == 1 && matches!(path[0].as_str(), "lib" | "main");
    if is_root || path.last().is_some_and(|name| name == "mod") {
        path.pop();
    }
    Some(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(files: &[(&str, &str)], expected: &[&str]) {
        let files: Vec<_> =
            files.iter().map(|(path, text)| SourceFile::new(&format!("crates/x/src/{path}"), text)).collect();
        let mut found = Vec::new();
        for (from, edges) in Modules::read(&files).edges() {
            found.extend(edges.iter().map(|edge| format!("{} > {}", from.join("::"), edge.to.join("::"))));
        }
        assert_eq!(found, expected);
    }

    #[test]
    fn files_are_modules() {
        let check = |path, expected: Option<&[&str]>| {
            let expected = expected.map(|names| names.iter().map(|&name| name.to_owned()).collect());
            assert_eq!(module_path(path), expected, "{path}");
        };
        check("lib.rs", Some(&[]));
        check("main.rs", Some(&[]));
        check("a.rs", Some(&["a"]));
        check("a/mod.rs", Some(&["a"]));
        check("a/b.rs", Some(&["a", "b"]));
        check("a/lib.rs", Some(&["a", "lib"]));
        check("bin/tool.rs", None);
    }

    #[test]
    fn keywords_lead_to_files() {
        check(
            &[
                ("lib.rs", "mod a; mod b; mod c;"),
                ("a.rs", "use crate::b::d::E; use std::fmt; fn f() { crate::c::g(); crate::c::h(); }"),
                ("b/mod.rs", "mod d; use self::d::E; use http::d;"),
                ("b/d.rs", "use super::super::c;"),
                ("c.rs", "use self::inline::X; mod inline { use super::super::b::Y; }"),
            ],
            &["a > b::d", "a > c", "b > b::d", "b::d > c", "c > b"],
        );
    }

    #[test]
    fn children_are_found_without_keyword() {
        check(
            &[("a.rs", "mod b; mod c; use b::X; fn f() { c::g() }"), ("a/b.rs", ""), ("a/c.rs", "")],
            &["a > a::b", "a > a::c"],
        );
    }

    #[test]
    fn reexports_lead_to_their_source() {
        check(
            &[
                ("lib.rs", "mod a; mod b; pub use a::A; pub use b::{B as Renamed};"),
                ("a.rs", "use crate::Renamed;"),
                ("b.rs", "use crate::{A, Unknown};"),
            ],
            &["a > b", "b > a"],
        );
    }

    #[test]
    fn facade_is_no_import_until_it_uses_a_name() {
        let layer = ("a/layer.rs", "use super::A;");
        check(&[("a/mod.rs", "mod layer; pub use self::layer::L; pub struct A;"), layer], &["a::layer > a"]);
        check(
            &[("a/mod.rs", "mod layer; pub use self::layer::L; fn layer() -> L {}"), layer],
            &["a > a::layer", "a::layer > a"],
        );
    }

    #[test]
    fn test_code_is_left_out() {
        check(
            &[
                ("a.rs", "#[cfg(test)] mod tests; #[cfg(test)] use crate::b::X;"),
                ("a/tests.rs", "use crate::b;"),
                ("a/tests/more.rs", "use crate::b;"),
                ("b.rs", ""),
            ],
            &[],
        );
    }

    #[test]
    fn circular_names_end() {
        check(&[("a.rs", "pub use crate::b::X;"), ("b.rs", "pub use crate::a::X;")], &[]);
        check(&[("a.rs", "use super::super::super::b;"), ("b.rs", "")], &[]);
    }
}
