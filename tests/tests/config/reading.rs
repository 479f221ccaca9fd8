//! Sources: which wins, and how secrets come in.

use palisade::config::{Confidential, Mistakes, Origin, Sources, StoreUrl};
use serde::{Deserialize, Serialize};
use std::fs;

#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
struct Own {
    listen: Option<String>,
    workers: u8,
    tags: Vec<String>,
    database: Database,
}

#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
struct Database {
    url: Option<StoreUrl>,
    password: Option<Confidential>,
}

const TOML: &str =
    "listen = \"file\"\nworkers = 1\ntags = [\"a\"]\n[database]\nurl = \"postgres://db/app\"\n";

#[test]
fn flags_win_over_the_environment_and_that_over_the_file() {
    let sources = Sources::new()
        .text("app.toml", TOML)
        .prefix("APP")
        .variables([
            ("APP__WORKERS", "2"),
            ("APP_LISTEN", "environment"),
            ("APP__TAGS", "x, y"),
            ("OTHER__WORKERS", "9"),
        ])
        .variable("APP_LISTEN", "listen")
        .flag("--listen", "listen", Some("flag"))
        .flag("--workers", "workers", None::<String>);
    let (own, effective) = sources.read::<Own>().unwrap();
    assert_eq!((own.listen.as_deref(), own.workers, own.tags.join("+").as_str()), (Some("flag"), 2, "x+y"));
    assert_eq!(*effective.origin("listen"), Origin::Flag("--listen".into()));
    assert_eq!(*effective.origin("workers"), Origin::Variable("APP__WORKERS".into()));
    assert_eq!(effective.origin("database.url").to_string(), "app.toml:5");
    assert_eq!(*effective.origin("database.password"), Origin::Default);
}

#[test]
fn two_variables_for_one_setting_do_not_compete() {
    let sources = Sources::new().prefix("APP").variable("APP_LISTEN", "listen");
    let sources = sources.variables([("APP__LISTEN", "a"), ("APP_LISTEN", "b")]);
    let found = sources.read::<Own>().unwrap_err().to_string();
    assert_eq!(found, "APP__LISTEN: APP_LISTEN says the same thing; keep one of the two");
    let wrong = Sources::new().prefix("APP").variables([
        ("APP__WORKERS", "many"),
        ("APP__LISTN", "x"),
        ("APP__LISTEN__X", "y"),
    ]);
    let found = wrong.read::<Own>().unwrap_err().to_string();
    assert_eq!(
        found,
        "APP__LISTEN__X: is a table; write text\n\
         APP__WORKERS: is text; write a whole number from 0 to 255\n\
         APP__LISTN: there is no such setting; did you mean `listen`?"
    );
}

#[test]
fn secrets_come_from_files_of_their_own_and_the_environment_alone() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("password");
    let path = file.to_str().unwrap();
    let read = |toml: &str, variables: &[(&str, &str)]| -> Result<String, Mistakes> {
        let sources = Sources::new().text("app.toml", toml).variables(variables.iter().copied());
        let (own, effective) = sources.read::<Own>()?;
        let shown = format!("{own:?}{effective}{effective:?}");
        assert!(!shown.contains("canary"), "{shown}");
        Ok(own.database.password.map(|it| it.expose().to_owned()).unwrap_or_default())
    };
    let in_file = format!("database.password_file = \"{path}\"");
    fs::write(&file, "canary-1\n").unwrap();
    assert_eq!(read(&in_file, &[]).unwrap(), "canary-1");
    assert_eq!(read("", &[("PALISADE__DATABASE__PASSWORD_FILE", path)]).unwrap(), "canary-1");
    assert_eq!(read("", &[("PALISADE__DATABASE__PASSWORD", "canary-2")]).unwrap(), "canary-2");
    // The stronger source wins, whichever of the two names it uses.
    assert_eq!(read(&in_file, &[("PALISADE__DATABASE__PASSWORD", "canary-2")]).unwrap(), "canary-2");
    let both = [("PALISADE__DATABASE__PASSWORD", "canary"), ("PALISADE__DATABASE__PASSWORD_FILE", path)];
    assert_eq!(
        read("", &both).unwrap_err().to_string(),
        "PALISADE__DATABASE__PASSWORD_FILE: `password` is set too; keep one of the two"
    );
    let plain = read("database.password = \"canary\"", &[]).unwrap_err().to_string();
    assert!(
        plain.starts_with("app.toml:1: database.password: a secret does not stand among settings"),
        "{plain}"
    );
    for (content, expected) in [
        ("", "is empty or blank"),
        (" \n", "is empty or blank"),
        (" x\n", "white space"),
        ("a\n\n", "white space"),
    ] {
        fs::write(&file, content).unwrap();
        let found = read(&in_file, &[]).unwrap_err().to_string();
        assert!(found.contains(expected), "{content:?} {found}");
    }
    fs::write(&file, "x".repeat(65 * 1024)).unwrap();
    assert!(read(&in_file, &[]).unwrap_err().to_string().contains("is larger than 64 KiB"));
    fs::remove_file(&file).unwrap();
    assert!(read(&in_file, &[]).unwrap_err().to_string().contains("cannot be read"));
    let other =
        Sources::new().text("app.toml", "workers_file = \"x\"").read::<Own>().unwrap_err().to_string();
    assert_eq!(other, "app.toml:1: workers: only secrets are read from files of their own");
}

#[test]
fn tables_of_lists_have_numbers_in_the_environment() {
    let variables = [
        ("PALISADE__AUTH__TOKENS__0__NAME", "ci"),
        ("PALISADE__AUTH__TOKENS__0__SCOPES", "read_models,write_models"),
        ("PALISADE__AUTH__TOKENS__0__ENV", "CI_TOKEN"),
        ("PALISADE__LIMITS__ADDRESS", "5/second burst 10"),
    ];
    let loaded = Sources::new().variables(variables).load().unwrap();
    let shown = loaded.effective().to_string();
    assert!(
        shown.contains("auth.tokens[0].scopes") && shown.contains("[\"read_models\",\"write_models\"]"),
        "{shown}"
    );
    // More than there is in between is none.
    let gap = Sources::new().variables([("PALISADE__AUTH__TOKENS__1__NAME", "ci")]).load().unwrap_err();
    assert!(gap.to_string().contains("write a list"), "{gap}");
}

#[test]
fn settings_of_ones_own_stand_beside_those_of_the_stack() {
    let sources = |toml: &str| Sources::new().text("app.toml", format!("auth = \"disabled\"\n{toml}"));
    let (own, loaded) = sources("workers = 3\nlimits.address = \"1/second\"").load_with::<Own>().unwrap();
    assert_eq!((own.workers, loaded.config().limits.address.as_deref()), (3, Some("1/second")));
    assert!(loaded.effective().iter().any(|(path, value, _)| (path, value) == ("workers", "3")));
    let found =
        sources("workres = 3\nlimit.address = \"1/second\"\nworkers = 300").load_with::<Own>().unwrap_err();
    assert_eq!(
        found.to_string(),
        "app.toml:2: workres: there is no such setting; did you mean `workers`?\n\
         app.toml:3: limit: there is no such setting; did you mean `limits`?\n\
         app.toml:4: workers: write a whole number from 0 to 255"
    );
}

#[test]
fn the_settings_that_hold_are_shown_with_their_sources() {
    let (_, effective) = Sources::new()
        .text("app.toml", "[database]\nurl = \"postgres://u:canary@db/app\"\n")
        .variables([("PALISADE__WORKERS", "7")])
        .flag("--listen", "listen", Some("[::]:80"))
        .read::<Own>()
        .unwrap();
    assert_eq!(
        effective.to_string(),
        "setting            value                         from\n\
         database.password  -                             default\n\
         database.url       \"postgres://********@db/app\"  app.toml:2\n\
         listen             \"[::]:80\"                     --listen\n\
         tags               []                            default\n\
         workers            \"7\"                           PALISADE__WORKERS\n"
            .replace("\"7\"  ", "7    ")
    );
}
