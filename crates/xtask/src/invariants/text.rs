//! Rust source with everything blanked that is not code.

/// Replaces comments and the contents of literals by spaces. Every character keeps its
/// place, so that a position in the result is a position in the source.
pub(super) fn code_only(source: &str) -> String {
    let chars: Vec<char> = source.chars().collect();
    let mut code = String::with_capacity(source.len());
    let mut at = 0;
    while at < chars.len() {
        let end = end_of_prose(&chars, at);
        if end == at {
            code.push(chars[at]);
            at += 1;
        } else {
            code.extend(chars[at..end].iter().map(|&c| if c == '\n' { '\n' } else { ' ' }));
            at = end;
        }
    }
    code
}

/// The end of the comment or literal that starts at `at`; `at` itself if none does.
fn end_of_prose(chars: &[char], at: usize) -> usize {
    let next = |offset: usize| chars.get(at + offset).copied().unwrap_or('\0');
    match chars[at] {
        '/' if next(1) == '/' => {
            chars[at..].iter().position(|&c| c == '\n').map_or(chars.len(), |line| at + line)
        }
        '/' if next(1) == '*' => end_of_block_comment(chars, at),
        '"' => end_of_string(chars, at),
        'r' if !continues_word(chars, at) => end_of_raw_string(chars, at, at + 1),
        'b' | 'c' if next(1) == 'r' && !continues_word(chars, at) => end_of_raw_string(chars, at, at + 2),
        '\'' => end_of_char(chars, at),
        _ => at,
    }
}

fn continues_word(chars: &[char], at: usize) -> bool {
    at > 0 && (chars[at - 1].is_alphanumeric() || chars[at - 1] == '_')
}

fn end_of_block_comment(chars: &[char], start: usize) -> usize {
    let (mut at, mut depth) = (start, 0_usize);
    while at + 1 < chars.len() {
        match (chars[at], chars[at + 1]) {
            ('/', '*') => (depth, at) = (depth + 1, at + 2),
            ('*', '/') => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
        if depth == 0 {
            return at;
        }
    }
    chars.len()
}

fn end_of_string(chars: &[char], start: usize) -> usize {
    let mut at = start + 1;
    while at < chars.len() {
        match chars[at] {
            '\\' => at += 2,
            '"' => return at + 1,
            _ => at += 1,
        }
    }
    chars.len()
}

/// `hashes` is where the `#`s may begin. A raw identifier (`r#type`) is no string.
fn end_of_raw_string(chars: &[char], start: usize, hashes: usize) -> usize {
    let count = chars[hashes..].iter().take_while(|&&c| c == '#').count();
    if chars.get(hashes + count) != Some(&'"') {
        return start;
    }
    let mut at = hashes + count + 1;
    while at < chars.len() {
        if chars[at] == '"' && chars[at + 1..].iter().take(count).filter(|&&c| c == '#').count() == count {
            return at + 1 + count;
        }
        at += 1;
    }
    chars.len()
}

/// A lifetime has no second quote where a character literal has one.
fn end_of_char(chars: &[char], start: usize) -> usize {
    match (chars.get(start + 1), chars.get(start + 2)) {
        (Some('\\'), Some(_)) => {
            chars[start + 3..].iter().position(|&c| c == '\'').map_or(chars.len(), |quote| start + quote + 4)
        }
        (Some(_), Some('\'')) => start + 3,
        _ => start,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check(source: &str, expected: &str) {
        let code = code_only(source);
        assert_eq!(code.split_whitespace().collect::<Vec<_>>().join(" "), expected, "{source}");
    }

    #[test]
    fn comments_are_blanked() {
        check("a // axum::x\nb", "a b");
        check("a /* axum /* nested */ still */ b", "a b");
        check("a /* never closed", "a");
        check("/// use axum::x;\nfn f() {}", "fn f() {}");
        check("a /*/ b */ c", "a c");
    }

    #[test]
    fn literals_are_blanked() {
        check(r#"f("axum::x \" // ", 1)"#, "f( , 1)");
        check(r##"f(r#"a "quoted" b"#, 1)"##, "f( , 1)");
        check("f(br\"x\", cr\"y\", b\"z\")", "f( , , b )");
        check("f(r\"never closed", "f(");
        check("f(\"never closed", "f(");
        check(r"m('{', '\'', '\u{7b}', b'\\')", "m( , , , b )");
    }

    #[test]
    fn lifetimes_and_raw_identifiers_stay() {
        check("fn f<'a>(x: &'a str) {}", "fn f<'a>(x: &'a str) {}");
        check("let r#type = r; bar\"x\"", "let r#type = r; bar");
        check("'outer: loop { break 'outer; }", "'outer: loop { break 'outer; }");
    }

    proptest! {
        #[test]
        fn places_stay(source in "([a-z '\"/*#\\\\\nrbc{}é]{0,60})") {
            let code = code_only(&source);
            prop_assert_eq!(code.chars().count(), source.chars().count());
            for (before, after) in source.chars().zip(code.chars()) {
                prop_assert!(after == before || (after == ' ' && before != '\n'));
            }
        }
    }
}
