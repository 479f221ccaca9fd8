//! Every log obeys the law.

use crate::support::{keyed, open, place};
use palisade_observe::audit::{Chain, FileAudit, MemoryAudit, Sync};
use std::time::Duration;

mod memory {
    palisade_observe::audit_suite!(async || (super::MemoryAudit::new(super::Chain::plain(), 10_000), ()));
}

mod keyed_memory {
    palisade_observe::audit_suite!(async || (super::MemoryAudit::new(super::keyed(), 10_000), ()));
}

mod file {
    palisade_observe::audit_suite!(async || {
        let (directory, path) = super::place();
        (super::open(&path).unwrap(), directory)
    });
}

mod lazy_file {
    palisade_observe::audit_suite!(async || {
        let (directory, path) = super::place();
        let lazy = super::Sync::Every(super::Duration::from_millis(1));
        (super::FileAudit::open(&path, super::Chain::plain(), lazy).unwrap(), directory)
    });
}
