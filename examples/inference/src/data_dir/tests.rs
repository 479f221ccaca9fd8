use std::fs;

use super::{AdministratorToken, DataDir, DataDirError, TokenDigest};
use crate::permissions;

const NOW: &str = "2025-01-15T09:30:00Z";

/// The first part deletes everything when it goes.
fn fixture() -> (tempfile::TempDir, DataDir) {
    let parent = tempfile::tempdir().unwrap();
    let dir = DataDir::open(&parent.path().join("deep/data")).unwrap();
    (parent, dir)
}

fn text(dir: &DataDir) -> String {
    fs::read_to_string(dir.tokens_path()).unwrap()
}

#[test]
fn the_first_start_makes_a_token_and_keeps_only_its_digest() {
    let (_parent, dir) = fixture();
    let (file, token) = dir.prepare(false, NOW).unwrap();
    let AdministratorToken::First(token) = token else { panic!("{token:?}") };

    let record = file.administrator().unwrap();
    assert_eq!(record.sha256.as_bytes(), TokenDigest::of(token.expose()).as_bytes());
    assert_eq!(record.scopes, permissions::ALL);
    assert_eq!((record.created.as_str(), record.expires_at()), (NOW, None));

    let secret = token.expose().strip_prefix("inference_").unwrap();
    assert!(!text(&dir).contains(secret));
    let json: serde_json::Value = serde_json::from_str(&text(&dir)).unwrap();
    assert_eq!(
        (json["version"].as_u64(), json["tokens"][0]["name"].as_str()),
        (Some(1), Some("administrator"))
    );
}

#[test]
fn a_later_start_keeps_the_token() {
    let (_parent, dir) = fixture();
    dir.prepare(false, NOW).unwrap();
    let before = text(&dir);
    let (file, token) = dir.prepare(false, "2026-01-01T00:00:00Z").unwrap();
    assert!(matches!(token, AdministratorToken::Kept));
    assert_eq!((file.tokens().len(), text(&dir)), (1, before));
}

#[test]
fn a_new_token_replaces_the_administrators_and_no_other() {
    let (_parent, dir) = fixture();
    let (_, first) = dir.first_token(NOW).unwrap();
    let other =
        r#"{"name":"ci","sha256":"DIGEST","scopes":["read_models"],"created":"2025-01-01T00:00:00Z"}"#;
    let other = other.replace("DIGEST", &"cd".repeat(32));
    let both = text(&dir).replacen("\"tokens\": [", &format!("\"tokens\": [{other},"), 1);
    fs::write(dir.tokens_path(), both).unwrap();

    let (file, second) = dir.prepare(true, "2025-06-01T00:00:00Z").unwrap();
    let AdministratorToken::Replaced(second) = second else { panic!("{second:?}") };
    assert_ne!(first.expose(), second.expose());
    let stored = dir.load().unwrap().unwrap();
    for file in [file, stored] {
        let names: Vec<_> = file.tokens().iter().map(|token| token.name.as_str()).collect();
        assert_eq!(names, ["ci", "administrator"]);
        let administrator = file.administrator().unwrap();
        assert_eq!(administrator.sha256.as_bytes(), second.digest().as_bytes());
        assert_eq!(administrator.created, "2025-06-01T00:00:00Z");
    }
}

#[test]
fn asking_for_a_new_token_at_the_first_start_gives_the_first() {
    let (_parent, dir) = fixture();
    assert!(matches!(dir.prepare(true, NOW).unwrap().1, AdministratorToken::First(_)));
}

#[test]
fn a_file_without_an_administrator_is_said_and_can_be_given_one() {
    let (_parent, dir) = fixture();
    dir.first_token(NOW).unwrap();
    fs::write(dir.tokens_path(), r#"{"version":1,"tokens":[]}"#).unwrap();
    assert!(matches!(dir.prepare(false, NOW).unwrap().1, AdministratorToken::Absent));
    assert!(matches!(dir.prepare(true, NOW).unwrap().1, AdministratorToken::Replaced(_)));
    assert!(matches!(dir.prepare(false, NOW).unwrap().1, AdministratorToken::Kept));
}

#[test]
fn a_first_token_never_overwrites() {
    let (_parent, dir) = fixture();
    dir.first_token(NOW).unwrap();
    let before = text(&dir);
    assert!(matches!(dir.first_token(NOW), Err(DataDirError::Io { .. })));
    assert_eq!(text(&dir), before);
}

#[test]
fn nothing_is_left_beside_the_file() {
    let (parent, dir) = fixture();
    dir.first_token(NOW).unwrap();
    dir.replace_token(NOW).unwrap();
    let _ = dir.first_token(NOW).unwrap_err();
    let names: Vec<_> = fs::read_dir(parent.path().join("deep/data"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert_eq!(names, ["tokens.json"]);
}

#[test]
fn a_time_that_is_no_time_is_refused_before_anything_is_written() {
    let (_parent, dir) = fixture();
    assert!(matches!(dir.first_token("now"), Err(DataDirError::Record(_))));
    assert!(dir.load().unwrap().is_none());
}

#[test]
fn a_broken_file_is_refused_with_the_fix_and_left_alone() {
    let (_parent, dir) = fixture();
    dir.first_token(NOW).unwrap();
    let check = |content: &str, expected: &str| {
        fs::write(dir.tokens_path(), content).unwrap();
        for new_token in [false, true] {
            let error = dir.prepare(new_token, NOW).unwrap_err().to_string();
            assert!(error.contains("tokens.json") && error.contains(expected), "{error}");
        }
        assert_eq!(text(&dir), content);
    };
    check("", "does not parse");
    check("{", "move it away and start again to get a new token");
    check(r#"{"version":7}"#, "has version 7, and this program reads version 1: restore it");
    check(&" ".repeat(1024 * 1024 + 1), "is larger than 1048576 bytes");
}

#[test]
fn something_else_in_its_place_is_refused() {
    let (_parent, dir) = fixture();
    fs::create_dir(dir.tokens_path()).unwrap();
    assert!(matches!(dir.load(), Err(DataDirError::NotAFile { .. })));

    let parent = tempfile::NamedTempFile::new().unwrap();
    assert!(matches!(DataDir::open(parent.path()), Err(DataDirError::Io { .. })));
}

#[cfg(unix)]
mod modes {
    use std::{
        fs::{self, Permissions},
        os::unix::fs::PermissionsExt,
        path::Path,
    };

    use super::{DataDir, NOW, fixture};

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o7777
    }

    fn set_mode(path: &Path, mode: u32) {
        fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
    }

    #[test]
    fn what_is_made_is_private() {
        let (parent, dir) = fixture();
        dir.first_token(NOW).unwrap();
        assert_eq!(mode(&parent.path().join("deep/data")), 0o700);
        assert_eq!(mode(&dir.tokens_path()), 0o600);
        dir.replace_token(NOW).unwrap();
        assert_eq!(mode(&dir.tokens_path()), 0o600);
    }

    #[test]
    fn a_file_that_others_can_open_is_refused_with_the_fix() {
        let (_parent, dir) = fixture();
        dir.first_token(NOW).unwrap();
        for open in [0o640, 0o604, 0o644, 0o660, 0o602, 0o620, 0o666] {
            set_mode(&dir.tokens_path(), open);
            for new_token in [false, true] {
                let error = dir.prepare(new_token, NOW).unwrap_err().to_string();
                let fix = format!("chmod 600 {}", dir.tokens_path().display());
                assert!(error.contains(&fix) && error.contains(&format!("{open:04o}")), "{error}");
            }
        }
        for closed in [0o600, 0o400] {
            set_mode(&dir.tokens_path(), closed);
            assert!(dir.load().unwrap().is_some());
        }
    }

    #[test]
    fn a_directory_that_others_can_write_is_refused_with_the_fix() {
        let parent = tempfile::tempdir().unwrap();
        let check = |bits: u32, expected: bool| {
            set_mode(parent.path(), bits);
            let opened = DataDir::open(parent.path());
            assert_eq!(opened.is_ok(), expected, "{bits:o}");
            if let Err(error) = opened {
                assert!(error.to_string().contains("chmod 700"), "{error}");
            }
        };
        check(0o700, true);
        check(0o755, true);
        check(0o720, false);
        check(0o777, false);
        check(0o1777, false);
    }
}
