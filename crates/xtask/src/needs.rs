//! Programs that a command wants beside cargo, and the Debian packages that bring them.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::cargo;

/// The command of this repository that wants a program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum For {
    Test,
    Bench,
}

/// A program, the Debian package that brings it, and why it is wanted.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Need {
    command: For,
    program: &'static str,
    package: &'static str,
    what_for: &'static str,
}

const NEEDS: &[Need] = &[
    Need { command: For::Bench, program: "valgrind", package: "valgrind", what_for: "instruction counts" },
    Need {
        command: For::Test,
        program: "redis-server",
        package: "redis-server",
        what_for: "limits shared through Redis",
    },
    Need {
        command: For::Test,
        program: "postgres",
        package: "postgresql-15",
        what_for: "keys in PostgreSQL",
    },
    Need {
        command: For::Test,
        program: "python3",
        package: "python3-requests",
        what_for: "clients in Python",
    },
    Need {
        command: For::Test,
        program: "python3",
        package: "python3-venv",
        what_for: "clients in Python that Debian does not have",
    },
    Need { command: For::Test, program: "node", package: "nodejs", what_for: "a real OpenID provider" },
    Need {
        command: For::Test,
        program: "python3",
        package: "python3-jwt",
        what_for: "tokens of another library, in Python",
    },
    Need {
        command: For::Test,
        program: "npm",
        package: "npm",
        what_for: "tokens of another library, in JavaScript",
    },
    Need { command: For::Test, program: "chromium", package: "chromium", what_for: "pages of other origins" },
    Need {
        command: For::Test,
        program: "openssl",
        package: "openssl",
        what_for: "versions of TLS that are too old",
    },
    Need {
        command: For::Test,
        program: "python3",
        package: "python3-h5py",
        what_for: "files of the HDF5 library",
    },
    Need { command: For::Test, program: "curl", package: "curl", what_for: "the lines that examples print" },
    Need { command: For::Test, program: "nginx", package: "nginx-light", what_for: "proxies in front" },
];

impl Need {
    /// How a missing program is reported, by this table and by tests alike.
    pub(crate) fn reason(&self) -> String {
        format!("needs {} (Debian package {})", self.program, self.package)
    }
}

/// Installs what `command` needs where that is allowed, and returns what is still missing.
/// `begin` hears of each package before it is installed.
pub(crate) fn provide(command: For, live: bool, begin: impl Fn(&str)) -> Vec<Need> {
    let missing = missing(NEEDS, command, on_path);
    if missing.is_empty() || !may_install() {
        return missing;
    }
    apt_get(&["update"], live);
    for need in &missing {
        begin(&format!("{} for {}", need.package, need.what_for));
        apt_get(&["install", "-y", "--no-install-recommends", need.package], live);
    }
    self::missing(NEEDS, command, on_path)
}

/// How many programs `command` wants.
pub(crate) fn count(command: For) -> usize {
    NEEDS.iter().filter(|need| need.command == command).count()
}

fn missing(needs: &[Need], command: For, present: impl Fn(&str) -> bool) -> Vec<Need> {
    needs.iter().filter(|need| need.command == command && !present(need.program)).copied().collect()
}

/// On the search path, or where Debian keeps the programs of a PostgreSQL server.
fn on_path(program: &str) -> bool {
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let server = versions.map(|version| version.path().join("bin"));
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path).chain(server).any(|directory| directory.join(program).is_file())
}

/// On the search path, or where cargo puts what it installs.
pub(crate) fn is_installed(program: &str) -> bool {
    let home = env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| env::var_os("HOME").map(|home| Path::new(&home).join(".cargo")));
    on_path(program) || home.is_some_and(|home| home.join("bin").join(program).is_file())
}

fn may_install() -> bool {
    on_path("apt-get")
        && fs::read_to_string("/proc/self/status").is_ok_and(|status| effective_user(&status) == Some(0))
}

/// The second number of the `Uid:` line: real, *effective*, saved, file system.
fn effective_user(status: &str) -> Option<u32> {
    status.lines().find_map(|line| line.strip_prefix("Uid:"))?.split_whitespace().nth(1)?.parse().ok()
}

fn apt_get(arguments: &[&str], live: bool) {
    let mut command = Command::new("apt-get");
    command.args(arguments).env("DEBIAN_FRONTEND", "noninteractive");
    let output = cargo::capture(command, live);
    if !output.ok && !live {
        eprintln!("\n{}", output.text.trim_end());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &[Need] = &[
        Need { command: For::Test, program: "here", package: "a", what_for: "x" },
        Need { command: For::Test, program: "absent", package: "b", what_for: "y" },
        Need { command: For::Bench, program: "absent-too", package: "c", what_for: "z" },
    ];

    #[test]
    fn missing_programs_of_one_command_are_named() {
        let reasons = |command| -> Vec<String> {
            missing(TABLE, command, |program| program == "here").iter().map(Need::reason).collect()
        };
        assert_eq!(reasons(For::Test), ["needs absent (Debian package b)"]);
        assert_eq!(reasons(For::Bench), ["needs absent-too (Debian package c)"]);
    }

    #[test]
    fn path_is_searched() {
        assert!(on_path("sh"));
        assert!(!on_path("no-such-program-anywhere"));
    }

    #[test]
    fn effective_user_is_read() {
        let check = |status, expected| assert_eq!(effective_user(status), expected, "{status:?}");
        check("Name:\tx\nUid:\t1000\t0\t0\t0\nGid:\t5\t5\t5\t5\n", Some(0));
        check("Uid:\t0\t1000\t0\t0\n", Some(1000));
        check("Uid:\t0\n", None);
        check("", None);
    }
}
