//! Keys in files: who may read them, and what a crash leaves.

use crate::support::{ALGORITHMS, HOUR, start};
use palisade_core::{Clock, Secret};
use palisade_jwt::{
    Algorithm, KeySource as _, Rotation, SigningKey, SigningKeyError, SigningKeys, SigningKeysError,
};
use palisade_testing::programs::find;
use std::{
    collections::BTreeSet,
    env, fs,
    io::{BufRead as _, BufReader},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    thread,
    time::Duration,
};

fn open(path: &Path) -> Result<SigningKeys, SigningKeysError> {
    SigningKeys::in_directory(path).refreshed_by_hand().open()
}

fn ids(keys: &SigningKeys) -> BTreeSet<String> {
    keys.current().unwrap().keys().iter().map(|key| key.id().unwrap().to_owned()).collect()
}

fn files(path: &Path) -> Vec<PathBuf> {
    fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()).collect()
}

#[cfg(unix)]
fn set_mode(path: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

#[cfg(unix)]
fn mode(path: &Path) -> u32 {
    use std::os::unix::fs::PermissionsExt as _;
    fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

#[test]
fn a_key_comes_back_as_it_was_and_is_never_written_over() {
    let home = tempfile::tempdir().unwrap();
    for algorithm in ALGORITHMS {
        let path = home.path().join(algorithm.name());
        let key = SigningKey::generate(algorithm).unwrap().with_id("a \"quoted\" ü").unwrap();
        key.save(&path).unwrap();
        let read = SigningKey::load(&path).unwrap();
        assert_eq!((read.algorithm(), read.id()), (algorithm, "a \"quoted\" ü"));
        assert_eq!((read.verifying(), read.public_jwk()), (key.verifying(), key.public_jwk()));
        let error = SigningKey::generate(algorithm).unwrap().save(&path).unwrap_err().to_string();
        assert!(error.contains("exists"), "{error}");
        assert_eq!(SigningKey::load(&path).unwrap().verifying(), key.verifying());
        #[cfg(unix)]
        assert_eq!(mode(&path), 0o600);
    }
    assert_eq!(files(home.path()).len(), ALGORITHMS.len());
}

#[test]
fn ids_follow_from_keys() {
    let secret = Secret::new("u5vVlqUIBqbbJEMn2b3Ltw9YkQm7ZsP1");
    let key = || SigningKey::hmac(Algorithm::Hs256, &secret).unwrap();
    assert_eq!(key().id(), key().id());
    assert_eq!(key().id().len(), 16);
    let other = SigningKey::hmac(Algorithm::Hs256, &Secret::new("u5vVlqUIBqbbJEMn2b3Ltw9YkQm7ZsP2")).unwrap();
    assert_ne!(key().id(), other.id());
    for key in [key(), SigningKey::generate(Algorithm::EdDsa).unwrap()] {
        assert!(!format!("{key:?}").contains("u5vV") && format!("{key:?}").contains(key.id()));
    }
}

#[test]
fn keys_of_openssl_are_read() {
    let Some(openssl) = find("openssl", "openssl") else { return };
    let home = tempfile::tempdir().unwrap();
    for (arguments, algorithm) in [
        (&["-algorithm", "ed25519"][..], Algorithm::EdDsa),
        (&["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"], Algorithm::Es256),
    ] {
        let path = home.path().join(algorithm.name());
        let made = Command::new(&openssl).arg("genpkey").args(arguments).arg("-out").arg(&path).output();
        assert!(made.unwrap().status.success());
        #[cfg(unix)]
        set_mode(&path, 0o600);
        let key = SigningKey::load(&path).unwrap();
        assert_eq!(key.algorithm(), algorithm);
        let copy = home.path().join(format!("{algorithm} copy"));
        key.save(&copy).unwrap();
        assert_eq!(SigningKey::load(&copy).unwrap().verifying(), key.verifying());
    }
}

#[test]
#[cfg(unix)]
fn what_others_may_read_is_refused() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("key");
    SigningKey::generate(Algorithm::EdDsa).unwrap().save(&path).unwrap();
    for (open_to, expected) in [(0o640, false), (0o604, false), (0o620, false), (0o601, false), (0o400, true)]
    {
        set_mode(&path, open_to);
        let read = SigningKey::load(&path);
        assert_eq!(read.is_ok(), expected, "{open_to:o}");
        if let Err(error) = read {
            assert!(matches!(error, SigningKeyError::Exposed { mode, .. } if mode == open_to));
            assert!(error.to_string().contains("chmod 600"), "{error}");
        }
    }
    let directory = home.path().join("keys");
    drop(open(&directory).unwrap());
    assert_eq!(mode(&directory), 0o700);
    let [file] = &*files(&directory) else { panic!("one file") };
    assert_eq!(mode(file), 0o600);
    set_mode(file, 0o644);
    assert!(open(&directory).unwrap_err().to_string().contains("chmod 600"));
    set_mode(file, 0o600);
    set_mode(&directory, 0o770);
    assert!(matches!(open(&directory), Err(SigningKeysError::Key(SigningKeyError::Exposed { .. }))));
}

#[test]
fn what_is_no_key_is_refused_and_not_repeated() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("key");
    let key = SigningKey::generate(Algorithm::EdDsa).unwrap();
    key.save(&path).unwrap();
    let good = fs::read_to_string(&path).unwrap();
    let other = home.path().join("other");
    SigningKey::generate(Algorithm::EdDsa).unwrap().save(&other).unwrap();
    let public = |text: &str| text.split("\"x\":\"").nth(1).unwrap()[..43].to_owned();
    let swapped = good.replace(&public(&good), &public(&fs::read_to_string(&other).unwrap()));
    let twice = good.replacen('{', "{\"kty\":\"OKP\",", 1);
    for text in [
        "",
        "{}",
        "canary",
        "{\"canary\":1}",
        &good[..good.len() - 1],
        &good.replace("Ed25519", "Ed448"),
        &good.replace("EdDSA", "none"),
        &good.replace("EdDSA", "HS256"),
        &good.replace("\"d\"", "\"k\""),
        &swapped,
        &twice,
        "-----BEGIN PRIVATE KEY-----\ncanary\n-----END PRIVATE KEY-----",
        "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n-----END PUBLIC KEY-----",
        "-----BEGIN RSA PRIVATE KEY-----\n-----END RSA PRIVATE KEY-----",
    ] {
        fs::write(&path, text).unwrap();
        let error = SigningKey::load(&path).unwrap_err();
        assert!(matches!(&error, SigningKeyError::Content { .. }), "{text} {error:?}");
        assert!(!format!("{error} {error:?}").contains("canary"));
    }
    fs::write(&path, "x".repeat(16 * 1024 + 1)).unwrap();
    assert!(matches!(SigningKey::load(&path), Err(SigningKeyError::NoFile { .. })));
    assert!(matches!(SigningKey::load(home.path()), Err(SigningKeyError::NoFile { .. })));
    assert!(matches!(SigningKey::load(home.path().join("none")), Err(SigningKeyError::Io { .. })));
}

#[test]
fn keys_outlive_the_process() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("a/b/keys");
    let before = ids(&open(&path).unwrap());
    assert_eq!(ids(&open(&path).unwrap()), before);
    assert_eq!(files(&path).len(), 1);
    // A damaged file is not taken for none.
    fs::write(&files(&path)[0], "{").unwrap();
    assert!(matches!(open(&path), Err(SigningKeysError::Key(SigningKeyError::Content { .. }))));
    // Nor is what lies there besides taken for keys.
    let other = home.path().join("other");
    fs::create_dir(&other).unwrap();
    for name in ["keys-1.json", "keys-9.json.bak", "keys-00000000000000000x01.json", "README"] {
        fs::write(other.join(name), "?").unwrap();
    }
    #[cfg(unix)]
    set_mode(&other, 0o755);
    assert!(open(&other).is_ok());
    assert_eq!(files(&other).len(), 5);
}

#[test]
fn another_algorithm_needs_another_directory() {
    let home = tempfile::tempdir().unwrap();
    drop(open(home.path()).unwrap());
    let other = SigningKeys::in_directory(home.path()).algorithm(Algorithm::Es256).open();
    assert!(matches!(
        other,
        Err(SigningKeysError::OtherAlgorithm { found: Algorithm::EdDsa, wanted: Algorithm::Es256, .. })
    ));
    let none = SigningKeys::in_memory().algorithm(Algorithm::Rs256).open();
    assert!(matches!(none, Err(SigningKeysError::Key(SigningKeyError::Algorithm(Algorithm::Rs256)))));
}

#[test]
fn processes_that_share_a_directory_agree() {
    let home = tempfile::tempdir().unwrap();
    let time = start();
    let (path, rotation) = (home.path().join("keys"), Rotation::every(4 * HOUR).longest_token(HOUR));
    let node = || {
        let builder = SigningKeys::in_directory(&path).rotation(rotation).clock(Clock::manual(&time));
        builder.refreshed_by_hand().open().unwrap()
    };
    let nodes: Vec<_> = thread::scope(|scope| {
        let handles: Vec<_> = (0..4).map(|_| scope.spawn(node)).collect();
        handles.into_iter().map(|handle| handle.join().unwrap()).collect()
    });
    for step in 0..40 {
        time.advance(HOUR);
        thread::scope(|scope| {
            for node in &nodes {
                scope.spawn(|| node.refresh().unwrap());
            }
        });
        // Whoever was first: on the next look all have the same.
        nodes.iter().for_each(|node| node.refresh().unwrap());
        let sets: BTreeSet<_> = nodes.iter().map(ids).collect();
        assert_eq!(sets.len(), 1, "{step}: {sets:?}");
        assert_eq!(files(&path).len(), 1);
    }
}

const CHILD: &str = "PALISADE_TEST_KEYS";

/// What the next test kills: goes on to the next keys as fast as it can, and says which there are.
#[test]
fn child_that_rotates_until_it_is_killed() {
    let Some(path) = env::var_os(CHILD) else { return };
    let time = start();
    let rotation = Rotation::every(4 * HOUR).longest_token(HOUR);
    let builder = SigningKeys::in_directory(path).rotation(rotation).clock(Clock::manual(&time));
    let keys = builder.refreshed_by_hand().open().unwrap();
    // Bounded, should nobody come.
    for _ in 0..50_000 {
        println!("\n>{}", ids(&keys).into_iter().collect::<Vec<_>>().join(" "));
        time.advance(HOUR);
        keys.refresh().unwrap();
    }
}

#[test]
fn whoever_is_killed_while_writing_leaves_the_old_keys_or_the_new() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("keys");
    for round in 0..12_u64 {
        let mut child = Command::new(env::current_exe().unwrap())
            .args(["--exact", "files::child_that_rotates_until_it_is_killed", "--nocapture"])
            .env(CHILD, &path)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut told = lines.filter_map(|line| Some(line.unwrap().strip_prefix('>')?.to_owned()));
        told.next().unwrap();
        thread::sleep(Duration::from_micros(1_000 + round * 3_170));
        child.kill().unwrap();
        child.wait().unwrap();
        let Some(last) = told.last() else { continue };
        let last: BTreeSet<_> = last.split(' ').map(str::to_owned).collect();
        // As another node finds it, whose clock is behind: it goes on with the first key there is.
        let rotation = Rotation::every(4 * HOUR).longest_token(HOUR);
        let builder = SigningKeys::in_directory(&path).rotation(rotation);
        let time = start();
        let found = builder.clock(Clock::manual(&time)).refreshed_by_hand().open().unwrap();
        assert!(ids(&found).intersection(&last).next().is_some(), "{found:?} {last:?}");
        fs::remove_dir_all(&path).unwrap();
    }
}

#[test]
#[cfg(unix)]
fn what_a_crash_left_half_written_goes_after_an_hour() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("keys");
    let keys = open(&path).unwrap();
    let (old, new) = (path.join(".new.1.tmp"), path.join(".new.2.tmp"));
    fs::write(&old, "{").unwrap();
    fs::write(&new, "{").unwrap();
    let touched = Command::new("touch").args(["-d", "2 hours ago"]).arg(&old).status().unwrap();
    assert!(touched.success());
    keys.refresh().unwrap();
    assert!(!old.exists() && new.exists());
}
