//! What `GET /` and `GET /v2/` answer, to anyone.

use crate::link::Link;
use serde::Serialize;

/// The body of `GET /`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Versions {
    /// Every version of the interface this server speaks.
    pub versions: Vec<Version>,
}

impl Versions {
    /// The one version there is.
    #[must_use]
    pub fn all() -> Self {
        Self { versions: vec![Version::v2()] }
    }
}

/// The body of `GET /v2/`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Version {
    /// How settled the version is.
    pub version: &'static str,
    /// The first segment of its paths.
    pub id: &'static str,
    /// Where it begins.
    pub links: Vec<Link>,
}

impl Version {
    /// Version 2 of the model interface.
    #[must_use]
    pub fn v2() -> Self {
        Self { version: "stable", id: "v2", links: vec![Link::to_self("/v2/")] }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_front_page_lists_v2() {
        let v2 = json!({"version": "stable", "id": "v2", "links": [{"rel": "self", "href": "/v2/"}]});
        assert_eq!(serde_json::to_value(Versions::all()).unwrap(), json!({"versions": [v2]}));
        assert_eq!(serde_json::to_value(Version::v2()).unwrap(), v2);
    }
}
