//! A tree of settings, read by those who know what they mean.

use super::{
    effective::Effective,
    fault::{Fault, What, nearest},
    mistake::{Mistake, Mistakes},
    node::{Node, Value},
    origin::Origin,
    path::{Step, Trail, holds, render},
    reader::Reader,
};
use serde::{Serialize, de::DeserializeOwned};
use std::collections::BTreeSet;

/// A tree of settings and what is wrong with it.
#[derive(Debug)]
pub(super) struct Document {
    root: Node,
    mistakes: Mistakes,
    /// Paths of settings that were wrong and are now as if nobody had set them.
    wrong: Vec<String>,
    /// Outermost names that somebody reads.
    claimed: BTreeSet<String>,
    known: BTreeSet<&'static str>,
    effective: Effective,
    /// Whether a source could not be read, so that what is missing may be there.
    is_broken: bool,
}

impl Document {
    pub(super) fn new(root: Node, mistakes: Mistakes) -> Self {
        let effective = Effective::of(&root);
        let is_broken = !mistakes.is_empty();
        let (wrong, claimed, known) = (Vec::new(), BTreeSet::new(), BTreeSet::new());
        Self { root, mistakes, wrong, claimed, known, effective, is_broken }
    }

    /// What these settings are, where what is wrong is as if nobody had set it; the mistakes are kept.
    ///
    /// Outermost names that this type does not have may be another's.
    pub(super) fn read<T: DeserializeOwned + Serialize>(&mut self) -> Option<T> {
        let mut root = self.root.clone();
        let mut others = BTreeSet::new();
        // Every round takes something out of the tree.
        let value = loop {
            match T::deserialize(Reader { node: &root, trail: &Trail::Root }) {
                Ok(value) => break value,
                Err(fault) => {
                    let more = self.mend(&mut root, fault, &mut others);
                    if !more || self.mistakes.iter().count() >= Mistakes::MOST {
                        return None;
                    }
                }
            }
        };
        self.claimed.extend(root.keys().map(|(key, _)| key.clone()));
        self.claimed.extend(self.root.keys().map(|(key, _)| key.clone()).filter(|key| !others.contains(key)));
        self.effective.show(&value);
        Some(value)
    }

    /// Takes what is wrong out of the tree, or puts it where it belongs; whether reading it again makes sense.
    fn mend(&mut self, root: &mut Node, fault: Fault, others: &mut BTreeSet<String>) -> bool {
        let mut steps = fault.steps.unwrap_or_default();
        match fault.what {
            What::Unknown { key, known } => {
                // Another type may have a setting that is really called so.
                let anothers = steps.is_empty() && self.claimed.contains(&key);
                if let Some(name) = key.strip_suffix("_file").filter(|name| !anothers && known.contains(name))
                {
                    return self.move_file(root, &steps, &key, name);
                }
                let outermost = steps.is_empty();
                steps.push(Step::Key(key.clone()));
                if outermost {
                    self.known.extend(known);
                    others.insert(key);
                } else {
                    self.mistakes.push(unknown(root, &steps, &key, known.iter().copied()));
                }
                root.remove(&steps)
            }
            What::Missing(key) => {
                let origin = root.origin_at(&steps);
                let path = render(&[steps.clone(), vec![Step::Key(key.to_owned())]].concat());
                self.wrong.push(path.clone());
                self.mistakes.push(Mistake::new(path, "is missing").from_origin(located(origin)));
                self.drop_setting(root, &steps)
            }
            What::Other(text) => {
                let origin = root.origin_at(&steps);
                self.mistakes.push(Mistake::new(render(&steps), text).from_origin(origin));
                self.drop_setting(root, &steps)
            }
        }
    }

    fn drop_setting(&mut self, root: &mut Node, steps: &[Step]) -> bool {
        self.wrong.push(render(steps));
        root.remove(steps)
    }

    /// `url_file` names a file that holds `url`.
    fn move_file(&mut self, root: &mut Node, steps: &[Step], key: &str, name: &str) -> bool {
        let Some(table) = root.get_mut(steps).and_then(Node::entries_mut) else { return false };
        let Some(file) = table.remove(key) else { return false };
        let path = render(&[steps.to_vec(), vec![Step::Key(key.to_owned())]].concat());
        let value = match file.value {
            Value::Text(path) | Value::Loose(path) => Value::InFile(path.to_string()),
            _ => {
                self.mistakes.push(Mistake::new(path, "write the name of a file").from_origin(file.origin));
                return true;
            }
        };
        match table.get(name) {
            Some(plain) if plain.origin.rank() == file.origin.rank() => {
                let what = format!("`{name}` is set too; keep one of the two");
                self.mistakes.push(Mistake::new(path, what).from_origin(file.origin));
            }
            Some(plain) if plain.origin.rank() > file.origin.rank() => {}
            Some(_) | None => {
                table.insert(name.to_owned(), Node::new(value, file.origin.clone()));
                let place = render(&[steps.to_vec(), vec![Step::Key(name.to_owned())]].concat());
                self.effective.found(place, file.origin);
            }
        }
        true
    }

    pub(super) const fn effective_mut(&mut self) -> &mut Effective {
        &mut self.effective
    }

    pub(super) const fn effective(&self) -> &Effective {
        &self.effective
    }

    /// Mistakes that were found in what was read; those about settings that could not be read are not told.
    pub(super) fn add(&mut self, mistakes: Mistakes) {
        if self.is_broken {
            return;
        }
        for mistake in mistakes {
            let path = mistake.path().to_owned();
            if self.wrong.iter().any(|wrong| holds(&path, wrong) || holds(wrong, &path)) {
                continue;
            }
            self.mistakes.push(self.effective.locate(mistake));
        }
    }

    /// # Errors
    ///
    /// Every mistake.
    pub(super) fn finish(mut self) -> Result<Effective, Mistakes> {
        let strange: Vec<_> = self.root.keys().filter(|(key, _)| !self.claimed.contains(*key)).collect();
        let strange: Vec<_> = strange.into_iter().take(Mistakes::MOST).map(|(key, _)| key.clone()).collect();
        for key in strange {
            let steps = [Step::Key(key.clone())];
            let known: Vec<_> = self.known.iter().copied().collect();
            self.mistakes.push(unknown(&self.root, &steps, &key, known.into_iter()));
        }
        self.mistakes.sort();
        if self.mistakes.is_empty() { Ok(self.effective) } else { Err(self.mistakes) }
    }
}

/// What a variable says is located by the variable; what is missing from a table of it, by its path too.
fn located(origin: Origin) -> Origin {
    match origin {
        Origin::Variable(_) | Origin::Flag(_) => Origin::Default,
        other => other,
    }
}

fn unknown<'k>(
    root: &Node,
    steps: &[Step],
    key: &str,
    known: impl Iterator<Item = &'k str> + Clone,
) -> Mistake {
    let meant = match nearest(key, known.clone()) {
        Some(name) => format!("did you mean `{name}`?"),
        None => format!("there are {}", known.map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")),
    };
    let what = format!("there is no such setting; {meant}");
    Mistake::new(render(steps), what).from_origin(root.origin_at(steps))
}
