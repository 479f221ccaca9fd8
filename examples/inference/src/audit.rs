//! Who did what, and how it ended: the audit log of the service.

mod change;
mod error;

use crate::data_dir::DataDir;
use data_encoding::HEXLOWER;
use palisade::{
    EventSink, Secret, Tracing,
    observe::{
        CountedEvents,
        audit::{Chain, FileAudit, Recorder, Sync},
    },
};
use std::{path::Path, sync::Arc, time::Duration};

pub use change::Change;
pub use error::AuditError;

/// The log in the data directory, unless another one is named.
pub const FILE: &str = "audit.jsonl";
/// The key of its chain, in the data directory.
const KEY_FILE: &str = "audit.key";
/// The key of its chain, from elsewhere.
const KEY: &str = "INFERENCE_AUDIT_KEY";
/// How long the end waits for what is still to be written.
const PATIENCE: Duration = Duration::from_secs(5);

/// The audit log of the service. Changes are on the disk before anybody is told that they were made.
#[derive(Clone, Debug)]
pub struct Audit {
    recorder: Recorder,
    pseudonyms: Secret,
}

impl Audit {
    /// Opens the log at `path`, or the one in the data directory. The key of its chain is that of `INFERENCE_AUDIT_KEY`, or is made once
    /// and kept in the data directory.
    ///
    /// # Errors
    ///
    /// Where another server writes the log, it was changed, or it cannot be written; where the key is too short.
    pub fn open(
        dir: &DataDir,
        path: Option<&Path>,
        variable: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Self, AuditError> {
        let key = match variable(KEY) {
            Some(key) => Secret::new(key),
            None => kept(dir)?,
        };
        let path = path.map_or_else(|| dir.file(FILE), Path::to_owned);
        let chain = Chain::keyed(&key).map_err(AuditError::Key)?;
        let file =
            FileAudit::open(&path, chain, Sync::Always).map_err(|error| AuditError::of_log(&path, error))?;
        // Not the key itself: pseudonyms go into other logs too.
        let pseudonyms = Secret::new([b"pseudonyms\0", key.expose()].concat());
        let recorder = Recorder::builder(file).pseudonyms(&pseudonyms).build()?;
        Ok(Self { recorder, pseudonyms })
    }

    /// Writes it.
    #[must_use]
    pub const fn recorder(&self) -> &Recorder {
        &self.recorder
    }

    /// By it e-mail addresses get the same pseudonym in every log.
    #[must_use]
    pub const fn pseudonyms(&self) -> &Secret {
        &self.pseudonyms
    }

    /// Where keys, logins and limits tell what happens: it is recorded, counted, and told to `tracing`.
    #[must_use]
    pub fn events(&self) -> Arc<dyn EventSink> {
        Arc::new((self.recorder.clone(), CountedEvents::new(Tracing)))
    }

    /// Waits until everything is written, for a few seconds at most.
    pub async fn close(&self) {
        self.recorder.drain(PATIENCE).await;
    }
}

fn kept(dir: &DataDir) -> Result<Secret, AuditError> {
    if let Some(key) = dir.read(KEY_FILE)? {
        return Ok(key);
    }
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(|_| AuditError::NoRandomness)?;
    dir.create(KEY_FILE, Secret::new(HEXLOWER.encode(&bytes)).expose())?;
    // Somebody else may have been faster.
    dir.read(KEY_FILE)?.ok_or(AuditError::NoRandomness)
}
