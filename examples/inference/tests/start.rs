//! The first start, later ones, several at once, and those after a power cut.

#![allow(clippy::unwrap_used, reason = "a test may")]

mod running;

use running::{Inference, id_of, key_in, refused, told};
use std::{fs, path::Path, process::Command, thread, time::Duration};

const SERVE: [&str; 2] = ["--listen", "127.0.0.1:0"];

#[test]
fn the_first_start_prints_a_key_and_later_ones_say_how_to_get_another() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    let first = Inference::start(&data, &[]);
    let key = first.key().unwrap().to_owned();
    assert!(!first.log().contains("tokens.json"));
    drop(first);
    fs::write(data.join("tokens.json"), "{}").unwrap();
    let later = Inference::start(&data, &[]);
    assert!(later.key().is_none() && !later.greeting().contains("inference_live_"), "{}", later.greeting());
    assert!(later.greeting().contains("palisade.db keeps only a digest"), "{}", later.greeting());
    assert!(later.password().is_none() && later.greeting().contains("palisade.db keeps only a hash"));
    let line = later.greeting().lines().find(|line| line.contains("key create")).unwrap();
    let made = Command::new("sh").args(["-c", line]).env_remove("DATABASE_URL").output().unwrap();
    let another = key_in(&String::from_utf8(made.stdout).unwrap());
    assert_eq!(later.send("GET /api/v1/auth/api-keys", Some(&another), "").status, 200);
    assert_eq!(later.send("GET /api/v1/models", Some(&key), "").status, 200);
    let warned = later.log();
    assert_eq!(warned.matches("tokens.json is no longer read").count(), 1, "{warned}");
}

#[test]
fn several_first_starts_at_once_make_one_administrator() {
    let dir = tempfile::tempdir().unwrap();
    let data = &dir.path().join("data");
    let servers: Vec<_> = thread::scope(|scope| {
        // Each writes an audit log of its own.
        let start = |n: usize| {
            let log = data.with_file_name(format!("audit-{n}.jsonl"));
            Inference::start(data, &["--audit-log", log.to_str().unwrap()])
        };
        let starts: Vec<_> = (0..4).map(|n| scope.spawn(move || start(n))).collect();
        starts.into_iter().map(|start| start.join().unwrap()).collect()
    });
    let keys: Vec<_> = servers.iter().filter_map(Inference::key).collect();
    assert_eq!(keys.len(), 1);
    let passwords: Vec<_> = servers.iter().filter_map(Inference::password).collect();
    assert_eq!(passwords.len(), 1);
    let login = serde_json::json!({"username": "admin", "password": passwords[0]}).to_string();
    // Whichever made it, all know it.
    for server in &servers {
        assert_eq!(server.send("GET /api/v1/models", Some(keys[0]), "").status, 200);
        assert_eq!(server.send("POST /api/v1/auth/login", None, &login).status, 200);
    }
    assert_eq!(told(data, &["key", "list"]).lines().count(), 2);
}

#[cfg(unix)]
#[test]
fn what_is_kept_is_private() {
    use std::os::unix::fs::PermissionsExt as _;
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    let server = Inference::start(&data, &[]);
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&data), 0o700);
    let signing = data.join("signing-keys");
    assert_eq!(mode(&signing), 0o700);
    let entries = fs::read_dir(&data).unwrap().chain(fs::read_dir(&signing).unwrap());
    let files: Vec<_> = entries.map(|entry| entry.unwrap().path()).filter(|path| *path != signing).collect();
    assert!(files.len() >= 3 && files.iter().any(|path| path.starts_with(&signing)), "{files:?}");
    for path in files {
        assert_eq!(mode(&path), 0o600, "{}", path.display());
    }
    drop(server);
    fs::set_permissions(data.join("secrets.json"), fs::Permissions::from_mode(0o644)).unwrap();
    assert!(refused(&data, &SERVE, &[]).contains("chmod 600"));
}

#[test]
fn it_refuses_to_start_without_the_secrets_of_its_keys() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    let server = Inference::start(&data, &[]);
    let key = server.key().unwrap().to_owned();
    drop(server);
    let path = data.join("secrets.json");
    let kept = fs::read_to_string(&path).unwrap();
    fs::rename(&path, data.join("aside")).unwrap();
    let text = refused(&data, &SERVE, &[]);
    assert!(text.contains("secrets.json") && text.contains("is missing: restore it"), "{text}");
    assert!(!path.exists());
    assert!(refused(&data, &["key", "list"], &[]).contains("is missing: restore it"));

    let secrets: serde_json::Value = serde_json::from_str(&kept).unwrap();
    let (check, pepper) = (secrets["check_key"].as_str().unwrap(), secrets["pepper"].as_str().unwrap());
    let with = |check, pepper| [("INFERENCE_CHECK_KEY", check), ("INFERENCE_PEPPER", pepper)];
    let given = running::run(&data, &["key", "list"], &with(check, pepper));
    assert!(String::from_utf8(given.stdout).unwrap().contains(id_of(&key)));
    let other = "0123456789abcdef0123456789abcdef";
    for (check, pepper) in [(check, other), (other, pepper)] {
        let text = refused(&data, &SERVE, &with(check, pepper));
        assert!(text.contains("other secrets") && !text.contains(pepper) && !text.contains(check), "{text}");
    }
    for (check, pepper, expected) in [
        ("short", pepper, "INFERENCE_CHECK_KEY"),
        (check, "short", "32 bytes"),
        (check, "", "INFERENCE_PEPPER is blank"),
    ] {
        let text = refused(&data, &SERVE, &with(check, pepper));
        assert!(text.contains(expected) && !text.contains(check), "{text}");
    }
}

#[test]
fn no_key_that_was_told_is_lost_when_the_power_goes() {
    let dir = tempfile::tempdir().unwrap();
    let data = &dir.path().join("data");
    let first = Inference::start(data, &[]);
    let admin = first.key().unwrap().to_owned();
    drop(first);
    let mut told_keys = Vec::new();
    for round in 0..10_u64 {
        let mut server = Inference::start(data, &[]);
        let address = server.address().to_owned();
        thread::scope(|scope| {
            let server = &mut server;
            let (send, receive) = std::sync::mpsc::channel();
            let admin = &admin;
            let makers: Vec<_> = (0..2)
                .map(|_| {
                    let (send, address) = (send.clone(), address.clone());
                    scope.spawn(move || {
                        for _ in 0..5 {
                            match running::create_at(&address, admin) {
                                Some(key) => send.send(key).unwrap(),
                                None => return,
                            }
                        }
                    })
                })
                .collect();
            thread::sleep(Duration::from_millis(3 + 6 * round));
            server.kill();
            makers.into_iter().for_each(|maker| maker.join().unwrap());
            drop(send);
            told_keys.extend(receive);
        });
    }
    assert!(!told_keys.is_empty());
    let list = told(data, &["key", "list"]);
    for key in &told_keys {
        assert!(list.contains(id_of(key)), "{} is lost: {list}", id_of(key));
    }
    let server = Inference::start(data, &[]);
    for key in told_keys.iter().rev().take(5) {
        assert_eq!(server.send("GET /api/v1/models", Some(key), "").status, 200);
    }
}
