//! What stands around routes and shows in their document.

use http::HeaderName;
use palisade_core::Format;

/// What a document says that no route declares: its title, the credentials that are understood, and outer limits.
///
/// A stack fills it in by itself.
#[derive(Clone, Debug)]
#[must_use]
pub struct Surroundings {
    pub(crate) title: String,
    pub(crate) version: String,
    pub(crate) description: Option<String>,
    pub(crate) servers: Vec<String>,
    pub(crate) tags: Vec<(String, String)>,
    pub(crate) schemes: Vec<Scheme>,
    pub(crate) limits: Vec<&'static str>,
    pub(crate) has_networks: bool,
    pub(crate) format: Format,
}

/// A place in which credentials are looked for.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Scheme {
    /// `Authorization: Bearer …` (RFC 6750).
    Bearer,
    /// `Authorization: Basic …` (RFC 7617).
    Basic,
    /// A header of its own, such as `X-API-Key`.
    Header(HeaderName),
}

impl Surroundings {
    /// A document with this title and version, around which nothing stands.
    pub fn new(title: &str, version: &str) -> Self {
        Self {
            title: title.to_owned(),
            version: version.to_owned(),
            description: None,
            servers: Vec::new(),
            tags: Vec::new(),
            schemes: Vec::new(),
            limits: Vec::new(),
            has_networks: false,
            format: Format::Negotiated,
        }
    }

    /// Its title.
    #[must_use]
    pub fn title(&self) -> &str {
        &self.title
    }

    /// What the API is for (CommonMark).
    pub fn description(mut self, text: &str) -> Self {
        self.description = Some(text.to_owned());
        self
    }

    /// Where it is served, such as `https://api.example.com`; where the document itself came from, if nothing is said.
    pub fn server(mut self, url: &str) -> Self {
        self.servers.push(url.to_owned());
        self
    }

    /// A heading, and what stands below it (CommonMark). Readers see headings in the order in which they are named here, then the others.
    pub fn tag(mut self, name: &str, text: &str) -> Self {
        self.tags.push((name.to_owned(), text.to_owned()));
        self
    }

    /// Credentials of this kind are understood.
    pub fn scheme(mut self, scheme: Scheme) -> Self {
        if !self.schemes.contains(&scheme) {
            self.schemes.push(scheme);
        }
        self
    }

    /// A limit of this name stands outside of all routes that do not say they are exempt from it.
    pub fn limit(mut self, name: &'static str) -> Self {
        self.limits.push(name);
        self
    }

    /// Clients of some networks are refused.
    pub fn networks(mut self) -> Self {
        self.has_networks = true;
        self
    }

    /// Refusals read so.
    pub fn format(mut self, format: Format) -> Self {
        self.format = format;
        self
    }
}

impl Scheme {
    /// The name under which operations ask for it.
    pub(crate) fn name(&self) -> &str {
        match self {
            Self::Bearer => "bearer",
            Self::Basic => "basic",
            Self::Header(name) => name.as_str(),
        }
    }
}
