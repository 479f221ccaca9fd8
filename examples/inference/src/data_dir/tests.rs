//! Files that are made once, and kept from others.

use super::{DataDir, DataDirError, MAX_FILE};
use std::fs;
use tempfile::TempDir;

const NAME: &str = "secrets.json";

fn fixture() -> (TempDir, DataDir) {
    let parent = tempfile::tempdir().unwrap();
    let dir = DataDir::open(&parent.path().join("deep/data")).unwrap();
    (parent, dir)
}

#[test]
fn a_file_is_made_once_and_leaves_nothing_beside_it() {
    let (_parent, dir) = fixture();
    assert!(dir.read(NAME).unwrap().is_none());
    assert!(dir.create(NAME, b"first").unwrap());
    assert!(!dir.create(NAME, b"second").unwrap());
    assert!(dir.read(NAME).unwrap().unwrap().matches(b"first"));
    let names: Vec<_> = fs::read_dir(&dir.path).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names, [NAME]);
}

#[test]
fn sixteen_who_make_it_at_once_agree() {
    let (_parent, dir) = fixture();
    let made: Vec<bool> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..16_u8)
            .map(|n| {
                scope.spawn({
                    let dir = &dir;
                    move || dir.create(NAME, &[n]).unwrap()
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert_eq!(made.iter().filter(|made| **made).count(), 1);
    let winner = made.iter().position(|made| *made).unwrap();
    assert!(dir.read(NAME).unwrap().unwrap().matches(&[u8::try_from(winner).unwrap()]));
}

#[test]
fn something_else_in_its_place_is_refused() {
    let (_parent, dir) = fixture();
    fs::create_dir(dir.file(NAME)).unwrap();
    assert!(matches!(dir.read(NAME), Err(DataDirError::NotAFile { .. })));
    dir.create("large", &vec![b' '; usize::try_from(MAX_FILE).unwrap() + 1]).unwrap();
    assert!(matches!(dir.read("large"), Err(DataDirError::TooLarge { .. })));
    let file = tempfile::NamedTempFile::new().unwrap();
    assert!(matches!(DataDir::open(file.path()), Err(DataDirError::Io { .. })));
}

#[cfg(unix)]
mod modes {
    use super::{DataDir, NAME, fixture};
    use std::{
        fs::{self, Permissions},
        os::unix::fs::PermissionsExt,
        path::Path,
    };

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o7777
    }

    fn set_mode(path: &Path, mode: u32) {
        fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
    }

    #[test]
    fn what_is_made_is_private() {
        let (parent, dir) = fixture();
        dir.create(NAME, b"x").unwrap();
        assert_eq!(mode(&parent.path().join("deep/data")), 0o700);
        assert_eq!(mode(&dir.file(NAME)), 0o600);
    }

    #[test]
    fn a_file_that_others_can_open_is_refused_with_the_fix() {
        let (_parent, dir) = fixture();
        dir.create(NAME, b"x").unwrap();
        for open in [0o640, 0o604, 0o644, 0o660, 0o602, 0o620, 0o666] {
            set_mode(&dir.file(NAME), open);
            let error = dir.read(NAME).unwrap_err().to_string();
            let fix = format!("chmod 600 {}", dir.file(NAME).display());
            assert!(error.contains(&fix) && error.contains(&format!("{open:04o}")), "{error}");
        }
        for closed in [0o600, 0o400] {
            set_mode(&dir.file(NAME), closed);
            assert!(dir.read(NAME).unwrap().is_some());
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
