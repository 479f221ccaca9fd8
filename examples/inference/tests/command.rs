//! Commands beside a server, in the same database.

#![allow(clippy::unwrap_used, reason = "a test may")]

mod running;

use running::{Inference, id_of, key_in, refused, told};

const CREATE: [&str; 6] =
    ["key", "create", "--permissions", "read_models,run_inference", "--name", "nightly build"];

#[test]
fn keys_are_made_listed_rotated_and_revoked_without_a_server() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    let made = told(&data, &CREATE);
    let key = key_in(&made);
    assert_eq!(made.matches("inference_live_").count(), 1);
    let id = id_of(&key);
    let line = |list: &str, id: &str| list.lines().find(|line| line.starts_with(id)).unwrap().to_owned();
    let list = told(&data, &["key", "list"]);
    let shown = line(&list, id);
    assert!(shown.contains("nightly build") && shown.contains("read_models,run_inference"), "{list}");
    assert!(shown.contains("active") && shown.ends_with("never"), "{list}");
    assert!(!list.contains(&key[27..]), "{list}");
    // Columns begin where their titles do.
    let (titles, at) = (list.lines().next().unwrap(), |text: &str, word: &str| text.find(word).unwrap());
    assert_eq!(at(titles, "NAME"), at(&shown, "nightly"));

    // A server that starts on it has keys already, and makes none.
    let server = Inference::start(&data, &[]);
    assert!(server.key().is_none(), "{}", server.greeting());
    assert_eq!(server.send("GET /api/v1/models", Some(&key), "").status, 200);
    drop(server);

    let rotated = told(&data, &["key", "rotate", id, "--grace-seconds", "0"]);
    let successor = key_in(&rotated);
    assert!(rotated.contains("0 seconds more"), "{rotated}");
    let list = told(&data, &["key", "list"]);
    assert!(
        line(&list, id).contains("rotated") && line(&list, id_of(&successor)).contains("active"),
        "{list}"
    );
    assert!(refused(&data, &["key", "rotate", id], &[]).contains("has a successor already"));
    let server = Inference::start(&data, &[]);
    assert_eq!(server.send("GET /api/v1/models", Some(&key), "").status, 401);
    assert_eq!(server.send("GET /api/v1/models", Some(&successor), "").status, 200);

    // While it runs.
    told(&data, &["key", "revoke", id_of(&successor)]);
    let gone = (0..60).any(|_| {
        std::thread::sleep(std::time::Duration::from_millis(100));
        server.send("GET /api/v1/models", Some(&successor), "").status == 401
    });
    assert!(gone);
    let (list, all) = (told(&data, &["key", "list"]), told(&data, &["key", "list", "--all"]));
    assert!(!list.contains(id_of(&successor)) && line(&all, id_of(&successor)).contains("revoked"), "{all}");
}

#[test]
fn mistakes_name_what_to_do() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    let check = |args: &[&str], expected: &[&str]| {
        let text = refused(&data, args, &[]);
        assert!(expected.iter().all(|expected| text.contains(expected)), "{text}");
    };
    for args in [&["key", "list"][..], &["key", "revoke", "4kQ9xZ0aBcDe"], &["key", "rotate", "4kQ9xZ0aBcDe"]]
    {
        check(args, &["there is no database", "is --data-dir right?", "inference key create"]);
        assert!(!data.exists());
    }
    let key = key_in(&told(&data, &CREATE));
    check(&["key", "revoke", "4kQ9xZ0aBcDe"], &["there is no key 4kQ9xZ0aBcDe", "inference key list --all"]);
    check(
        &["key", "rotate", id_of(&key), "--grace-seconds", "9999999999"],
        &["--grace-seconds: at most 2592000"],
    );
    let create = |name, permissions, extra: &[&'static str]| {
        [&["key", "create", "--name", name, "--permissions", permissions], extra].concat()
    };
    check(
        &create("x", "root", &["--expires-in-days", "366"]),
        &["--permissions: unknown", "read_models", "--expires-in-days: a whole number from 1 to 365"],
    );
    check(&create("", "all", &[]), &["--name: 1 to 128 bytes"]);
    check(&create("x", "read models", &[]), &["--permissions: ", "there are: read_models"]);
    check(&create("x", "all", &["--not-before", "tomorrow"]), &["--not-before: a date is written as"]);
    check(
        &create("x", "all", &["--not-before", "2999-01-01T00:00:00Z"]),
        &["--not-before: the key would end"],
    );
    // A key in the place of its id is not repeated.
    let text = refused(&data, &["key", "revoke", &key], &[]);
    assert!(text.contains("inference key list") && !text.contains(&key[27..]), "{text}");
}

#[test]
fn urls_of_databases_choose_and_are_not_repeated() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    let elsewhere = format!("sqlite:{}", dir.path().join("elsewhere.db").display());
    let key = key_in(&told(&data, &[&CREATE[..], &["--database-url", &elsewhere]].concat()));
    assert!(!data.join("palisade.db").exists());
    let listed = running::run(&data, &["key", "list"], &[("DATABASE_URL", &elsewhere)]);
    assert!(String::from_utf8(listed.stdout).unwrap().contains(id_of(&key)));
    for url in ["postgres://u:hunter2@127.0.0.1:1/none", "mysql://u:hunter2@127.0.0.1/none", "hunter2"] {
        let text = refused(&data, &["key", "list"], &[("DATABASE_URL", url)]);
        assert!(text.contains("database") && !text.contains("hunter2"), "{text}");
    }
}
