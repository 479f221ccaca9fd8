//! Where a stack's routes are told to readers; nothing where the feature is off.

use crate::{stack::Stack, stack_error::StackError};
use palisade_routes::Routes;

#[cfg(feature = "openapi")]
impl Stack {
    /// Writes everything that it protects into this document.
    #[cfg_attr(docsrs, doc(cfg(feature = "openapi")))]
    #[must_use]
    pub fn api_document(mut self, document: &crate::api_document::ApiDocument) -> Self {
        self.document = Some(document.clone());
        self
    }
}

/// Writes the document that a stack was given, if it was; what keeps it from being written.
#[cfg(feature = "openapi")]
pub(crate) fn told(stack: &Stack, routes: &Routes<()>) -> Option<StackError> {
    use crate::outer::{ADDRESS, PRINCIPAL};
    use http::header::AUTHORIZATION;
    use palisade_routes::openapi::Scheme;

    let document = stack.document.as_ref()?;
    let mut around = document.around().clone().format(stack.envelope.format());
    for kind in stack.auth.kinds() {
        let challenge = kind.challenge().map(|challenge| challenge.to_header());
        let is_basic = challenge.is_some_and(|line| line.as_bytes().starts_with(b"Basic "));
        for place in kind.places() {
            around = around.scheme(match place {
                AUTHORIZATION if is_basic => Scheme::Basic,
                AUTHORIZATION => Scheme::Bearer,
                place => Scheme::Header(place),
            });
        }
    }
    for (name, limit) in [(ADDRESS, &stack.address), (PRINCIPAL, &stack.principal)] {
        if limit.is_some() {
            around = around.limit(name);
        }
    }
    if stack.networks.is_some() {
        around = around.networks();
    }
    match palisade_routes::openapi::document(routes.table(), &around) {
        Ok(written) => {
            document.fill(&written);
            None
        }
        Err(error) => Some(StackError::Document(error)),
    }
}

#[cfg(not(feature = "openapi"))]
pub(crate) fn told(stack: &Stack, _: &Routes<()>) -> Option<StackError> {
    // Without the feature nobody can have given one.
    debug_assert!(stack.document.is_none());
    None
}
