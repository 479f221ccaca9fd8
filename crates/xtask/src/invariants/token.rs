//! Words and signs of Rust code, and which of them only tests see.

use super::text::code_only;

/// One word or sign.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) text: String,
    /// Counted from 1.
    pub(super) line: usize,
}

impl Token {
    pub(super) fn is(&self, text: &str) -> bool {
        self.text == text
    }

    pub(super) fn is_word(&self) -> bool {
        self.text.starts_with(|c: char| c.is_alphabetic() || c == '_')
    }
}

/// The code of `source`, without comments and literals. `::` is one sign, all others are
/// single characters; `r#` of raw identifiers is dropped.
pub(super) fn tokens(source: &str) -> Vec<Token> {
    let mut tokens: Vec<Token> = Vec::new();
    for (index, line) in code_only(source).lines().enumerate() {
        let mut rest = line.trim_start();
        while let Some(first) = rest.chars().next() {
            let is_word = |c: char| c.is_alphanumeric() || c == '_';
            let length = if rest.starts_with("::") || rest.starts_with("r#") {
                2
            } else if is_word(first) {
                rest.find(|c| !is_word(c)).unwrap_or(rest.len())
            } else {
                first.len_utf8()
            };
            let (text, tail) = rest.split_at(length);
            if text != "r#" {
                tokens.push(Token { text: text.to_owned(), line: index + 1 });
            }
            rest = tail.trim_start();
        }
    }
    tokens
}

/// A file's code as it ships, and the names of its child files that exist for tests alone.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Production {
    pub(super) tokens: Vec<Token>,
    pub(super) test_children: Vec<String>,
}

/// Drops every item under `#[cfg(test)]` or `#[test]`.
pub(super) fn production(tokens: &[Token]) -> Production {
    let mut kept = Vec::new();
    let mut test_children = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        let Some((attribute, is_inner, end)) = attribute(tokens, at) else {
            kept.push(tokens[at].clone());
            at += 1;
            continue;
        };
        if !is_for_tests(attribute) {
            kept.extend_from_slice(&tokens[at..end]);
            at = end;
        } else if is_inner {
            return Production { tokens: Vec::new(), test_children };
        } else {
            let item_end = end_of_item(tokens, end);
            test_children.extend(child_file(&tokens[end..item_end]));
            at = item_end;
        }
    }
    Production { tokens: kept, test_children }
}

/// What stands in the brackets of the attribute at `at`, whether it is `#![…]`, and its end.
fn attribute(tokens: &[Token], at: usize) -> Option<(&[Token], bool, usize)> {
    let is = |index: usize, text: &str| tokens.get(index).is_some_and(|token| token.is(text));
    let is_inner = is(at + 1, "!");
    let open = at + 1 + usize::from(is_inner);
    if !is(at, "#") || !is(open, "[") {
        return None;
    }
    let mut depth = 0_usize;
    for (index, token) in tokens.iter().enumerate().skip(open) {
        match token.text.as_str() {
            "[" => depth += 1,
            "]" if depth == 1 => return Some((&tokens[open + 1..index], is_inner, index + 1)),
            "]" => depth -= 1,
            _ => {}
        }
    }
    None
}

/// `cfg(test)`, `cfg(all(test, …))`, `test`, `tokio::test(…)`; not `cfg(not(test))` and not
/// `cfg(any(test, …))`, which also ships.
fn is_for_tests(attribute: &[Token]) -> bool {
    let has = |text| attribute.iter().any(|token| token.is(text));
    if attribute.first().is_some_and(|token| token.is("cfg")) {
        return has("test") && !has("not") && !has("any");
    }
    attribute.iter().take_while(|token| !token.is("(")).last().is_some_and(|token| token.is("test"))
}

/// Past further attributes, to the `;` or the closing brace that ends the item at `at`.
fn end_of_item(tokens: &[Token], mut at: usize) -> usize {
    while let Some((_, _, end)) = attribute(tokens, at) {
        at = end;
    }
    let mut depth = 0_usize;
    while let Some(token) = tokens.get(at) {
        match token.text.as_str() {
            "(" | "[" | "{" => depth += 1,
            // The end of what surrounds the item, such as the last field of a struct.
            ")" | "]" | "}" if depth == 0 => return at,
            "}" if depth == 1 => return at + 1,
            ")" | "]" | "}" => depth -= 1,
            ";" if depth == 0 => return at + 1,
            _ => {}
        }
        at += 1;
    }
    at
}

/// `name` of `mod name;`.
fn child_file(item: &[Token]) -> Option<String> {
    let [.., keyword, name, end] = item else { return None };
    (keyword.is("mod") && end.is(";")).then(|| name.text.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn join(tokens: &[Token]) -> String {
        tokens.iter().map(|token| token.text.as_str()).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn words_and_signs_are_cut() {
        let check = |source, expected: &str| assert_eq!(join(&tokens(source)), expected);
        check("use a::b_c::{D};", "use a :: b_c :: { D } ;");
        check("let r#type=1; // x", "let type = 1 ;");
        check("macro!{ $crate::x }", "macro ! { $ crate :: x }");
    }

    #[test]
    fn lines_are_counted() {
        let lines: Vec<_> = tokens("a /* \n */ b\n\nc \"\n\" d").iter().map(|token| token.line).collect();
        assert_eq!(lines, [1, 2, 4, 5]);
    }

    #[test]
    fn tests_are_dropped() {
        let check = |source, expected: &str| assert_eq!(join(&production(&tokens(source)).tokens), expected);
        check("a; #[cfg(test)] mod tests { use b; fn f() { { } } } c", "a ; c");
        check("#[cfg(all(test, unix))] use x::y; c", "c");
        check("#[test] #[allow(x)] fn f() { a } c", "c");
        check("#[tokio::test(start_paused = true)] async fn f() { a } c", "c");
        check("#[cfg(test)] const A: [u8; 2] = [1, 2]; c", "c");
        check("struct S { a: u8, #[cfg(test)] b: u8 } c", "struct S { a : u8 , } c");
        check("#![cfg(test)] use a;", "");
    }

    #[test]
    fn other_attributes_stay() {
        let check =
            |source: &str| assert_eq!(join(&production(&tokens(source)).tokens), join(&tokens(source)));
        check("#[cfg(not(test))] use a;");
        check("#[cfg(any(test, feature = \"suite\"))] mod suite;");
        check("#[derive(Debug)] struct S;");
        check("#![forbid(unsafe_code)] use a;");
        check("# [never closed");
    }

    #[test]
    fn test_files_are_named() {
        let production =
            production(&tokens("mod a; #[cfg(test)] mod tests; #[cfg(test)] mod inline { mod x; }"));
        assert_eq!(production.test_children, ["tests"]);
    }
}
