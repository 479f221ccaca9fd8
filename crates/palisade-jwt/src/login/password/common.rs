//! Passwords that everybody tries first.

use std::sync::LazyLock;

/// One a line, in lower case and in order; where they come from stands beside them.
const LIST: &str = include_str!("common.txt");

static WORDS: LazyLock<Vec<&'static str>> = LazyLock::new(|| LIST.lines().collect());

pub(super) fn is_listed(word: &str) -> bool {
    WORDS.binary_search(&word).is_ok()
}

/// Whether a text in lower case is one of them, or hardly more than one.
pub(super) fn is_common(text: &str) -> bool {
    let core = text.trim_matches(|sign: char| !sign.is_alphabetic());
    is_listed(text) || is_listed(core) || is_run(text) || repeated(text).is_some()
}

/// Every character follows the one before, as `abcdef…`, `98765…` and `aaaa…`; 0 after 9 and a after z count.
fn is_run(text: &str) -> bool {
    let signs: Vec<u32> = text.chars().map(u32::from).collect();
    let step = |from: u32, to: u32| match (char::from_u32(from), char::from_u32(to)) {
        (Some('9'), Some('0')) | (Some('z'), Some('a')) => 1,
        (Some('0'), Some('9')) | (Some('a'), Some('z')) => -1,
        _ => i64::from(to) - i64::from(from),
    };
    let mut steps = signs.windows(2).filter_map(|pair| match pair {
        [from, to] => Some(step(*from, *to)),
        _ => None,
    });
    let Some(first) = steps.next() else { return true };
    first.abs() <= 1 && steps.all(|step| step == first)
}

/// What a text is a repetition of, if of at most half of it.
fn repeated(text: &str) -> Option<&str> {
    let len = text.len();
    (1..=len / 2)
        .filter(|unit| len.is_multiple_of(*unit) && text.is_char_boundary(*unit))
        .filter_map(|unit| text.get(..unit))
        // A passphrase said twice is long enough without it.
        .find(|unit| unit.chars().count() <= 12 && text.split(unit).all(str::is_empty))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_in_order_and_long_enough() {
        assert!(WORDS.len() >= 3_000, "{}", WORDS.len());
        assert!(WORDS.is_sorted_by(|one, next| one < next));
        assert!(WORDS.iter().all(|word| *word == word.trim() && *word == word.to_lowercase()));
    }

    fn check(text: &str, expected: bool) {
        assert_eq!(is_common(text), expected, "{text}");
    }

    #[test]
    fn common_ones() {
        for text in [
            "password",
            "qwertyuiop",
            "password1234567",
            "!!!iloveyou!!!",
            "abcdefghijklmnop",
            "890123456789012",
        ] {
            check(text, true);
        }
        for text in ["aaaaaaaaaaaaaaaaaa", "passwordpassword", "xk7xk7xk7xk7xk7", "987654321098765"] {
            check(text, true);
        }
        for text in [
            "correct horse battery staple",
            "tr0ub4dor & three more",
            "ungewöhnlich lange wörter",
            "b5wq8zr2md6kx1vy",
        ] {
            check(text, false);
        }
    }
}
