//! What the manifests promise.

#![allow(clippy::unwrap_used, clippy::panic, reason = "these are tests")]

use std::{fs, path::Path};

const MANIFEST: &str = include_str!("../../Cargo.toml");
const LOCK: &str = include_str!("../../Cargo.lock");

fn crates() -> Vec<(String, String)> {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates");
    let mut found = Vec::new();
    for entry in fs::read_dir(crates).unwrap() {
        let path = entry.unwrap().path();
        if path.join("src/lib.rs").is_file() {
            let manifest = fs::read_to_string(path.join("Cargo.toml")).unwrap();
            found.push((path.file_name().unwrap().to_string_lossy().into_owned(), manifest));
        }
    }
    found
}

#[test]
fn a324_no_library_has_unsafe_code_or_gives_up_on_a_lint() {
    let crates = crates();
    assert!(crates.len() >= 10);
    for (name, manifest) in &crates {
        assert!(manifest.contains("[lints]\nworkspace = true"), "{name}");
    }
    let (_, lints) = MANIFEST.split_once("[workspace.lints.rust]").unwrap();
    for lint in ["unsafe_code = \"forbid\"", "unwrap_used", "expect_used", "panic"] {
        assert!(lints.contains(lint), "{lint}");
    }
}

/// The versions of a package that the lock file has.
fn locked(name: &str) -> Vec<[u64; 3]> {
    let blocks = LOCK.split("[[package]]").filter(|block| block.contains(&format!("\nname = \"{name}\"\n")));
    blocks
        .map(|block| {
            let version = block.lines().find_map(|line| line.strip_prefix("version = \"")).unwrap();
            let numbers = version.split(['.', '-', '+', '"']).take(3).map(|number| number.parse().unwrap());
            <[u64; 3]>::try_from(numbers.collect::<Vec<_>>()).unwrap()
        })
        .collect()
}

/// The packages that depend on this one.
fn users(name: &str) -> Vec<&'static str> {
    let depends = |block: &&str| {
        block.lines().any(|line| {
            line.strip_prefix(" \"").is_some_and(|line| line.split(['"', ' ']).next() == Some(name))
        })
    };
    let blocks = LOCK.split("[[package]]").filter(depends);
    blocks
        .filter_map(|block| block.lines().find_map(|line| line.strip_prefix("name = \"")?.strip_suffix('"')))
        .collect()
}

#[test]
fn a325_no_dependency_is_older_than_the_fix_of_what_was_found_in_it() {
    for (name, floor) in [
        ("h2", [0, 4, 16]),
        ("tracing-subscriber", [0, 3, 20]),
        ("time", [0, 3, 47]),
        ("tokio-postgres", [0, 7, 18]),
        ("sqlx", [0, 8, 1]),
        ("bcrypt", [0, 19, 2]),
        ("lru", [0, 18, 2]),
        ("jsonwebtoken", [10, 3, 0]),
    ] {
        for version in locked(name) {
            // What was found in it needs a key whose drop panics. This reader has none, only an example has the reader, and there is
            // no newer one.
            if (name, version, users(name)) == ("lru", [0, 16, 4], vec!["hdf5-reader"]) {
                assert_eq!(users("hdf5-reader"), ["heartmap"]);
                continue;
            }
            assert!(version >= floor, "{name} {version:?}");
        }
    }
    assert!(!locked("h2").is_empty() && !locked("tracing-subscriber").is_empty());
    // Its private operations leak by time, and there is no fix.
    assert!(locked("rsa").is_empty());
}
