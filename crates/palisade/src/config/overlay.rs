//! What the environment and the command line say, laid over what a file says.

use super::{
    mistake::Mistake,
    node::{Node, Value},
    origin::Origin,
};
use zeroize::Zeroizing;

/// Settings are not nested deeper.
const DEEPEST: usize = 8;

/// Puts a text at `path`, over whatever weaker source has it.
pub(super) fn lay(root: &mut Node, path: &[String], text: String, origin: &Origin) -> Result<(), Mistake> {
    let mistake = |what: &str| Mistake::new(path.join("."), what).from_origin(origin.clone());
    let Some((last, parents)) = path.split_last().filter(|_| path.len() <= DEEPEST) else {
        return Err(mistake("names no setting"));
    };
    if path.iter().any(String::is_empty) {
        return Err(mistake("names no setting"));
    }
    let mut at = root;
    for key in parents {
        at = inside(at, key, origin).ok_or_else(|| mistake("names a setting inside of one that has none"))?;
    }
    let node =
        inside(at, last, origin).ok_or_else(|| mistake("names a setting inside of one that has none"))?;
    if node.origin.rank() == origin.rank() && node.origin != *origin && !is_empty(node) {
        let other = &node.origin;
        return Err(mistake(&format!("{other} says the same thing; keep one of the two")));
    }
    *node = Node::new(Value::Loose(Zeroizing::new(text)), origin.clone());
    Ok(())
}

/// The setting of this name, made where there is none.
fn inside<'n>(node: &'n mut Node, key: &str, origin: &Origin) -> Option<&'n mut Node> {
    match &mut node.value {
        Value::Table(table) => {
            Some(table.entry(key.to_owned()).or_insert_with(|| Node::table(origin.clone())))
        }
        Value::List(list) => {
            let index: usize = key.parse().ok()?;
            if index == list.len() {
                list.push(Node::table(origin.clone()));
            }
            list.get_mut(index)
        }
        _ => None,
    }
}

fn is_empty(node: &Node) -> bool {
    matches!(&node.value, Value::Table(table) if table.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::path::Step;

    fn origin(name: &str) -> Origin {
        Origin::Variable(name.into())
    }

    fn path(text: &str) -> Vec<String> {
        crate::config::path::dotted(text)
    }

    fn text(node: &Node, key: &str) -> Option<String> {
        match &node.get(&[Step::Key(key.to_owned())])?.value {
            Value::Loose(text) => Some(text.to_string()),
            _ => None,
        }
    }

    #[test]
    fn the_stronger_source_wins_and_equals_do_not_compete() {
        let mut root = Node::table(Origin::Default);
        lay(&mut root, &path("a"), "1".to_owned(), &origin("A")).unwrap();
        let fault = lay(&mut root, &path("a"), "2".to_owned(), &origin("ALSO_A")).unwrap_err();
        assert_eq!(fault.to_string(), "ALSO_A: A says the same thing; keep one of the two");
        lay(&mut root, &path("a"), "3".to_owned(), &Origin::Flag("--a".into())).unwrap();
        assert_eq!(text(&root, "a").unwrap(), "3");
    }

    #[test]
    fn nonsense_is_no_setting() {
        let mut root = Node::table(Origin::Default);
        for bad in ["", ".", "a.", ".a", "a..b", "a.b.c.d.e.f.g.h.i"] {
            assert!(lay(&mut root, &path(bad), String::new(), &origin("A")).is_err(), "{bad}");
        }
        lay(&mut root, &path("a"), "1".to_owned(), &origin("A")).unwrap();
        assert!(lay(&mut root, &path("a.b"), "1".to_owned(), &origin("B")).is_err());
    }
}
