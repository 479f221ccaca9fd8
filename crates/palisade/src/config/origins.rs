//! Where every setting comes from.

use super::{
    node::{Node, Value},
    origin::Origin,
    path::{Step, render},
};
use std::collections::BTreeMap;

/// Where every setting comes from, by its path.
pub(super) fn origins(root: &Node) -> BTreeMap<String, Origin> {
    let mut origins = BTreeMap::new();
    let mut waiting = vec![(Vec::new(), root)];
    while let Some((steps, node)) = waiting.pop() {
        let inside = |step: Step| [steps.clone(), vec![step]].concat();
        match &node.value {
            Value::Table(table) => {
                waiting.extend(table.iter().map(|(key, node)| (inside(Step::Key(key.clone())), node)));
            }
            Value::List(list) => {
                waiting.extend(list.iter().enumerate().map(|(at, node)| (inside(Step::Index(at)), node)));
            }
            _ => {}
        }
        if !steps.is_empty() {
            origins.insert(render(&steps), node.origin.clone());
        }
    }
    origins
}
