//! Where a thing described in an answer can be found.

use serde::Serialize;

/// A relation and the path it leads to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Link {
    /// What the path is to the thing described: `self` is its own address.
    pub rel: &'static str,
    /// An absolute path on this server.
    pub href: String,
}

impl Link {
    /// The address of the thing itself.
    #[must_use]
    pub fn to_self(href: impl Into<String>) -> Self {
        Self { rel: "self", href: href.into() }
    }
}
