//! The paths that a file's code names, from `use` declarations and from expressions.

use std::collections::BTreeSet;

use super::token::Token;

/// One path as written: `crate::a::B`, `super::c`, `d::e`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Import {
    /// `*` stands for a glob.
    pub(super) path: Vec<String>,
    /// Names of the inline modules around it, outermost first.
    pub(super) inside: Vec<String>,
    pub(super) line: usize,
    pub(super) declared: Option<Declared>,
}

/// What a `use` declaration adds to its module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Declared {
    pub(super) name: String,
    /// `pub use`, `pub(crate) use`.
    pub(super) is_public: bool,
}

/// All paths of a file, and every word of its code outside `use` declarations.
#[derive(Debug, Default)]
pub(super) struct Imports {
    pub(super) list: Vec<Import>,
    pub(super) words: BTreeSet<String>,
}

pub(super) fn imports(tokens: &[Token]) -> Imports {
    let mut reader = Reader { tokens, at: 0, depth: 0, inside: Vec::new(), found: Imports::default() };
    while reader.at < tokens.len() {
        reader.step();
    }
    reader.found
}

struct Reader<'a> {
    tokens: &'a [Token],
    at: usize,
    /// Braces open here.
    depth: usize,
    /// Inline modules open here, each with the depth of its braces.
    inside: Vec<(String, usize)>,
    found: Imports,
}

impl Reader<'_> {
    fn is(&self, at: usize, text: &str) -> bool {
        self.tokens.get(at).is_some_and(|token| token.is(text))
    }

    fn word(&self, at: usize) -> Option<&str> {
        self.tokens.get(at).filter(|token| token.is_word()).map(|token| token.text.as_str())
    }

    fn step(&mut self) {
        let at = self.at;
        if self.is(at, "use") && !self.is(at + 1, "<") {
            return self.declaration();
        }
        if self.is(at, "mod") && self.is(at + 2, "{") {
            self.depth += 1;
            let name = self.word(at + 1).unwrap_or_default().to_owned();
            self.inside.push((name, self.depth));
            self.at += 3;
            return;
        }
        if self.is(at, "{") {
            self.depth += 1;
        } else if self.is(at, "}") {
            self.inside.pop_if(|(_, depth)| *depth == self.depth);
            self.depth = self.depth.saturating_sub(1);
        } else if self.word(at).is_some() {
            return self.expression();
        }
        self.at += 1;
    }

    /// `pub(crate) use a::{b, c as d};`, standing at `use`.
    fn declaration(&mut self) {
        let is_public = self.at > 0 && (self.is(self.at - 1, "pub") || self.is(self.at - 1, ")"));
        self.at += 1;
        self.tree(&[], is_public);
        while self.at < self.tokens.len() && !self.is(self.at, ";") {
            self.at += 1;
        }
    }

    /// One branch of a `use` tree, up to the sign that ends it.
    fn tree(&mut self, prefix: &[String], is_public: bool) {
        let line = self.tokens.get(self.at).map_or(0, |token| token.line);
        let mut path = prefix.to_vec();
        loop {
            if self.is(self.at, "{") {
                self.at += 1;
                while self.at < self.tokens.len() && !self.is(self.at, "}") && !self.is(self.at, ";") {
                    self.tree(&path, is_public);
                    self.at += usize::from(self.is(self.at, ","));
                }
                self.at += usize::from(self.is(self.at, "}"));
                return;
            }
            let Some(token) = self.tokens.get(self.at) else { return };
            match token.text.as_str() {
                // `use a::{self}` names `a`; a leading `::` names a crate.
                "self" if !path.is_empty() => {}
                "::" if !path.is_empty() => {}
                "," | "}" | ";" | "as" => break,
                text => path.push(text.to_owned()),
            }
            self.at += 1;
        }
        let mut name = path.last().cloned().unwrap_or_default();
        if self.is(self.at, "as") {
            name = self.word(self.at + 1).unwrap_or_default().to_owned();
            self.at += 2;
        }
        self.push(path, line, Some(Declared { name, is_public }));
    }

    /// A word, and the path that begins with it if one does.
    fn expression(&mut self) {
        let start = self.at;
        let mut path = Vec::new();
        // A path that begins with `::` names a crate; one that goes on after `>::` names no file.
        let continues = start > 0 && self.is(start - 1, "::");
        while let Some(word) = self.word(self.at) {
            path.push(word.to_owned());
            self.at += 1;
            if !self.is(self.at, "::") || self.word(self.at + 1).is_none() {
                break;
            }
            self.at += 1;
        }
        self.found.words.extend(path.iter().cloned());
        if path.len() > 1 && !continues {
            self.push(path, self.tokens[start].line, None);
        }
    }

    fn push(&mut self, path: Vec<String>, line: usize, declared: Option<Declared>) {
        let inside = self.inside.iter().map(|(name, _)| name.clone()).collect();
        self.found.list.push(Import { path, inside, line, declared });
    }
}

#[cfg(test)]
mod tests {
    use super::super::token::tokens;
    use super::*;

    fn check(source: &str, expected: &[&str]) {
        let shown = |import: &Import| {
            let inside = import.inside.iter().map(|name| format!("[{name}] ")).collect::<String>();
            let declared = match &import.declared {
                Some(Declared { name, is_public: true }) => format!(" pub {name}"),
                Some(Declared { name, is_public: false }) => format!(" = {name}"),
                None => String::new(),
            };
            format!("{}{inside}{}{declared}", import.line, import.path.join("::"))
        };
        let found: Vec<_> = imports(&tokens(source)).list.iter().map(shown).collect();
        assert_eq!(found, expected, "{source}");
    }

    #[test]
    fn declarations_are_unfolded() {
        check("use crate::a::B;", &["1crate::a::B = B"]);
        check(
            "use super::{a,\n b::{C as D, *}, e::{self}};",
            &["1super::a = a", "2super::b::C = D", "2super::b::* = *", "2super::e = e"],
        );
        check("pub use self::a::B; pub(crate) use c::d;", &["1self::a::B pub B", "1c::d pub d"]);
        check("use ::http::Request;", &["1::::http::Request = Request"]);
        check("use {crate::a, crate::b,};", &["1crate::a = a", "1crate::b = b"]);
        check("use crate::a::T as _;", &["1crate::a::T = _"]);
        check("fn f() -> impl A + use<'_> { crate::b::c() }", &["1crate::b::c"]);
    }

    #[test]
    fn expressions_are_read() {
        check(
            "fn f(x: &crate::a::B) -> super::C<self::d::E> {}",
            &["1crate::a::B", "1super::C", "1self::d::E"],
        );
        check("a::<crate::b::C>::d()", &["1crate::b::C"]);
        check("<A as crate::b::T>::call()", &["1crate::b::T"]);
        check("::http::x(); Vec::<u8>::new()", &[]);
        check("m! { $crate::a::b }", &["1crate::a::b"]);
    }

    #[test]
    fn inline_modules_are_remembered() {
        check(
            "mod a { fn f() { super::b::c() } mod d { use super::e; } } use f::g;",
            &["1[a] super::b::c", "1[a] [d] super::e = e", "1f::g = g"],
        );
    }

    #[test]
    fn words_outside_declarations_are_kept() {
        let found = imports(&tokens("use a::B; fn f(x: C) {}"));
        assert!(found.words.contains("C") && !found.words.contains("B"));
    }

    #[test]
    fn broken_code_ends() {
        for source in
            ["use", "use a::{", "use a::{b", "use a as", "}}}", "mod a {", "use {;", "use a::{,}", "use }"]
        {
            let _ = imports(&tokens(source));
        }
    }
}
