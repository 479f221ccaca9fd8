//! Whether callers are identified at all: a choice that must be written.

use palisade_core::{Authenticate, Authenticator, Permissions};

/// How a stack learns who is calling.
///
/// There is no default. "No authentication" is the written choice [`Auth::disabled`]; an empty list of tokens is a mistake.
#[derive(Clone, Debug)]
pub struct Auth(Choice);

#[derive(Clone, Debug)]
enum Choice {
    With(Authenticate),
    Disabled,
}

impl Auth {
    /// Callers present this kind of credential.
    #[must_use]
    pub fn with(kind: impl Authenticator) -> Self {
        Self(Choice::With(Authenticate::with(kind)))
    }

    /// Callers present this kind, or the ones before.
    #[must_use]
    pub fn or(self, kind: impl Authenticator) -> Self {
        match self.0 {
            Choice::With(authenticate) => Self(Choice::With(authenticate.or(kind))),
            Choice::Disabled => Self::with(kind),
        }
    }

    /// Gives every caller what their scopes imply; see [`Authenticate::permissions`].
    #[must_use]
    pub fn permissions(self, permissions: Permissions) -> Self {
        match self.0 {
            Choice::With(authenticate) => Self(Choice::With(authenticate.permissions(permissions))),
            Choice::Disabled => self,
        }
    }

    /// Removes presented credentials from requests once they were checked, so that no handler can leak them.
    #[must_use]
    pub fn strip(self) -> Self {
        match self.0 {
            Choice::With(authenticate) => Self(Choice::With(authenticate.strip())),
            Choice::Disabled => self,
        }
    }

    /// Nobody is identified and every route is open, whatever it demands. Logged at WARN when the stack is built.
    #[must_use]
    pub const fn disabled() -> Self {
        Self(Choice::Disabled)
    }

    pub(crate) fn guard(self) -> Authenticate {
        match self.0 {
            Choice::With(authenticate) => authenticate.identify(),
            Choice::Disabled => {
                tracing::warn!(
                    target: "palisade::setup",
                    "authentication is disabled: every route is open to everybody"
                );
                Authenticate::disabled()
            }
        }
    }
}
