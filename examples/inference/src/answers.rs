//! Answers that were given before.

use crate::request::{InferenceResponse, Job};
use quick_cache::{Weighter, sync::Cache};
use serde::Serialize;
use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering::Relaxed},
};

/// The most memory of prompts and answers that are kept, in bytes.
pub const CAPACITY: u64 = 16 * 1024 * 1024;
/// What an entry takes beside its texts, about, in bytes.
const BESIDE: u64 = 256;

/// Answers that were given before, by model, prompt and length: models give the same answer again, so it need not be made again.
///
/// Which of them are kept is for the cache to say; it never takes more memory than its capacity.
#[derive(Debug)]
pub struct Answers {
    kept: Cache<Asked, Arc<InferenceResponse>, Bytes>,
    hits: AtomicU64,
    misses: AtomicU64,
}

/// A model is known by its serial number: another one of the same name is another one.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Asked {
    model: u64,
    prompt: Box<str>,
    max_tokens: u16,
}

/// How full and how useful the cache is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Statistics {
    /// Answers that were taken from it since the start or the last clearing.
    pub hits: u64,
    /// Answers that were not in it.
    pub misses: u64,
    /// Answers in it.
    pub entries: usize,
    /// What they take, about, in bytes.
    pub bytes: u64,
    /// The most they may take.
    pub capacity_bytes: u64,
}

#[derive(Clone, Copy, Debug)]
struct Bytes;

impl Weighter<Asked, Arc<InferenceResponse>> for Bytes {
    fn weight(&self, asked: &Asked, answer: &Arc<InferenceResponse>) -> u64 {
        BESIDE + (asked.prompt.len() + answer.output.len()) as u64
    }
}

impl Default for Answers {
    fn default() -> Self {
        Self::new(CAPACITY)
    }
}

impl Answers {
    /// None yet, and at most so many bytes of them.
    #[must_use]
    pub fn new(capacity: u64) -> Self {
        let kept = Cache::with_weighter(10_000, capacity, Bytes);
        Self { kept, hits: AtomicU64::new(0), misses: AtomicU64::new(0) }
    }

    /// The answer to this, and whether it was given before.
    pub fn answer(&self, job: &Job) -> (Arc<InferenceResponse>, bool) {
        let asked = Asked {
            model: job.model.serial(),
            prompt: job.prompt.as_str().into(),
            max_tokens: job.max_tokens,
        };
        if let Some(answer) = self.kept.get(&asked) {
            self.hits.fetch_add(1, Relaxed);
            return (answer, true);
        }
        self.misses.fetch_add(1, Relaxed);
        let answer = Arc::new(job.run());
        self.kept.insert(asked, answer.clone());
        (answer, false)
    }

    /// How full and how useful it is.
    #[must_use]
    pub fn statistics(&self) -> Statistics {
        Statistics {
            hits: self.hits.load(Relaxed),
            misses: self.misses.load(Relaxed),
            entries: self.kept.len(),
            bytes: self.kept.weight(),
            capacity_bytes: self.kept.capacity(),
        }
    }

    /// Forgets all answers, and how often there was one; says how many there were.
    pub fn clear(&self) -> usize {
        let entries = self.kept.len();
        self.kept.clear();
        self.hits.store(0, Relaxed);
        self.misses.store(0, Relaxed);
        entries
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::generator::{Model, bundled};

    fn job(model: &Arc<Model>, prompt: &str) -> Job {
        Job { model: model.clone(), prompt: prompt.to_owned(), max_tokens: 64 }
    }

    #[test]
    fn the_same_question_is_answered_once() {
        let [model, other, _] = bundled().map(Arc::new);
        let answers = Answers::default();
        let (first, was_there) = answers.answer(&job(&model, "gate"));
        assert!(!was_there);
        let (second, was_there) = answers.answer(&job(&model, "gate"));
        assert!(was_there && Arc::ptr_eq(&first, &second));
        for other in
            [job(&model, "gates"), job(&other, "gate"), Job { max_tokens: 63, ..job(&model, "gate") }]
        {
            assert!(!answers.answer(&other).1);
        }
        let told = answers.statistics();
        assert_eq!((told.hits, told.misses, told.entries), (1, 4, 4));
        assert!(told.bytes > 4 * 256 && told.bytes < told.capacity_bytes);
        assert_eq!(answers.clear(), 4);
        assert_eq!(answers.statistics().entries + usize::from(answers.answer(&job(&model, "gate")).1), 0);
    }

    #[test]
    fn it_never_takes_more_than_its_capacity() {
        let [model, ..] = bundled().map(Arc::new);
        let answers = Answers::new(100_000);
        for n in 0..2_000 {
            answers.answer(&job(&model, &format!("{n} gates {}", "x".repeat(n))));
        }
        let told = answers.statistics();
        assert!(told.bytes <= 110_000 && told.entries > 10, "{told:?}");
    }
}
