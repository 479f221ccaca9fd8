//! Where settings are looked for.

use super::{
    document::Document,
    effective::Effective,
    mistake::{Mistake, Mistakes},
    node::{Node, Value},
    origin::Origin,
    overlay, path, secret_file, toml_text,
};
use serde::{Serialize, de::DeserializeOwned};
use std::path::PathBuf;

/// Where settings are looked for: a TOML file, the environment over it, and flags over both.
///
/// | source | how a setting is called there |
/// | --- | --- |
/// | TOML | `[limits]` `address = "5/second burst 10"` |
/// | environment | `PALISADE__LIMITS__ADDRESS`; commas stand between the items of a list, and items of a list of tables have numbers: `PALISADE__AUTH__TOKENS__0__NAME` |
/// | a documented variable of the program's own | as [`variable`](Self::variable) says |
/// | flags | as [`flag`](Self::flag) says |
///
/// A secret stands in none of them but the environment: `<setting>_file`, and `PALISADE__<SECTION>__<SETTING>_FILE`, name a file that
/// holds it and nothing else. Of a setting and its file the stronger source wins; the two in one source are a mistake.
///
/// ```
/// use palisade::config::Sources;
///
/// #[derive(serde::Deserialize, serde::Serialize)]
/// #[serde(default, deny_unknown_fields)]
/// struct Settings { listen: String, workers: u8 }
/// impl Default for Settings {
///     fn default() -> Self { Self { listen: "127.0.0.1:8000".into(), workers: 4 } }
/// }
///
/// let sources = Sources::new().text("app.toml", "workers = 2").variables([("APP_LISTEN", "[::1]:80")]).variable("APP_LISTEN", "listen");
/// let (settings, effective) = sources.read::<Settings>()?;
/// assert_eq!((settings.listen.as_str(), settings.workers), ("[::1]:80", 2));
/// assert_eq!(effective.origin("workers").to_string(), "app.toml:1");
/// # Ok::<(), palisade::config::Mistakes>(())
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct Sources {
    prefix: String,
    file: Option<SettingsFile>,
    environment: Environment,
    variables: Vec<(String, String)>,
    flags: Vec<(String, String, Hidden)>,
}

#[derive(Clone, Debug)]
enum SettingsFile {
    At(PathBuf, Option<String>),
    Text(String, Hidden),
}

#[derive(Clone, Debug)]
enum Environment {
    None,
    Process,
    Given(Vec<(String, Hidden)>),
}

/// A text that may be a secret.
#[derive(Clone)]
struct Hidden(String);

impl std::fmt::Debug for Hidden {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[REDACTED]")
    }
}

impl Default for Sources {
    fn default() -> Self {
        Self::new()
    }
}

impl Sources {
    /// No source yet: every setting is its default.
    pub fn new() -> Self {
        let (variables, flags) = (Vec::new(), Vec::new());
        Self { prefix: "PALISADE".to_owned(), file: None, environment: Environment::None, variables, flags }
    }

    /// The TOML file at `path`, at most 4 MiB.
    pub fn file(mut self, path: impl Into<PathBuf>) -> Self {
        self.file = Some(SettingsFile::At(path.into(), None));
        self
    }

    /// As [`file`](Self::file); `place`, such as `--config`, is who named it, for messages.
    pub fn file_named_by(mut self, place: impl Into<String>, path: impl Into<PathBuf>) -> Self {
        self.file = Some(SettingsFile::At(path.into(), Some(place.into())));
        self
    }

    /// This TOML text instead of a file; it is called `name` in messages.
    pub fn text(mut self, name: impl Into<String>, toml: impl Into<String>) -> Self {
        self.file = Some(SettingsFile::Text(name.into(), Hidden(toml.into())));
        self
    }

    /// The environment of this process.
    pub fn environment(mut self) -> Self {
        self.environment = Environment::Process;
        self
    }

    /// These variables instead of the environment of this process; for tests.
    pub fn variables<N: Into<String>, V: Into<String>>(
        mut self,
        all: impl IntoIterator<Item = (N, V)>,
    ) -> Self {
        let all = all.into_iter().map(|(name, value)| (name.into(), Hidden(value.into())));
        self.environment = Environment::Given(all.collect());
        self
    }

    /// What names of variables begin with before `__`, instead of `PALISADE`.
    pub fn prefix(mut self, prefix: impl Into<String>) -> Self {
        self.prefix = prefix.into();
        self
    }

    /// The variable `name` is the setting at `path`, such as `limits.address`, under a name that is documented already.
    pub fn variable(mut self, name: impl Into<String>, path: impl Into<String>) -> Self {
        self.variables.push((name.into(), path.into()));
        self
    }

    /// The flag `name` sets the setting at `path`, where it is given; commas stand between the items of a list.
    pub fn flag(
        mut self,
        name: impl Into<String>,
        path: impl Into<String>,
        given: Option<impl Into<String>>,
    ) -> Self {
        if let Some(value) = given {
            self.flags.push((name.into(), path.into(), Hidden(value.into())));
        }
        self
    }

    /// The settings of a type of one's own; give it `#[serde(default, deny_unknown_fields)]`.
    ///
    /// # Errors
    ///
    /// Every mistake there is.
    pub fn read<T: DeserializeOwned + Serialize>(&self) -> Result<(T, Effective), Mistakes> {
        let mut document = self.document();
        let settings = document.read();
        document.finish().and_then(|effective| Ok((settings.ok_or_else(Mistakes::new)?, effective)))
    }

    /// Everything that the sources say, in one tree.
    pub(super) fn document(&self) -> Document {
        let mut mistakes = Mistakes::new();
        let mut root = self.root(&mut mistakes);
        for (name, value) in self.found(&mut mistakes) {
            let origin = Origin::Variable(name.as_str().into());
            let paths = self.paths(&name);
            for path in paths {
                mistakes.extend(overlay::lay(&mut root, &path, value.clone(), &origin).err());
            }
        }
        for (name, path, Hidden(value)) in &self.flags {
            let origin = Origin::Flag(name.as_str().into());
            mistakes.extend(overlay::lay(&mut root, &path::dotted(path), value.clone(), &origin).err());
        }
        lists(&mut root);
        Document::new(root, mistakes)
    }

    fn root(&self, mistakes: &mut Mistakes) -> Node {
        match &self.file {
            None => Node::table(Origin::Default),
            Some(SettingsFile::Text(name, Hidden(text))) => toml_text::parse(name, text, mistakes),
            Some(SettingsFile::At(path, place)) => match secret_file::settings(path) {
                Ok(text) => toml_text::parse(&path.display().to_string(), &text, mistakes),
                Err(what) => {
                    let place = place.clone().unwrap_or_else(|| "settings".to_owned());
                    mistakes.push(Mistake::new(place, what));
                    Node::table(Origin::Default)
                }
            },
        }
    }

    /// The variables that matter, in the order of their names.
    fn found(&self, mistakes: &mut Mistakes) -> Vec<(String, String)> {
        let mut found = match &self.environment {
            Environment::None => Vec::new(),
            Environment::Given(all) => {
                all.iter().map(|(name, Hidden(value))| (name.clone(), value.clone())).collect()
            }
            Environment::Process => {
                let mut found = Vec::new();
                for (name, value) in std::env::vars_os() {
                    let Ok(name) = name.into_string() else { continue };
                    if self.paths(&name).is_empty() {
                        continue;
                    }
                    match value.into_string() {
                        Ok(value) => found.push((name, value)),
                        Err(_) => mistakes.push(Mistake::new(name, "is not UTF-8")),
                    }
                }
                found
            }
        };
        found.sort();
        found
    }

    /// The settings that a variable sets.
    fn paths(&self, name: &str) -> Vec<Vec<String>> {
        let by_prefix = name.strip_prefix(self.prefix.as_str()).and_then(|rest| rest.strip_prefix("__"));
        let by_prefix = by_prefix.map(|rest| rest.split("__").map(str::to_ascii_lowercase).collect());
        let named = self.variables.iter().filter(|(variable, _)| variable == name);
        by_prefix.into_iter().chain(named.map(|(_, path)| path::dotted(path))).collect()
    }
}

/// Tables whose keys are 0, 1, 2 … are lists: a variable cannot say which it means.
fn lists(node: &mut Node) {
    match &mut node.value {
        Value::Table(table) => {
            table.values_mut().for_each(lists);
            let is_list = !table.is_empty() && (0..table.len()).all(|at| table.contains_key(&at.to_string()));
            if is_list && !matches!(node.origin, Origin::File { .. }) {
                let items = (0..table.len()).filter_map(|at| table.remove(&at.to_string())).collect();
                node.value = Value::List(items);
            }
        }
        Value::List(list) => list.iter_mut().for_each(lists),
        _ => {}
    }
}
