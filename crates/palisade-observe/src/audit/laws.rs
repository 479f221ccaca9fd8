//! Every log here obeys the law.

use super::{chain::Chain, file::FileAudit, file::Sync, memory::MemoryAudit};
use palisade_core::Secret;
use std::time::Duration;
use tempfile::TempDir;

fn keyed() -> Chain {
    Chain::keyed(&Secret::new("a key of an audit chain, in a test")).unwrap()
}

fn file(chain: Chain, sync: Sync) -> (FileAudit, TempDir) {
    let directory = tempfile::tempdir().unwrap();
    (FileAudit::open(directory.path().join("audit.jsonl"), chain, sync).unwrap(), directory)
}

mod memory {
    crate::audit_suite!(async || (super::MemoryAudit::new(super::Chain::plain(), 10_000), ()));
}

mod keyed_memory {
    crate::audit_suite!(async || (super::MemoryAudit::new(super::keyed(), 10_000), ()));
}

mod durable_file {
    crate::audit_suite!(async || super::file(super::keyed(), super::Sync::Always));
}

mod lazy_file {
    crate::audit_suite!(async || {
        super::file(super::Chain::plain(), super::Sync::Every(super::Duration::from_millis(1)))
    });
}
