//! What follows what in a corpus.

use std::{cmp::Ordering, collections::HashMap, ops::Range};

use super::words::{ends_sentence, is_mark, words};

/// The number of a word in the vocabulary.
pub(crate) type WordId = u32;

/// The longest n-gram a table can look up.
pub(crate) const DEPTH: usize = 3;

/// How far an opening reaches back from the word it was chosen for.
const OPENING: usize = 6;

/// A corpus as numbered words, with its positions sorted by the words found there.
///
/// One sorted list answers every order: the positions where a context of up to [`DEPTH`] words begins lie next to
/// each other, and so do, within them, the words that come next. The corpus is read as a ring, so every context
/// taken from it has a next word.
#[derive(Debug)]
pub(crate) struct Table {
    words: Vec<String>,
    ids: HashMap<String, WordId>,
    corpus: Vec<WordId>,
    sorted: Vec<usize>,
    sentences: Vec<usize>,
}

impl Table {
    /// Reads `texts` one after another; case is dropped.
    pub(crate) fn new(texts: &[&str]) -> Self {
        let mut table =
            Self { words: vec![], ids: HashMap::new(), corpus: vec![], sorted: vec![], sentences: vec![] };
        for word in texts.iter().flat_map(|text| words(text)) {
            let id = table.number(word.to_lowercase());
            table.corpus.push(id);
        }
        let mut sorted: Vec<usize> = (0..table.corpus.len()).collect();
        sorted.sort_by(|a, b| table.at(*a).cmp(table.at(*b)));
        table.sorted = sorted;
        table.sentences = (0..table.corpus.len()).filter(|at| table.begins_sentence(*at)).collect();
        table
    }

    fn number(&mut self, word: String) -> WordId {
        // The bundled texts hold a few thousand words; beyond the range of an id the last one would be shared.
        let next = WordId::try_from(self.words.len()).unwrap_or(WordId::MAX);
        *self.ids.entry(word).or_insert_with_key(|word| {
            self.words.push(word.clone());
            next
        })
    }

    /// How many different words and marks there are.
    pub(crate) const fn vocabulary_size(&self) -> usize {
        self.words.len()
    }

    /// How many words and marks there are in all.
    pub(crate) const fn corpus_size(&self) -> usize {
        self.corpus.len()
    }

    /// The word with this number; empty for a number that no word has.
    pub(crate) fn word(&self, id: WordId) -> &str {
        usize::try_from(id).ok().and_then(|at| self.words.get(at)).map_or("", String::as_str)
    }

    /// The number of `word`, in whatever case; `None` for marks and words the corpus does not have.
    pub(crate) fn id(&self, word: &str) -> Option<WordId> {
        if is_mark(word) { None } else { self.ids.get(&word.to_lowercase()).copied() }
    }

    /// The places where `context` (at most [`DEPTH`] words) occurs, to be counted and picked from.
    pub(crate) fn places(&self, context: &[WordId]) -> Places<'_> {
        let length = context.len();
        let against = |at: &usize| self.at(*at).take(length).cmp(context.iter().copied());
        let from = self.sorted.partition_point(|at| against(at) == Ordering::Less);
        let to = from + self.sorted[from..].partition_point(|at| against(at) == Ordering::Equal);
        Places { table: self, range: from..to, length }
    }

    /// The words from the beginning of the clause around `place` up to the one at `place`, seven at most.
    pub(crate) fn opening(&self, place: usize) -> Vec<WordId> {
        let before = (1..=OPENING)
            .map(|back| self.ring(place + self.corpus.len().saturating_sub(back)))
            .take_while(|id| !is_mark(self.word(*id)));
        let mut opening: Vec<WordId> = std::iter::once(self.ring(place)).chain(before).collect();
        opening.reverse();
        opening
    }

    /// The places where sentences begin.
    pub(crate) fn sentences(&self) -> &[usize] {
        &self.sentences
    }

    fn begins_sentence(&self, at: usize) -> bool {
        at == 0 || ends_sentence(self.word(self.ring(at - 1)))
    }

    fn at(&self, place: usize) -> impl Iterator<Item = WordId> + '_ {
        (place..place + DEPTH).map(|place| self.ring(place))
    }

    fn ring(&self, place: usize) -> WordId {
        self.corpus.get(place % self.corpus.len().max(1)).copied().unwrap_or(WordId::MAX)
    }
}

/// Where a context occurs.
#[derive(Debug)]
pub(crate) struct Places<'t> {
    table: &'t Table,
    range: Range<usize>,
    length: usize,
}

impl Places<'_> {
    pub(crate) fn count(&self) -> usize {
        self.range.len()
    }

    /// The place of occurrence `which`, from 0.
    pub(crate) fn place(&self, which: usize) -> Option<usize> {
        self.table.sorted.get(self.range.clone())?.get(which).copied()
    }

    /// The word that comes next at occurrence `which`, from 0.
    pub(crate) fn next(&self, which: usize) -> Option<WordId> {
        Some(self.table.ring(self.place(which)? + self.length))
    }

    /// Whether every occurrence is followed by the same word; contexts shorter than [`DEPTH`] only.
    pub(crate) fn is_settled(&self) -> bool {
        // The places are sorted by what follows, so equal ends mean an equal middle.
        self.next(0) == self.next(self.count().saturating_sub(1))
    }
}

#[cfg(test)]
mod tests {
    use super::{DEPTH, Table};

    fn table() -> Table {
        Table::new(&["The gate is open. The gate is shut.", "A river is wide, and the gate is low."])
    }

    fn next(context: &[&str]) -> Vec<String> {
        let table = table();
        let ids: Vec<_> = context.iter().map(|word| table.ids[*word]).collect();
        let places = table.places(&ids);
        (0..places.count()).map(|which| table.word(places.next(which).unwrap()).to_owned()).collect()
    }

    #[test]
    fn finds_every_next_word_of_a_context() {
        let check = |context: &[&str], expected: &[&str]| assert_eq!(next(context), expected, "{context:?}");
        check(&["gate", "is"], &["open", "shut", "low"]);
        check(&["is"], &["open", "shut", "wide", "low"]);
        check(&["the"], &["gate", "gate", "gate"]);
        check(&["gate", "river"], &[]);
    }

    #[test]
    fn the_corpus_is_a_ring() {
        assert_eq!(next(&["low", "."]), ["the"]);
    }

    #[test]
    fn the_empty_context_is_everywhere() {
        assert_eq!(next(&[]).len(), table().corpus_size());
    }

    #[test]
    fn settled_means_one_next_word() {
        let table = table();
        let settled = |words: &[&str]| {
            let ids: Vec<_> = words.iter().map(|word| table.ids[*word]).collect();
            table.places(&ids).is_settled()
        };
        assert!(settled(&["the"]));
        assert!(settled(&["the", "gate"]));
        assert!(!settled(&["gate", "is"]));
    }

    #[test]
    fn an_opening_goes_back_to_the_clause() {
        let table = table();
        let opening = |word: &str| {
            let places = table.places(&[table.ids[word]]);
            let ids = table.opening(places.place(0).unwrap());
            ids.iter().map(|id| table.word(*id).to_owned()).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(opening("open"), "the gate is open");
        assert_eq!(opening("low"), "and the gate is low");
        assert_eq!(opening("a"), "a");
    }

    #[test]
    fn knows_its_size_and_its_sentences() {
        let table = table();
        assert_eq!((table.vocabulary_size(), table.corpus_size()), (12, 21));
        assert_eq!(table.sentences(), [0, 5, 10]);
        assert_eq!((table.id("GATE").is_some(), table.id("."), table.id("unheard")), (true, None, None));
    }

    #[test]
    fn an_empty_corpus_has_nothing_and_breaks_nothing() {
        let table = Table::new(&[]);
        let places = table.places(&[0; DEPTH]);
        assert_eq!((places.count(), places.place(0), places.next(0)), (0, None, None));
        assert_eq!(table.sentences(), [0_usize; 0]);
    }
}
