//! A check of settings says what a start would say, makes nothing, and tells of scopes that nobody asks for.

#![cfg(all(feature = "config", feature = "observe"))]
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use palisade::{
    Permissions, Scope,
    config::Sources,
    routes::{Routes, get},
};
use std::{
    collections::BTreeSet,
    fs, io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
};

const DIGEST: &str = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";

/// Everything below, with its length.
fn files(root: &Path) -> BTreeSet<(PathBuf, u64)> {
    let mut found = BTreeSet::new();
    for entry in fs::read_dir(root).unwrap().map(Result::unwrap) {
        let metadata = entry.metadata().unwrap();
        found.insert((entry.path(), if metadata.is_dir() { 0 } else { metadata.len() }));
        if metadata.is_dir() {
            found.extend(files(&entry.path()));
        }
    }
    found
}

/// What a check and then a start say of the same settings; the check leaves the directory as it is.
async fn both(root: &Path, toml: &str) -> [Option<String>; 2] {
    let toml = toml.replace("ROOT", root.to_str().unwrap());
    let sources = Sources::new().text("app.toml", toml);
    let loaded = sources.load().unwrap_or_else(|mistakes| panic!("{mistakes}"));
    let before = files(root);
    let checked = loaded.rehearse().err().map(|mistakes| mistakes.to_string());
    let report = sources.report();
    assert_eq!(report.is_good(), checked.is_none(), "{report}");
    for line in checked.iter().flat_map(|text| text.lines()) {
        assert!(report.to_string().contains(&format!("error: {line}\n")), "{report}");
    }
    assert_eq!(files(root), before);
    let started = loaded.build().await.err().map(|mistakes| mistakes.to_string());
    [checked, started]
}

#[tokio::test]
async fn a_check_says_what_a_start_says_and_makes_nothing() {
    let open = "auth = \"disabled\"\n";
    let cases = [
        (open.to_owned() + "access_log.to = \"ROOT/file/log\"", "cannot be written"),
        (open.to_owned() + "access_log.to = \"ROOT\"", "cannot be written"),
        (open.to_owned() + "audit.store = \"file:ROOT/file/audit\"", "the directory of"),
        (open.to_owned() + "audit.store = \"file:ROOT/forged\"", ""),
        (open.to_owned() + "tls = { certificates = \"ROOT/none.pem\", key = \"ROOT/none.key\" }", "none.pem"),
        ("[[auth.tokens]]\nname = \"ci\"\nfile = \"ROOT/none\"".to_owned(), "token `ci`"),
        ("[[auth.tokens]]\nname = \"ci\"\nfile = \"ROOT/file\"".to_owned(), "token `ci`"),
        ("auth.keys = { prefix = \"acme\", store = \"sqlite:ROOT/file/keys.db\" }".to_owned(), "0600"),
        (
            "[[auth.issuers]]\nissuer = \"https://a.example\"\naudience = [\"b\"]\ncertificate_authority = \"ROOT/none\""
                .to_owned(),
            "cannot be read",
        ),
        (
            open.to_owned()
                + "limits.store = \"rediss://cache:6379\"\nlimits.certificate_authority = \"ROOT/none\"",
            "cannot be read",
        ),
    ];
    for (toml, words) in cases {
        let root = tempfile::tempdir().unwrap();
        fs::write(root.path().join("file"), "short").unwrap();
        fs::write(root.path().join("forged"), "not a record\n").unwrap();
        let [checked, started] = both(root.path(), &toml).await;
        let Some(checked) = checked else { panic!("{toml}: {started:?}") };
        assert!(checked.contains(words), "{toml}: {checked}");
        assert_eq!(Some(checked), started, "{toml}");
    }
}

#[tokio::test]
async fn what_a_check_finds_good_starts() {
    let root = tempfile::tempdir().unwrap();
    fs::write(root.path().join("token"), "u5vVlqUIBqbbJEMn2b3Ltw9Y\n").unwrap();
    let toml = "access_log.to = \"ROOT/logs/a/access\"\naudit.store = \"file:ROOT/logs/b/audit\"\n\
                auth.keys = { prefix = \"acme\", store = \"sqlite:ROOT/data/keys.db\" }\n\
                [[auth.tokens]]\nname = \"ci\"\nfile = \"ROOT/token\"";
    assert_eq!(both(root.path(), toml).await, [None, None]);
    // What is there by now, and in use, is found good too.
    let toml = toml.replace("ROOT", root.path().to_str().unwrap());
    let report = Sources::new().text("app.toml", toml).report();
    assert!(report.is_good(), "{report}");
}

/// Opening it would wait for a reader, and closing it again would tell that reader that the log is over.
#[cfg(unix)]
#[test]
fn a_check_does_not_open_a_pipe() {
    use std::{process::Command, sync::mpsc, thread, time::Duration};
    let root = tempfile::tempdir().unwrap();
    let pipe = root.path().join("pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let toml = format!("auth = \"disabled\"\naccess_log.to = \"{}\"", pipe.display());
    let (told, hears) = mpsc::channel();
    thread::spawn(move || told.send(Sources::new().text("app.toml", toml).report().is_good()));
    assert_eq!(hears.recv_timeout(Duration::from_secs(30)), Ok(true));
}

/// Everything that was logged since it was made.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Log {
    fn listen() -> (Self, tracing::subscriber::DefaultGuard) {
        let log = Self::default();
        let to = log.clone();
        let subscriber = tracing_subscriber::fmt().with_ansi(false).with_writer(move || to.clone()).finish();
        (log, tracing::subscriber::set_default(subscriber))
    }

    /// The lines that have this word.
    fn lines(&self, word: &str) -> Vec<String> {
        let text = String::from_utf8(self.0.lock().unwrap().clone()).unwrap();
        text.lines().filter(|line| line.contains(word)).map(str::to_owned).collect()
    }
}

#[cfg(unix)]
#[tokio::test]
async fn directories_that_are_made_are_told_with_their_mode() {
    use std::os::unix::fs::PermissionsExt as _;
    let root = tempfile::tempdir().unwrap();
    let toml = "auth = \"disabled\"\naccess_log.to = \"ROOT/logs/access\"\naudit.store = \"file:ROOT/audit/deep/log\"";
    let toml = toml.replace("ROOT", root.path().to_str().unwrap());
    for told in [true, false] {
        let (log, _listening) = Log::listen();
        drop(Sources::new().text("app.toml", toml.clone()).load().unwrap().build().await.unwrap());
        let lines = log.lines("a directory was made");
        for made in ["logs", "audit", "audit/deep"] {
            let path = root.path().join(made);
            assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o700, "{made}");
            let line = format!("path={} mode=\"0700\"", path.display());
            assert_eq!(lines.iter().any(|it| it.contains("INFO") && it.contains(&line)), told, "{lines:?}");
        }
    }
}

#[tokio::test]
async fn a_scope_that_no_route_asks_for_is_told_with_the_nearest_one() {
    let scope = Scope::from_static;
    let routes = || -> Routes {
        Routes::new()
            .route("/a", get(async || "").requires(scope("read_models") | scope("admin")))
            .route("/b", get(async || "").requires(scope("write_models") & scope("run")))
    };
    let toml = format!(
        "[auth.roles]\nops = [\"write_modles\", \"run\", \"logs\"]\n\
         [[auth.tokens]]\nname = \"ci\"\nscopes = [\"read_models\", \"amdin\", \"declared\"]\nsha256 = \"{DIGEST}\""
    );
    let sources = Sources::new().text("app.toml", toml);
    let expected = [
        "app.toml:5: auth.tokens[0].scopes[1]: no route asks for this scope; did you mean `admin`? ",
        "app.toml:2: auth.roles.ops[0]: no route asks for this scope; did you mean `write_models`? ",
        "app.toml:2: auth.roles.ops[2]: no route asks for this scope; there are `admin`, `declared`, `read_models`, `run`, `write_models` ",
    ];
    let permissions = Permissions::declare([scope("declared")]).build().unwrap();
    let report = sources.report().beside(&routes(), &permissions);
    let text = report.to_string();
    let told: Vec<_> = text.lines().filter(|line| line.contains("no route asks")).collect();
    assert_eq!(told.len(), 3, "{text}");
    let (log, _listening) = Log::listen();
    let stack = sources.load().unwrap().build().await.unwrap().stack;
    stack.map_auth(|auth| auth.permissions(permissions)).protect(routes()).unwrap();
    let warned = log.lines("no route asks");
    assert_eq!(warned.len(), 3, "{warned:?}");
    for line in expected {
        assert!(told.iter().any(|it| it.starts_with(&format!("warning: {line}"))), "{line} {told:?}");
        assert!(warned.iter().any(|it| it.contains("WARN") && it.contains(line)), "{line} {warned:?}");
    }
    assert!(report.is_good() && !sources.report().to_string().contains("no route"));
}
