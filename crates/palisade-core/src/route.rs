//! The route that a request was matched to.

use std::sync::Arc;

/// Which route answers a request, and what it demands; cheap to clone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route(Arc<Inner>);

#[derive(Debug, PartialEq, Eq)]
struct Inner {
    template: Box<str>,
    policy: Box<str>,
    public: bool,
}

impl Route {
    /// A route by its template (`/models/{name}`) and its policy in words.
    #[must_use]
    pub fn new(template: &str, policy: &str, public: bool) -> Self {
        Self(Arc::new(Inner { template: template.into(), policy: policy.into(), public }))
    }

    /// The path as it was declared, with its parameters' names.
    #[must_use]
    pub fn template(&self) -> &str {
        &self.0.template
    }

    /// The policy in words, as the lock file prints it.
    #[must_use]
    pub fn policy(&self) -> &str {
        &self.0.policy
    }

    /// Whether anyone may call it, whatever they present.
    #[must_use]
    pub fn is_public(&self) -> bool {
        self.0.public
    }
}
