//! What a process takes, as the system tells it.

use std::fs;

/// At one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Taken {
    /// Resident memory, in KiB.
    pub kib: u64,
    /// Open files and sockets.
    pub files: u64,
    /// Threads.
    pub threads: u64,
}

impl Taken {
    /// By the process of this id.
    ///
    /// # Panics
    ///
    /// Where there is none.
    #[must_use]
    pub fn by(process: u32) -> Self {
        let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap();
        let figure = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap();
            line.split_whitespace().next().unwrap().parse().unwrap()
        };
        let files = fs::read_dir(format!("/proc/{process}/fd")).unwrap().count();
        Self { kib: figure("VmRSS:"), files: files as u64, threads: figure("Threads:") }
    }
}

/// How many processes wanted a processor in the last minute: what else the machine did while something was measured.
#[must_use]
pub fn load_average() -> String {
    let told = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    told.split(' ').next().unwrap_or("?").to_owned()
}
