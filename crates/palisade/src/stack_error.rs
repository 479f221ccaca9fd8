//! Why there is no fence.

use crate::cors::CorsError;
use palisade_limit::LimitError;
use palisade_routes::RouteErrors;
use std::fmt;

/// One mistake in a stack.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StackError {
    /// In a limit of the stack.
    #[error("{name}: {error}")]
    Limit {
        /// `in_flight_limit`, `address_limit` or `principal_limit`.
        name: &'static str,
        /// What is wrong with it.
        error: LimitError,
    },
    /// A limit stands before authentication and looks at the caller: by what it counts, by its plans, or by whom it spares.
    #[error("{name}: looks at the caller, who is not known there: use `principal_limit`")]
    NoCaller {
        /// `address_limit`.
        name: &'static str,
    },
    /// A limit counts verified callers alone. It stands before routes say who may be nobody, so that it would answer whoever has
    /// no credential with 503.
    #[error(
        "{name}: counts callers alone, and requests without one would be 503: say what counts them, as `.or(By::client())`"
    )]
    OnlyCallers {
        /// `principal_limit`.
        name: &'static str,
    },
    /// A limit stands outside of the router and counts by route.
    #[error(
        "{name}: counts by route, which is not known there: declare the limit at the route, with `.limit_by`"
    )]
    NoRoute {
        /// `address_limit` or `principal_limit`.
        name: &'static str,
    },
    /// In CORS settings.
    #[error(transparent)]
    Cors(#[from] CorsError),
    /// The secret of a limit store is shorter than 16 bytes.
    #[error("the secret of the limit store is shorter than 16 bytes: make one with `openssl rand -hex 16`")]
    LimitSecret,
    /// A bound on heads is itself out of bounds.
    #[error("head_limit: {what} is out of bounds: {least} to {most}")]
    HeadLimit {
        /// `lines`, `bytes` or `target`.
        what: &'static str,
        /// The least.
        least: usize,
        /// The most.
        most: usize,
    },
    /// The settings say `auth = "application"`, and the program added no kind of credentials.
    #[error(
        "auth: `application` says that the program knows callers by itself, and it does not: add a kind of credentials with \
         `stack.map_auth(|auth| auth.or(…))`, or declare one among the settings"
    )]
    NoKind,
    /// Several kinds of credentials take any bearer token, so that one of them would refuse the tokens of the others.
    #[error(
        "auth: {kinds} each take any bearer token, so that all but the first would never be asked: give one list of tokens, or tokens that \
         are known by their shape, such as API keys by their prefix"
    )]
    SeveralOpaque {
        /// What they tell of themselves.
        kinds: String,
    },
    /// A route wants to be spared a limit of another name than `address` and `principal`.
    #[error("{path}: exempt from `{name}`: a stack's limits are `address` and `principal`")]
    Exemption {
        /// The path.
        path: String,
        /// The name.
        name: String,
    },
    /// In the description of a route, where an API document is made.
    #[cfg(feature = "openapi")]
    #[cfg_attr(docsrs, doc(cfg(feature = "openapi")))]
    #[error("api_document: {0}")]
    Document(#[from] palisade_routes::openapi::ShapeError),
    /// Something is kept in the memory of this process, and the stack runs on [several nodes](crate::Stack::several_nodes).
    #[error(
        "{what}: kept in the memory of this process, and the stack is for several nodes: give them a store that all share \
         (Redis, PostgreSQL), or leave out `several_nodes`"
    )]
    KeptHere {
        /// What is.
        what: String,
    },
    /// In the routes.
    #[error(transparent)]
    Routes(#[from] RouteErrors),
}

/// Every mistake in a stack.
pub struct StackErrors(pub(crate) Vec<StackError>);

impl StackErrors {
    /// The mistakes one by one.
    pub fn iter(&self) -> impl Iterator<Item = &StackError> {
        self.0.iter()
    }
}

impl fmt::Display for StackErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, error) in self.0.iter().enumerate() {
            if at > 0 {
                f.write_str("\n")?;
            }
            write!(f, "{error}")?;
        }
        Ok(())
    }
}

/// As [`Display`](fmt::Display): it is what a `main` that returns the error prints.
impl fmt::Debug for StackErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for StackErrors {}
