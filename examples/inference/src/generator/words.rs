//! Cuts text into words and marks.

/// Cuts `text` into tokens: words (letters and digits, with `'` or `-` inside), and every other visible character
/// on its own.
pub(crate) fn words(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        rest = rest.trim_start();
        let first = rest.chars().next()?;
        let length = if first.is_alphanumeric() { word_length(rest) } else { first.len_utf8() };
        let (word, tail) = rest.split_at(length);
        rest = tail;
        Some(word)
    })
}

/// Whether `token` is a mark and not a word.
pub(crate) fn is_mark(token: &str) -> bool {
    !token.starts_with(char::is_alphanumeric)
}

/// Whether a sentence ends with `token`.
pub(crate) fn ends_sentence(token: &str) -> bool {
    matches!(token, "." | "?" | "!")
}

fn word_length(text: &str) -> usize {
    let mut length = 0;
    for (at, c) in text.char_indices() {
        if c.is_alphanumeric() {
            length = at + c.len_utf8();
        } else if !(matches!(c, '\'' | '-') && length == at) {
            break;
        }
    }
    length
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::words;

    #[test]
    fn cuts_words_and_marks() {
        let check =
            |text: &str, expected: &[&str]| assert_eq!(words(text).collect::<Vec<_>>(), expected, "{text:?}");
        check("", &[]);
        check(" \n\t", &[]);
        check("A gate, a hand's width.", &["A", "gate", ",", "a", "hand's", "width", "."]);
        check("two-sided x-", &["two-sided", "x", "-"]);
        check("x--y 'z'", &["x", "-", "-", "y", "'", "z", "'"]);
        check("Flüsse 河川", &["Flüsse", "河川"]);
        check("🦀🦀!", &["🦀", "🦀", "!"]);
    }

    proptest! {
        #[test]
        fn nothing_but_blanks_is_lost(text in "\\PC{0,80}") {
            let kept: String = words(&text).collect();
            let expected: String = text.split_whitespace().collect();
            prop_assert_eq!(kept, expected);
        }
    }
}
