//! What takes records and numbers.

use crate::failure::Failure;
use metrics_util::debugging::DebuggingRecorder;
use palisade::{
    Secret,
    observe::audit::{Chain, MemoryAudit, Recorder},
};

/// Keeps the last records in memory, and installs what keeps numbers as exporters do.
pub(super) fn recorder() -> Result<Recorder, Failure> {
    DebuggingRecorder::new().install().map_err(Failure::setup)?;
    let chain = Chain::keyed(&Secret::new("the key of the chain, in a bench")).map_err(Failure::setup)?;
    Recorder::builder(MemoryAudit::new(chain, 10_000)).build().map_err(Failure::setup)
}
