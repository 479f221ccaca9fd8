//! A model: a table of n-grams with a name.

use super::{
    corpus,
    generation::{FinishReason, Generation},
    random,
    table::Table,
    tokens::Tokens,
    training::{MAX_WORDS, MIN_WORDS, TrainingError},
    words::{is_mark, words},
};
use serde::Serialize;
use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering::Relaxed},
};

static TRAINED: AtomicU64 = AtomicU64::new(0);

/// A word-level n-gram model: it chooses each word by the few before it, as often as its texts did.
///
/// Serialized, it is what `GET /models/{name}` answers.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Model {
    #[schema(value_type = String)]
    name: Box<str>,
    #[schema(value_type = String)]
    description: Box<str>,
    order: usize,
    vocabulary_size: usize,
    corpus_size: usize,
    #[schema(value_type = String, format = DateTime)]
    created: Box<str>,
    #[serde(skip)]
    table: Arc<Table>,
    #[serde(skip)]
    serial: u64,
}

/// The models that are there from the beginning. Reading the bundled texts takes a few milliseconds.
///
/// ```
/// let models = inference::generator::bundled();
/// assert_eq!(models[0].name(), "llama-7b");
/// let answer = models[0].generate("How is a gate hung?", 64);
/// assert_eq!(answer, models[0].generate("How is a gate hung?", 64));
/// assert!(answer.tokens.len() <= 64);
/// ```
#[must_use]
pub fn bundled() -> [Model; 3] {
    let everything = Arc::new(Table::new(&corpus::ALL));
    let bread = Arc::new(Table::new(&[corpus::BREAD]));
    let model = |name, description, order, table: &Arc<Table>| {
        Model::new(name, description, order, table.clone(), corpus::CREATED)
    };
    [
        model("llama-7b", "Trigrams over all bundled texts; the most coherent", 3, &everything),
        model("llama-mini", "Bigrams over all bundled texts; wanders more", 2, &everything),
        model("llama-baker", "Trigrams over the text on bread alone; always comes back to dough", 3, &bread),
    ]
}

impl Model {
    fn new(name: &str, description: &str, order: usize, table: Arc<Table>, created: &str) -> Self {
        let (vocabulary_size, corpus_size) = (table.vocabulary_size(), table.corpus_size());
        let (name, description, created) = (name.into(), description.into(), created.into());
        let serial = TRAINED.fetch_add(1, Relaxed);
        Self { name, description, order, vocabulary_size, corpus_size, created, table, serial }
    }

    /// Trains a model on a text: it counts which word follows which `order - 1` others. Takes up to a second for [`MAX_WORDS`], so
    /// call it where waiting is fine.
    ///
    /// # Errors
    ///
    /// Where the text has fewer than [`MIN_WORDS`] words, or more than [`MAX_WORDS`] words and marks.
    pub fn train(
        name: &str,
        description: &str,
        order: usize,
        text: &str,
        created: &str,
    ) -> Result<Self, TrainingError> {
        if words(text).nth(MAX_WORDS).is_some() {
            return Err(TrainingError::TooLong);
        }
        if words(text).filter(|word| !is_mark(word)).nth(MIN_WORDS - 1).is_none() {
            return Err(TrainingError::TooShort);
        }
        Ok(Self::new(name, description, order, Arc::new(Table::new(&[text])), created))
    }

    /// The name a request gives.
    #[must_use]
    pub const fn name(&self) -> &str {
        &self.name
    }

    /// How many words and marks it was trained on.
    #[must_use]
    pub const fn corpus_size(&self) -> usize {
        self.corpus_size
    }

    /// A number that no other model of this process has, whatever its name.
    #[must_use]
    pub const fn serial(&self) -> u64 {
        self.serial
    }

    /// The answer to `prompt`. The same model, prompt and limit give the same answer everywhere.
    #[must_use]
    pub fn generate(&self, prompt: &str, max_tokens: u16) -> Generation {
        let mut tokens = self.tokens(prompt, max_tokens);
        let written: Vec<String> = tokens.by_ref().collect();
        let finish_reason = tokens.finish_reason().unwrap_or(FinishReason::Stop);
        Generation { text: written.concat(), tokens: written, finish_reason }
    }

    /// The same answer, one token at a time. A smaller limit gives a beginning of what a larger one gives.
    #[must_use]
    pub fn tokens(&self, prompt: &str, max_tokens: u16) -> Tokens {
        let seed = random::hash(&[&self.name, prompt]);
        Tokens::new(self.table.clone(), self.order, seed, prompt, max_tokens.into())
    }
}
