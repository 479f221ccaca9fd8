//! The models on offer.

use std::sync::LazyLock;

use serde::Serialize;

use super::{
    corpus,
    generation::{FinishReason, Generation},
    input::{MaxTokens, Prompt},
    random,
    table::Table,
    tokens::Tokens,
};

static EVERYTHING: LazyLock<Table> = LazyLock::new(|| Table::new(&corpus::ALL));
static BREAD: LazyLock<Table> = LazyLock::new(|| Table::new(&[corpus::BREAD]));

static MODELS: LazyLock<[Model; 3]> = LazyLock::new(|| {
    [
        Model::new("llama-7b", "Trigrams over all bundled texts; the most coherent", 3, &EVERYTHING),
        Model::new("llama-mini", "Bigrams over all bundled texts; wanders more", 2, &EVERYTHING),
        Model::new(
            "llama-baker",
            "Trigrams over the text on bread alone; always comes back to dough",
            3,
            &BREAD,
        ),
    ]
});

/// All models, in the order they are listed. The first call reads the bundled texts, which takes a few milliseconds.
#[must_use]
pub fn models() -> &'static [Model] {
    &*MODELS
}

/// The model called `name`, spelled exactly so.
#[must_use]
pub fn find(name: &str) -> Option<&'static Model> {
    models().iter().find(|model| model.name == name)
}

/// A word-level n-gram model: it chooses each word by the few before it, as often as its texts did.
///
/// Serialized, it is what `GET /models/{name}` answers.
#[derive(Debug, Serialize)]
pub struct Model {
    name: &'static str,
    description: &'static str,
    order: usize,
    vocabulary_size: usize,
    corpus_size: usize,
    created: &'static str,
    #[serde(skip)]
    table: &'static Table,
}

impl Model {
    const fn new(name: &'static str, description: &'static str, order: usize, table: &'static Table) -> Self {
        let (vocabulary_size, corpus_size) = (table.vocabulary_size(), table.corpus_size());
        Self { name, description, order, vocabulary_size, corpus_size, created: corpus::CREATED, table }
    }

    /// The name a request gives.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// The answer to `prompt`. The same model, prompt and limit give the same answer everywhere.
    ///
    /// ```
    /// use inference::generator::{self, MaxTokens, Prompt};
    ///
    /// let prompt = Prompt::new("How is a gate hung?", 10_000)?;
    /// let model = generator::find("llama-7b").ok_or("no such model")?;
    /// let answer = model.generate(prompt, MaxTokens::default());
    /// assert_eq!(answer, model.generate(prompt, MaxTokens::default()));
    /// assert!(answer.tokens.len() <= 64);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn generate(&self, prompt: Prompt<'_>, max_tokens: MaxTokens) -> Generation {
        let mut tokens = self.tokens(prompt, max_tokens);
        let written: Vec<String> = tokens.by_ref().collect();
        let finish_reason = tokens.finish_reason().unwrap_or(FinishReason::Stop);
        Generation { text: written.concat(), tokens: written, finish_reason }
    }

    /// The same answer, one token at a time. A smaller limit gives a beginning of what a larger one gives.
    #[must_use]
    pub fn tokens(&self, prompt: Prompt<'_>, max_tokens: MaxTokens) -> Tokens {
        let seed = random::hash(&[self.name, prompt.as_str()]);
        Tokens::new(self.table, self.order, seed, prompt.as_str(), max_tokens.get())
    }
}
