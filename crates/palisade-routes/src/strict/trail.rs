//! The way from the document to a place in it.

/// The longest name of a member that a pointer repeats, in bytes.
const MAX_NAME: usize = 128;
/// The longest pointer, in bytes.
const MAX_POINTER: usize = 512;

/// One step and all before it; lives on the stack of whoever walks.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Trail<'t> {
    step: Step<'t>,
    before: Option<&'t Self>,
}

#[derive(Clone, Copy, Debug)]
enum Step<'t> {
    Document,
    Member(&'t str),
    Element(usize),
}

impl<'t> Trail<'t> {
    pub(crate) const ROOT: Self = Trail { step: Step::Document, before: None };

    pub(crate) const fn member(&'t self, name: &'t str) -> Self {
        Self { step: Step::Member(name), before: Some(self) }
    }

    pub(crate) const fn element(&'t self, at: usize) -> Self {
        Self { step: Step::Element(at), before: Some(self) }
    }

    pub(crate) const fn is_member(&self) -> bool {
        matches!(self.step, Step::Member(_))
    }

    /// The JSON pointer (RFC 6901); it ends before the first step that would make it too long to tell.
    pub(crate) fn pointer(&self) -> String {
        let mut steps = Vec::new();
        let mut trail = Some(self);
        while let Some(here) = trail {
            steps.push(here.step);
            trail = here.before;
        }
        let mut pointer = String::new();
        for step in steps.into_iter().rev() {
            let name = match step {
                Step::Document => continue,
                Step::Member(name) => name.replace('~', "~0").replace('/', "~1"),
                Step::Element(at) => at.to_string(),
            };
            if name.len() > MAX_NAME || pointer.len() + 1 + name.len() > MAX_POINTER {
                break;
            }
            pointer.push('/');
            pointer.push_str(&name);
        }
        pointer
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pointers_escape_and_end_where_names_are_too_long() {
        let first = Trail::ROOT.member("a/b~c");
        let second = first.element(3);
        assert_eq!((Trail::ROOT.pointer().as_str(), second.pointer().as_str()), ("", "/a~1b~0c/3"));
        let long = "x".repeat(129);
        let third = second.member(&long);
        assert_eq!(third.member("y").pointer(), "/a~1b~0c/3");
    }
}
