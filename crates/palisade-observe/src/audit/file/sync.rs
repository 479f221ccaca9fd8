//! When records are on the disk.

use std::time::Duration;

/// When a file's records are on the disk. All are in the hands of the operating system before they are reported as appended, so
/// that no end of the process loses one; this is about power and kernels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sync {
    /// Before they are reported as appended.
    Always,
    /// This long after at the latest.
    Every(Duration),
}
