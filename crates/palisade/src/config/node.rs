//! Settings as a tree, each with the place it comes from.

use super::{origin::Origin, path::Step};
use std::{collections::BTreeMap, fmt};
use zeroize::Zeroizing;

/// A setting, or a table or list of them.
#[derive(Clone)]
pub(super) struct Node {
    pub(super) value: Value,
    pub(super) origin: Origin,
}

#[derive(Clone)]
pub(super) enum Value {
    /// Text of a file.
    Text(Zeroizing<String>),
    /// Text of the environment or a command line, whose type depends on who reads it.
    Loose(Zeroizing<String>),
    Integer(i64),
    Float(f64),
    Flag(bool),
    List(Vec<Node>),
    Table(BTreeMap<String, Node>),
    /// The name of a file that holds the value.
    InFile(String),
    /// It was there, and was wrong: its place in a list is kept, so that its neighbours keep theirs.
    Gone,
}

impl Node {
    pub(super) const fn new(value: Value, origin: Origin) -> Self {
        Self { value, origin }
    }

    pub(super) const fn table(origin: Origin) -> Self {
        Self::new(Value::Table(BTreeMap::new()), origin)
    }

    /// How many settings, tables and lists there are inside.
    pub(super) fn count(&self) -> usize {
        match &self.value {
            Value::Table(table) => table.values().map(|node| 1 + node.count()).sum(),
            Value::List(list) => list.iter().map(|node| 1 + node.count()).sum(),
            _ => 0,
        }
    }

    pub(super) fn keys(&self) -> impl Iterator<Item = (&String, &Self)> {
        match &self.value {
            Value::Table(table) => Some(table.iter()),
            _ => None,
        }
        .into_iter()
        .flatten()
    }

    pub(super) fn entries_mut(&mut self) -> Option<&mut BTreeMap<String, Self>> {
        match &mut self.value {
            Value::Table(table) => Some(table),
            _ => None,
        }
    }

    pub(super) fn get(&self, steps: &[Step]) -> Option<&Self> {
        steps.iter().try_fold(self, |node, step| match (&node.value, step) {
            (Value::Table(table), Step::Key(key)) => table.get(key),
            (Value::List(list), Step::Index(index)) => list.get(*index),
            _ => None,
        })
    }

    pub(super) fn get_mut(&mut self, steps: &[Step]) -> Option<&mut Self> {
        steps.iter().try_fold(self, |node, step| match (&mut node.value, step) {
            (Value::Table(table), Step::Key(key)) => table.get_mut(key),
            (Value::List(list), Step::Index(index)) => list.get_mut(*index),
            _ => None,
        })
    }

    /// Takes out what is at these steps; whether there was anything.
    pub(super) fn remove(&mut self, steps: &[Step]) -> bool {
        let Some((last, parents)) = steps.split_last() else { return false };
        let Some(parent) = self.get_mut(parents) else { return false };
        match (&mut parent.value, last) {
            (Value::Table(table), Step::Key(key)) => table.remove(key).is_some(),
            (Value::List(list), Step::Index(index)) => match list.get_mut(*index) {
                Some(node) if !matches!(node.value, Value::Gone) => {
                    node.value = Value::Gone;
                    true
                }
                Some(_) | None => false,
            },
            _ => false,
        }
    }

    /// The origin of what is at these steps, or of the innermost setting that holds it.
    pub(super) fn origin_at(&self, steps: &[Step]) -> Origin {
        (0..=steps.len())
            .rev()
            .find_map(|many| self.get(steps.get(..many)?))
            .map_or(Origin::Default, |node| node.origin.clone())
    }
}

/// Without values: any of them may be a secret.
impl fmt::Debug for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Node").field("origin", &self.origin).finish_non_exhaustive()
    }
}
