//! The bundled texts, written for this example.

pub(crate) const FENCES: &str = include_str!("corpus/fences.txt");
pub(crate) const RIVERS: &str = include_str!("corpus/rivers.txt");
pub(crate) const BREAD: &str = include_str!("corpus/bread.txt");

pub(crate) const ALL: [&str; 3] = [FENCES, RIVERS, BREAD];

/// When the texts were last changed: another text makes another model.
pub(crate) const CREATED: &str = "2025-01-15T00:00:00Z";

#[cfg(test)]
mod tests {
    use super::{ALL, CREATED};

    #[test]
    fn the_texts_use_only_what_the_generator_can_spell() {
        // Case is dropped and set again at the beginning of sentences, so the texts have no names and no "I".
        for text in ALL {
            assert!(text.chars().all(|c| c.is_ascii_alphabetic() || " \n.,;:?!'-".contains(c)));
            assert!(text.trim_end().ends_with('.'));
            for (before, after) in text.split_whitespace().zip(text.split_whitespace().skip(1)) {
                let is_start = before.ends_with(['.', '?', '!']);
                assert_eq!(after.starts_with(char::is_uppercase), is_start, "{before} {after}");
            }
        }
    }

    #[test]
    fn the_date_is_a_date() {
        assert!(crate::rfc3339::parse(CREATED).is_some());
    }
}
