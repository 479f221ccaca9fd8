//! What is known of a document while a type is made of it, again and again until nothing new is found.

use crate::strict::{
    node::{Kind, Node},
    reader::MAX_NODES,
    trail::Trail,
    violation::{Violation, Violations},
};
use std::cell::RefCell;

/// One attempt.
#[derive(Debug, Default)]
pub(crate) struct Round {
    found: RefCell<Violations>,
    holes: Vec<u32>,
    added: Vec<(u32, &'static str, Node<'static>)>,
}

impl Round {
    /// Writes down what is wrong at the end of this trail, unless that follows from something that is known.
    pub(crate) fn tell(&self, trail: &Trail<'_>, code: &'static str, message: &'static str) {
        let mut found = self.found.borrow_mut();
        if !found.is_full() {
            found.push(Violation::new(trail.pointer(), code, message));
        }
    }

    /// The same for a place whose pointer is known already.
    pub(crate) fn tell_at(&self, pointer: String, code: &'static str, message: &'static str) {
        let follows = self.found.borrow().iter().any(|known| {
            pointer.strip_prefix(known.pointer()).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        });
        if !follows {
            self.found.borrow_mut().push(Violation::new(pointer, code, message));
        }
    }

    /// Whether anything may stand in for this node.
    pub(crate) fn is_hole(&self, id: u32) -> bool {
        self.holes.contains(&id)
    }

    /// `false` where it was one already, so that nothing is gained.
    pub(crate) fn dig(&mut self, id: u32) -> bool {
        let new = id != Node::NOWHERE && !self.holes.contains(&id);
        if new {
            self.holes.push(id);
        }
        new
    }

    /// Lets something stand in for a member that is missing; `false` where it stands there already.
    pub(crate) fn add(&mut self, to: u32, field: &'static str) -> bool {
        let new =
            to != Node::NOWHERE && !self.added.iter().any(|(id, known, _)| (*id, *known) == (to, field));
        if new {
            let id = MAX_NODES.saturating_add(u32::try_from(self.added.len()).unwrap_or(Node::NOWHERE));
            self.added.push((to, field, Node { id, kind: Kind::Any }));
        }
        new
    }

    pub(crate) fn added_to(&self, id: u32) -> Vec<(&'static str, &Node<'static>)> {
        self.added.iter().filter(|(to, ..)| *to == id).map(|(_, field, node)| (*field, node)).collect()
    }

    pub(crate) fn is_clean(&self) -> bool {
        self.found.borrow().is_empty()
    }

    pub(crate) fn into_found(self) -> Violations {
        self.found.into_inner()
    }
}
