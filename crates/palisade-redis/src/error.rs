//! Why a store cannot be set up.

use std::{error::Error, fmt};

/// Why a store cannot be set up. It never repeats the URL, which may hold a password.
#[derive(Debug)]
pub struct BuildError {
    kind: BuildErrorKind,
}

/// What is wrong with a store's settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum BuildErrorKind {
    /// The URL is none that this client understands.
    #[error(
        "the URL is not of the form redis://[user][:password@]host[:port][/database], or rediss:// with TLS; a cluster's begins with redis+cluster:// or rediss+cluster://"
    )]
    Url,
    /// TLS is not built in.
    #[error("rediss:// needs the feature `tls`")]
    Tls,
    /// The password would cross a network in the clear.
    #[error(
        "a server on another machine needs rediss:// and the feature `tls`, or dangerous_plaintext() where the network itself is trusted"
    )]
    Plaintext,
    /// The certificates to trust are none.
    #[error("the certificates to trust are not one or more certificates in PEM")]
    Roots,
    /// The nodes of a cluster must agree in user, password and database 0.
    #[error("the nodes of a cluster must have the same user and password, and a host each")]
    Nodes,
    /// Several nodes were given to a store that is no cluster.
    #[error("only a cluster has several nodes; its first URL begins with redis+cluster://")]
    NotACluster,
    /// An operation may take 1 to 250 milliseconds.
    #[error("the operation timeout is 1 to 250 milliseconds")]
    OperationTimeout,
    /// Connecting may take 10 milliseconds to 5 seconds.
    #[error("the connect timeout is 10 milliseconds to 5 seconds")]
    ConnectTimeout,
    /// A prefix is up to 32 letters, digits, and `:`, `-`, `_`, `.`.
    #[error("a key prefix is up to 32 ASCII letters, digits, and the characters : - _ .")]
    Prefix,
    /// A lease has 1 to 10,000 units and lasts 10 milliseconds to 60 seconds.
    #[error("a lease has 1 to 10000 units and lasts 10 milliseconds to 60 seconds")]
    Lease,
}

impl BuildError {
    /// What is wrong.
    #[must_use]
    pub const fn kind(&self) -> BuildErrorKind {
        self.kind
    }
}

impl From<BuildErrorKind> for BuildError {
    fn from(kind: BuildErrorKind) -> Self {
        Self { kind }
    }
}

impl fmt::Display for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.kind.fmt(f)
    }
}

impl Error for BuildError {}
