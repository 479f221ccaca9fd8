//! Settings: all mistakes at once and never a secret, cross-origin requests as they are written, and reloads that happen whole or not.

#![allow(clippy::unwrap_used, clippy::panic, reason = "these are tests")]

#[path = "config/cors.rs"]
mod cors;
#[path = "config/mistakes.rs"]
mod mistakes;
#[path = "config/reading.rs"]
mod reading;
#[path = "config/reload.rs"]
mod reload;
#[path = "config/reloaded.rs"]
mod reloaded;
#[path = "config/serving.rs"]
mod serving;
#[path = "config/shared.rs"]
mod shared;
#[path = "config/whole.rs"]
mod whole;

use palisade::{
    Protected,
    config::{Mistakes, Sources},
};
use tests::server::{Handled, routes};

/// A token that may read, as settings.
const READER: &str = r#"
[[auth.tokens]]
name = "reader"
scopes = ["read_models"]
value_file = "TOKEN_FILE"
"#;

/// Sources of this text, whose token stands in a file.
fn sources(directory: &tempfile::TempDir, toml: &str) -> Sources {
    let file = directory.path().join("token");
    std::fs::write(&file, format!("{}\n", tests::server::TOKEN)).unwrap();
    let reader = READER.replace("TOKEN_FILE", file.to_str().unwrap());
    Sources::new().text("app.toml", format!("{toml}\n{reader}"))
}

/// The reference service with these settings, and a token that may read.
async fn app(toml: &str, handled: &Handled) -> Protected {
    let directory = tempfile::tempdir().unwrap();
    let loaded = sources(&directory, toml).load().unwrap_or_else(|mistakes| panic!("{mistakes}"));
    loaded.build().await.unwrap().stack.protect(routes(handled)).unwrap()
}

fn mistakes(toml: &str) -> Mistakes {
    Sources::new().text("app.toml", toml).load().unwrap_err()
}

/// Every mistake, a line each.
#[track_caller]
fn check(toml: &str, expected: &[&str]) {
    let found = mistakes(&format!("auth = \"disabled\"\n{toml}")).to_string();
    assert_eq!(found.lines().collect::<Vec<_>>(), expected, "{toml}");
}
