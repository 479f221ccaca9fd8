//! An answer in the making, token by token.

use std::{collections::VecDeque, iter::FusedIterator, mem, sync::Arc};

use super::{
    generation::FinishReason,
    random::Random,
    table::{DEPTH, Table, WordId},
    words::{ends_sentence, is_mark, words},
};

/// Where the end of a prompt is no help, the answer begins with one of this many of its words.
const TOPICS: usize = 3;

/// Words with fewer letters say little about a topic; they are used if the prompt has no others.
const LONG: usize = 4;

/// One in this many times a model leaves a context that has only one next word, so that it does not recite.
const LEAVE: usize = 8;

/// So many marks are skipped at the beginning of an answer.
const MARKS: usize = 8;

/// The tokens of one answer; joined, they are its text.
///
/// Borrows nothing from the request, so a stream can own it.
#[derive(Clone, Debug)]
pub struct Tokens {
    table: Arc<Table>,
    order: usize,
    random: Random,
    opening: VecDeque<WordId>,
    /// The last words of the prompt and of the answer, which the next one follows.
    written: VecDeque<WordId>,
    is_first: bool,
    sentences_left: usize,
    tokens_left: usize,
    finish_reason: Option<FinishReason>,
}

impl Tokens {
    pub(crate) fn new(table: Arc<Table>, order: usize, seed: u64, prompt: &str, max_tokens: usize) -> Self {
        let mut random = Random::seeded(seed);
        let order = order.clamp(1, DEPTH);
        let sentences_left = 2 + random.below(4);
        let written = tail(&table, prompt, order - 1);
        let opening = if written.is_empty() { opening(&table, prompt, &mut random) } else { Vec::new() };
        Self {
            table,
            order,
            random,
            opening: opening.into(),
            written,
            is_first: true,
            sentences_left,
            tokens_left: max_tokens,
            finish_reason: if max_tokens == 0 { Some(FinishReason::Length) } else { None },
        }
    }

    /// Why the answer ended; `None` while there are tokens to come.
    #[must_use]
    pub const fn finish_reason(&self) -> Option<FinishReason> {
        self.finish_reason
    }

    /// The next word after those written: from the longest context the corpus knows, or from a shorter one now and then.
    fn follow(&mut self) -> Option<WordId> {
        let context: Vec<WordId> = self.written.iter().copied().collect();
        for from in 0..=context.len() {
            let places = self.table.places(&context[from..]);
            let is_recital = places.is_settled() && context.len() - from > 1;
            if places.count() == 0 || (is_recital && self.random.below(LEAVE) == 0) {
                continue;
            }
            return places.next(self.random.below(places.count()));
        }
        None
    }

    fn remember(&mut self, id: WordId) {
        self.written.push_back(id);
        // A model of order n looks at the n - 1 words before the next one.
        while self.written.len() >= self.order {
            self.written.pop_front();
        }
    }
}

impl Iterator for Tokens {
    type Item = String;

    fn next(&mut self) -> Option<String> {
        if self.finish_reason.is_some() {
            return None;
        }
        let is_first = mem::replace(&mut self.is_first, false);
        let begins_sentence =
            is_first || self.written.back().is_none_or(|id| ends_sentence(self.table.word(*id)));
        let mut drawn = self.opening.pop_front().or_else(|| self.follow());
        if is_first {
            // A comma may well follow the prompt, and begins no answer.
            for _ in 0..MARKS {
                let Some(mark) = drawn.filter(|id| is_mark(self.table.word(*id))) else { break };
                self.remember(mark);
                drawn = self.follow();
            }
        }
        let Some(id) = drawn else {
            self.finish_reason = Some(FinishReason::Stop);
            return None;
        };
        self.remember(id);

        let word = self.table.word(id);
        self.tokens_left = self.tokens_left.saturating_sub(1);
        if ends_sentence(word) {
            self.sentences_left = self.sentences_left.saturating_sub(1);
        }
        if self.sentences_left == 0 {
            self.finish_reason = Some(FinishReason::Stop);
        } else if self.tokens_left == 0 {
            self.finish_reason = Some(FinishReason::Length);
        }
        Some(spell(word, is_first, begins_sentence))
    }
}

impl FusedIterator for Tokens {}

/// The last words of the prompt that the corpus knows, marks at its end left out: at most so many, and none where it does not know
/// the very last one.
fn tail(table: &Table, prompt: &str, most: usize) -> VecDeque<WordId> {
    let words: Vec<&str> = words(prompt).collect();
    let said = words.iter().rev().skip_while(|word| is_mark(word));
    let mut tail: VecDeque<WordId> = said.map_while(|word| table.id(word)).take(most).collect();
    tail.make_contiguous().reverse();
    tail
}

/// The words to begin with where the end of the prompt is unknown: the clause up to one of the prompt's words that the corpus knows (long before short,
/// rare before frequent), or else the first word of any sentence.
fn opening(table: &Table, prompt: &str, random: &mut Random) -> Vec<WordId> {
    let mut ids: Vec<WordId> = words(prompt).filter_map(|word| table.id(word)).collect();
    ids.sort_unstable();
    ids.dedup();
    let mut known: Vec<(bool, usize, WordId)> = ids
        .into_iter()
        .map(|id| (table.word(id).chars().count() < LONG, table.places(&[id]).count(), id))
        .collect();
    known.sort_unstable();
    let long = known.iter().take_while(|(is_short, ..)| !is_short).count();
    known.truncate(if long == 0 { TOPICS } else { long.min(TOPICS) });

    if let Some((_, count, id)) = known.get(random.below(known.len())) {
        let place = table.places(&[*id]).place(random.below(*count));
        return place.map_or_else(Vec::new, |place| table.opening(place));
    }
    let sentence = table.sentences().get(random.below(table.sentences().len()));
    sentence.map_or_else(Vec::new, |place| table.opening(*place))
}

fn spell(word: &str, is_first: bool, begins_sentence: bool) -> String {
    let mut token = String::with_capacity(word.len() + 1);
    if !is_first && !is_mark(word) {
        token.push(' ');
    }
    let mut letters = word.chars();
    if begins_sentence {
        token.extend(letters.next().into_iter().flat_map(char::to_uppercase));
    }
    token.push_str(letters.as_str());
    token
}

#[cfg(test)]
mod tests {
    use super::{FinishReason, Table, Tokens, spell};
    use std::sync::Arc;

    fn gates() -> Arc<Table> {
        Arc::new(Table::new(&["A gate is open. A gate is shut, and the fence is high."]))
    }

    #[test]
    fn spells_sentences() {
        let check = |word: &str, is_first: bool, begins: bool, expected: &str| {
            assert_eq!(spell(word, is_first, begins), expected);
        };
        check("gate", true, true, "Gate");
        check("gate", false, true, " Gate");
        check("gate", false, false, " gate");
        check(",", false, false, ",");
        check("über", true, true, "Über");
    }

    #[test]
    fn begins_with_the_clause_of_a_word_of_the_prompt_where_its_end_is_unknown() {
        let text: String = Tokens::new(gates(), 3, 1, "What about a FENCE, zebra?", 4).collect();
        assert_eq!(text, "And the fence is");
    }

    #[test]
    fn goes_on_where_the_prompt_ends() {
        let text: String = Tokens::new(gates(), 3, 1, "What about a FENCE?", 2).collect();
        assert_eq!(text, "Is high");
        let text: String = Tokens::new(gates(), 3, 1, "All is shut", 2).collect();
        assert_eq!(text, "And the", "a comma begins no answer");
    }

    #[test]
    fn begins_with_a_sentence_when_no_word_is_known() {
        let text: String = Tokens::new(gates(), 3, 1, "zebra", 2).collect();
        assert_eq!(text, "A gate");
    }

    #[test]
    fn stops_at_the_length_asked_for() {
        let mut tokens = Tokens::new(gates(), 2, 1, "gate", 3);
        assert_eq!(tokens.finish_reason(), None);
        assert_eq!(tokens.by_ref().count(), 3);
        assert_eq!((tokens.finish_reason(), tokens.next()), (Some(FinishReason::Length), None));
    }

    #[test]
    fn stops_by_itself_at_the_end_of_a_sentence() {
        let mut tokens = Tokens::new(gates(), 2, 1, "gate", 10_000);
        let text: String = tokens.by_ref().collect();
        assert!(text.ends_with('.'), "{text}");
        assert_eq!(tokens.finish_reason(), Some(FinishReason::Stop));
    }

    #[test]
    fn nothing_to_say_and_nothing_asked_for_both_end_at_once() {
        let check = |table: Arc<Table>, max_tokens: usize, expected: FinishReason| {
            let mut tokens = Tokens::new(table, 3, 1, "gate", max_tokens);
            assert_eq!((tokens.next(), tokens.finish_reason()), (None, Some(expected)));
        };
        check(Arc::new(Table::new(&[])), 5, FinishReason::Stop);
        check(gates(), 0, FinishReason::Length);
    }
}
