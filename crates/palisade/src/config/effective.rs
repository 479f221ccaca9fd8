//! The settings that hold, and where each comes from.

use super::{mistake::Mistake, node::Node, origin::Origin, origins::origins, path::holds};
use serde::Serialize;
use serde_json::Value;
use std::{collections::BTreeMap, fmt};

/// The settings that hold, and where each comes from; it prints as a table, and shows no secret.
///
/// ```text
/// setting                value                      from
/// auth.tokens[0].name    "ci"                       palisade.toml:2
/// limits.address         "5/second burst 10"        PALISADE__LIMITS__ADDRESS
/// limits.store           "redis://********@cache"   palisade.toml:9
/// report_only            false                      default
/// ```
#[derive(Clone, Debug, Default)]
pub struct Effective {
    origins: BTreeMap<String, Origin>,
    values: BTreeMap<String, String>,
    warnings: Vec<Mistake>,
}

/// Values are cut after so many signs.
const WIDEST: usize = 72;

impl Effective {
    pub(super) fn of(root: &Node) -> Self {
        Self { origins: origins(root), ..Self::default() }
    }

    /// Adds the values of what was read.
    pub(super) fn show(&mut self, settings: &impl Serialize) {
        if let Ok(value) = serde_json::to_value(settings) {
            self.add("", &value);
        }
    }

    /// Replaces the values of what was read, where somebody changed it since.
    pub(super) fn show_again(&mut self, settings: &impl Serialize) {
        if let Ok(Value::Object(table)) = serde_json::to_value(settings) {
            self.values.retain(|path, _| !table.keys().any(|key| holds(key, path)));
            self.add("", &Value::Object(table));
        }
    }

    pub(super) fn found(&mut self, path: String, origin: Origin) {
        self.origins.insert(path, origin);
    }

    /// The setting at `path` says what the one at `because` said: it comes from the same place, where that was set.
    pub fn follow(&mut self, path: &str, because: &str) {
        if let Some(origin) = self.origins.get(because).cloned() {
            self.origins.insert(path.to_owned(), origin);
        }
    }

    pub(super) fn warn(&mut self, warnings: impl IntoIterator<Item = Mistake>) {
        let located: Vec<_> = warnings.into_iter().map(|warning| self.locate(warning)).collect();
        self.warnings.extend(located);
    }

    fn add(&mut self, path: &str, value: &Value) {
        let inside = |step: &str| if path.is_empty() { step.to_owned() } else { format!("{path}.{step}") };
        match value {
            Value::Object(table) if !table.is_empty() || path.is_empty() => {
                for (key, value) in table {
                    self.add(&inside(key), value);
                }
            }
            Value::Array(list) if list.iter().any(Value::is_object) => {
                for (at, value) in list.iter().enumerate() {
                    self.add(&format!("{path}[{at}]"), value);
                }
            }
            Value::Null => {
                self.values.insert(path.to_owned(), "-".to_owned());
            }
            other => {
                self.values.insert(path.to_owned(), cut(&other.to_string()));
            }
        }
    }

    /// Where a setting comes from, `limits.address` for instance; an item of a list, where the list does.
    #[must_use]
    pub fn origin(&self, path: &str) -> &Origin {
        let list = || self.origins.get(path.strip_suffix(']')?.rsplit_once('[')?.0);
        self.origins.get(path).or_else(list).unwrap_or(&Origin::Default)
    }

    /// The mistake, with the place where the wrong value stands; where nobody set it, that of the table in the file that it is missing from.
    #[must_use]
    pub fn locate(&self, mistake: Mistake) -> Mistake {
        if *mistake.origin() != Origin::Default {
            return mistake;
        }
        let mut origin = self.origin(mistake.path());
        let mut path = mistake.path();
        while let (Origin::Default, Some(end)) = (origin, path.rfind(['.', '['])) {
            path = path.get(..end).unwrap_or_default();
            origin = match self.origin(path) {
                // A variable's name would stand for another setting.
                Origin::Variable(_) | Origin::Flag(_) => break,
                found => found,
            };
        }
        let origin = origin.clone();
        mistake.from_origin(origin)
    }

    /// What is allowed and unwise.
    #[must_use]
    pub fn warnings(&self) -> &[Mistake] {
        &self.warnings
    }

    /// Every setting with its value, as it may be shown, and where that comes from.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str, &Origin)> {
        self.values.iter().map(|(path, value)| (path.as_str(), value.as_str(), self.origin(path)))
    }
}

/// One line, and not too long a one.
fn cut(text: &str) -> String {
    if text.chars().count() <= WIDEST {
        return text.to_owned();
    }
    let head: String = text.chars().take(WIDEST - 1).collect();
    format!("{head}…")
}

impl fmt::Display for Effective {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = |column: fn(&(&str, &str, &Origin)) -> usize, title: &str| {
            self.iter().map(|row| column(&row)).chain([title.len()]).max().unwrap_or_default()
        };
        let path = width(|(path, _, _)| path.chars().count(), "setting");
        let value = width(|(_, value, _)| value.chars().count(), "value");
        writeln!(f, "{:path$}  {:value$}  from", "setting", "value")?;
        for (name, shown, origin) in self.iter() {
            writeln!(f, "{name:path$}  {shown:value$}  {origin}")?;
        }
        Ok(())
    }
}
