//! What handlers share.

use crate::{
    answers::Answers, audit::Audit, database::Database, models::Models, queue::Queue, tuner::Tuner,
    tuning::Tuning,
};
use palisade::{Clock, limit::LimitError};
use std::sync::Arc;
use tokio::sync::Semaphore;

/// So many texts are trained on at once.
const TRAININGS: usize = 2;

/// What handlers share: the domain of the service, without HTTP.
#[derive(Debug)]
pub struct Service {
    /// The models on offer.
    pub models: Models,
    /// Answers that were given before.
    pub answers: Answers,
    /// What may be changed while it runs.
    pub tuner: Arc<Tuner>,
    /// Jobs that nobody waits for.
    pub queue: Queue,
    /// Who did what.
    pub audit: Audit,
    /// Where keys and users are kept.
    pub database: Database,
    /// Whoever has a permit may train a model.
    pub training: Semaphore,
    /// What time it is.
    pub clock: Clock,
}

impl Service {
    /// With the bundled models, nothing in its cache, and no jobs.
    ///
    /// # Errors
    ///
    /// Where the limit of callers cannot be made.
    pub fn new(tuning: Tuning, audit: Audit, database: Database) -> Result<Self, LimitError> {
        let clock = Clock::system();
        Ok(Self {
            models: Models::bundled(),
            answers: Answers::default(),
            tuner: Arc::new(Tuner::new(tuning)?),
            queue: Queue::new(clock.clone()),
            audit,
            database,
            training: Semaphore::new(TRAININGS),
            clock,
        })
    }
}
