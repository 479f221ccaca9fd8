//! The memory of this process.

use crate::failure::Failure;
use std::fs;

/// Bytes of it that are in main memory (`VmRSS`).
pub(super) fn resident() -> Result<u64, Failure> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kibibytes = line.and_then(|line| line.trim().strip_suffix(" kB")?.trim().parse::<u64>().ok());
    Ok(kibibytes.ok_or_else(|| Failure::setup("this system does not tell VmRSS"))? * 1_024)
}

/// `VmRSS` in words.
pub(super) fn mebibytes(bytes: u64) -> String {
    format!("{:.1} MiB", bytes as f64 / f64::from(1 << 20))
}
