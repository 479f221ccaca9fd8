//! `cargo xtask soak`: what takes more than a minute.

use std::path::Path;
use std::process::Command;

use crate::clock::{self, Stopwatch};
use crate::not_run::{self, NotRun};
use crate::{cargo, table};

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Minutes that one entry may take; the fuzz targets share theirs
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=1440))]
    minutes: u64,
    /// Only these entries, or those whose names begin with this and a hyphen; all where none is named
    names: Vec<String>,
}

impl Args {
    fn wants(&self, name: &str) -> bool {
        let is = |wanted: &String| {
            name.strip_prefix(wanted.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
        };
        self.names.is_empty() || self.names.iter().any(is)
    }
}

/// A cargo command that succeeds when all is well. It finds the minutes it may take in the
/// environment, under [`MINUTES`].
struct Entry {
    name: &'static str,
    what: &'static str,
    arguments: &'static [&'static str],
    environment: &'static [(&'static str, &'static str)],
}

const ENTRIES: &[Entry] = &[
    Entry {
        name: "timing",
        what: "comparing secrets takes the same time for near and far misses",
        arguments: &["run", "--release", "-p", "tests", "--bin", "timing"],
        environment: &[],
    },
    Entry {
        name: "login-timing",
        what: "how long a refused login takes does not tell why it was refused",
        arguments: &["run", "--release", "-p", "tests", "--bin", "login_timing"],
        environment: &[],
    },
    Entry {
        name: "login-load",
        what: "another route stays as fast as it is while 64 clients log in",
        arguments: &["run", "--release", "-p", "tests", "--bin", "login_load"],
        environment: &[],
    },
    Entry {
        name: "overload",
        what: "asked for three times what it can do, a service does what it can, and says no at once",
        arguments: &["run", "--release", "-p", "tests", "--bin", "overload"],
        environment: &[],
    },
    Entry {
        name: "endurance",
        what: "nothing grows while clients hang up, keys and tokens change, and Redis comes and goes",
        arguments: &["run", "--release", "-p", "tests", "--bin", "endurance"],
        environment: &[],
    },
    Entry {
        name: "json",
        what: "of a hundred million documents, none is read otherwise than another strict reader reads it",
        arguments: &["test", "--release", "-p", "palisade-jwt", "--lib", "a137", "--", "--nocapture"],
        environment: &[("PALISADE_JSON_DOCUMENTS", "100000000")],
    },
    Entry {
        name: "key-timing",
        what: "a refused key takes as long whatever is wrong with it",
        arguments: &["run", "--release", "-p", "tests", "--bin", "key_timing"],
        environment: &[],
    },
    Entry {
        name: "key-flood",
        what: "100,000 made-up keys over HTTP ask the store nothing",
        arguments: &["test", "--release", "-p", "tests", "--test", "key_flood", "--", "--nocapture"],
        environment: &[("PALISADE_MADE_UP_KEYS", "100000")],
    },
    Entry {
        name: "keys",
        what: "among a million keys a known one asks nothing, and another one once, by an index",
        arguments: &["test", "--release", "-p", "palisade-sql", "--test", "many", "--", "--nocapture"],
        environment: &[("PALISADE_SQL_KEYS", "1000000")],
    },
    Entry {
        name: "memory",
        what: "memory stays bounded under strangers' load",
        arguments: &["run", "--release", "-p", "benches", "--", "memory"],
        environment: &[],
    },
    Entry {
        name: "redis",
        what: "a million operations with clients killed leave no key in Redis without an end",
        arguments: &["test", "--release", "-p", "palisade-redis", "--test", "counting", "a221"],
        environment: &[("PALISADE_REDIS_OPERATIONS", "1000000")],
    },
    Entry {
        name: "kills",
        what: "after 1,000 kills each key is there as a whole or not at all, in SQLite and PostgreSQL",
        arguments: &["test", "--release", "-p", "palisade-sql", "--test", "processes", "a345"],
        environment: &[("PALISADE_SQL_KILLS", "1000")],
    },
    Entry {
        name: "audit",
        what: "a million audit records survive 100 kills without a gap",
        arguments: &["test", "--release", "-p", "palisade-observe", "--test", "audit", "a287_many"],
        environment: &[("PALISADE_AUDIT_RECORDS", "1000000"), ("PALISADE_AUDIT_KILLS", "100")],
    },
    Entry {
        name: "audit-changes",
        what: "no acknowledged change of a million is lost by kills, in a file, SQLite and PostgreSQL",
        arguments: &[
            "test",
            "--release",
            "-p",
            "palisade-sql",
            "--features",
            "audit",
            "--test",
            "audit",
            "a287",
            "--",
            "--nocapture",
        ],
        environment: &[("PALISADE_AUDIT_RECORDS", "1000000"), ("PALISADE_AUDIT_KILLS", "100")],
    },
    Entry {
        name: "login-kills",
        what: "each of 1,000 kills leaves users, refresh tokens and revocations whole, and what was reported made",
        arguments: &[
            "test",
            "--release",
            "-p",
            "palisade-sql",
            "--features",
            "login",
            "--test",
            "logins",
            "a345",
        ],
        environment: &[("PALISADE_SQL_KILLS", "1000")],
    },
    Entry {
        name: "database-disconnects",
        what: "10,000 clients that leave cost PostgreSQL no connection and no transaction",
        arguments: &["test", "--release", "-p", "palisade-sql", "--test", "faults", "a340"],
        environment: &[("PALISADE_SQL_DISCONNECTS", "10000")],
    },
    Entry {
        name: "disconnects",
        what: "after 10,000 resets nothing is in flight within a second",
        arguments: &["test", "--release", "-p", "tests", "--test", "disconnects"],
        environment: &[("PALISADE_DISCONNECTS", "10000")],
    },
    Entry {
        name: "loom",
        what: "counters in memory are exact in every order in which threads can meet",
        arguments: &["test", "--release", "-p", "palisade-limit", "--test", "loom"],
        // In a directory of its own, because the flag builds everything anew.
        environment: &[("RUSTFLAGS", "--cfg palisade_loom"), ("CARGO_TARGET_DIR", "target/loom")],
    },
    Entry {
        name: "loom-in-flight",
        what: "no order of threads breaks a count of requests in flight",
        arguments: &["test", "--release", "-p", "palisade-limit", "--lib", "loom_"],
        environment: &[("RUSTFLAGS", "--cfg palisade_loom"), ("CARGO_TARGET_DIR", "target/loom")],
    },
];

/// Names the variable that tells an entry its minutes.
const MINUTES: &str = "PALISADE_SOAK_MINUTES";

/// A target with less has hardly read its corpus.
const FUZZ_SECONDS_AT_LEAST: u64 = 10;

/// One row of the table.
struct Row {
    name: String,
    what: &'static str,
    result: Result<bool, String>,
    stopwatch: Stopwatch,
}

pub(crate) fn run(root: &Path, args: &Args) -> bool {
    let mut rows = vec![vec!["name".to_owned(), "result".into(), "time".into(), "what".into()]];
    let mut green = true;
    let mut not_run = NotRun::default();
    let mut record = |row: Row| {
        let time = clock::short(row.stopwatch.elapsed());
        let result = match row.result {
            Ok(true) => "ok",
            Ok(false) => "FAILED",
            Err(reason) => {
                not_run.note(reason);
                "NOT RUN"
            }
        };
        green &= result != "FAILED";
        rows.push(vec![row.name, result.into(), time, row.what.into()]);
    };
    for entry in ENTRIES.iter().filter(|entry| args.wants(entry.name)) {
        let stopwatch = Stopwatch::start();
        let mut command = cargo::cargo(root);
        command.args(entry.arguments).envs(entry.environment.iter().copied());
        command.env(MINUTES, args.minutes.to_string());
        let result = Ok(cargo::attach(command));
        record(Row { name: entry.name.into(), what: entry.what, result, stopwatch });
    }
    if args.wants("fuzz") {
        fuzz(&root.join("fuzz"), args.minutes * 60, &mut record);
    }
    if rows.len() == 1 {
        eprintln!("no entry has that name");
        return false;
    }

    print!("\n{}", table::render(&rows));
    not_run::report(&not_run) && green
}

/// Every target of `directory`, each with its share of `seconds`.
fn fuzz(directory: &Path, seconds: u64, record: &mut impl FnMut(Row)) {
    let what = "no input makes a parser panic, hang or break its law";
    let stopwatch = Stopwatch::start();
    let mut version = cargo_fuzz();
    version.arg("--version");
    if !cargo::capture(version, false).ok {
        let result = Err("needs cargo-fuzz (cargo install cargo-fuzz)".to_owned());
        return record(Row { name: "fuzz".into(), what, result, stopwatch });
    }
    let mut list = cargo_fuzz();
    list.arg("list").current_dir(directory);
    let listed = cargo::capture(list, false);
    if !listed.ok || listed.text.trim().is_empty() {
        eprintln!("no fuzz targets\n{}", listed.text);
        return record(Row { name: "fuzz".into(), what, result: Ok(false), stopwatch });
    }
    let targets: Vec<_> = listed.text.lines().collect();
    let limit = format!("-max_total_time={}", share(seconds, targets.len()));
    for target in targets {
        let stopwatch = Stopwatch::start();
        let mut command = cargo_fuzz();
        command.args(["run", target, "--", &limit]).current_dir(directory);
        let result = Ok(cargo::attach(command));
        record(Row { name: format!("fuzz {target}"), what, result, stopwatch });
    }
}

/// The coverage flags are unstable, and nothing else here is: a stable compiler takes them when told that it may, so that
/// fuzzing needs no second toolchain.
fn cargo_fuzz() -> Command {
    let mut command = Command::new("cargo");
    command.arg("fuzz").env("RUSTC_BOOTSTRAP", "1");
    cargo::forget_parent(&mut command);
    command
}

fn share(seconds: u64, targets: usize) -> u64 {
    let targets = u64::try_from(targets).unwrap_or(u64::MAX).max(1);
    (seconds / targets).max(FUZZ_SECONDS_AT_LEAST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_chosen_by_name() {
        let check = |names: &[&str], name, expected| {
            let args = Args { minutes: 1, names: names.iter().map(|&name| name.to_owned()).collect() };
            assert_eq!(args.wants(name), expected, "{names:?} {name}");
        };
        check(&[], "audit", true);
        check(&["audit"], "audit", true);
        check(&["audit"], "audit-changes", true);
        check(&["audit-changes"], "audit", false);
        check(&["aud"], "audit", false);
    }

    #[test]
    fn targets_share_the_time() {
        let check = |seconds, targets, expected| assert_eq!(share(seconds, targets), expected);
        check(600, 6, 100);
        check(600, 0, 600);
        check(60, 30, FUZZ_SECONDS_AT_LEAST);
    }

    #[test]
    fn names_are_distinct() {
        let mut names: Vec<_> = ENTRIES.iter().map(|entry| entry.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), ENTRIES.len());
    }
}
