//! Whether callers are identified at all: a choice that must be written.

use crate::{beside::Beside, stack_error::StackError};
#[cfg(feature = "api-keys")]
use palisade_apikey::ApiKeys;
use palisade_core::{Authenticate, Authenticator, Permissions};
#[cfg(feature = "jwt")]
use palisade_jwt::Jwt;

/// How a stack learns who is calling.
///
/// There is no default. "No authentication" is the written choice [`Auth::disabled`]; an empty list of tokens is a mistake.
#[derive(Clone, Debug)]
pub struct Auth {
    choice: Choice,
    beside: Beside,
    /// A kind of credentials was announced and has not been added.
    is_incomplete: bool,
}

#[derive(Clone, Debug)]
enum Choice {
    With(Authenticate),
    Disabled,
}

impl Auth {
    /// Callers present this kind of credential.
    #[must_use]
    pub fn with(kind: impl Authenticator) -> Self {
        Self {
            choice: Choice::With(Authenticate::with(kind)),
            beside: Beside::default(),
            is_incomplete: false,
        }
    }

    /// Callers present API keys. Answers to them carry what caches and owners of rotated keys must know
    /// ([`KeyHeaders`](palisade_apikey::KeyHeaders)).
    ///
    /// Keys come before kinds that take any bearer token: `Auth::keys(keys).or(tokens)`.
    #[cfg(feature = "api-keys")]
    #[cfg_attr(docsrs, doc(cfg(feature = "api-keys")))]
    #[must_use]
    pub fn keys(keys: ApiKeys) -> Self {
        let beside = Beside { keys: Some(keys.headers()) };
        Self { beside, ..Self::with(keys) }
    }

    /// Callers present tokens that an issuer signed ([`palisade_jwt`]).
    ///
    /// Every kind is known by its shape: keys of this service by their prefix, then what has three parts as signed tokens do, then whatever
    /// else a bearer may bring. Kinds of opaque tokens come last, in whichever order they are added:
    /// `Auth::keys(keys).or(jwt).or(tokens)`; there can be one of them.
    #[cfg(feature = "jwt")]
    #[cfg_attr(docsrs, doc(cfg(feature = "jwt")))]
    #[must_use]
    pub fn jwt(jwt: Jwt) -> Self {
        Self::with(jwt)
    }

    /// Callers present this kind, or the ones before.
    #[must_use]
    pub fn or(self, kind: impl Authenticator) -> Self {
        let choice = match self.choice {
            Choice::With(authenticate) => Choice::With(authenticate.or(kind)),
            Choice::Disabled => Choice::With(Authenticate::with(kind)),
        };
        Self { choice, is_incomplete: false, ..self }
    }

    /// Gives every caller what their scopes imply; see [`Authenticate::permissions`].
    #[must_use]
    pub fn permissions(self, permissions: Permissions) -> Self {
        let choice = match self.choice {
            Choice::With(authenticate) => Choice::With(authenticate.permissions(permissions)),
            Choice::Disabled => Choice::Disabled,
        };
        Self { choice, ..self }
    }

    /// Removes presented credentials from requests once they were checked, so that no handler can leak them.
    #[must_use]
    pub fn strip(self) -> Self {
        let choice = match self.choice {
            Choice::With(authenticate) => Choice::With(authenticate.strip()),
            Choice::Disabled => Choice::Disabled,
        };
        Self { choice, ..self }
    }

    /// Nobody is identified and every route is open, whatever it demands. Logged at WARN when the stack is built.
    #[must_use]
    pub fn disabled() -> Self {
        Self { choice: Choice::Disabled, beside: Beside::default(), is_incomplete: false }
    }

    /// The program knows callers by itself, and adds how.
    #[cfg(feature = "config")]
    pub(crate) fn of_program() -> Self {
        let choice = Choice::With(Authenticate::none());
        Self { choice, beside: Beside::default(), is_incomplete: true }
    }

    /// The program adds a kind of credentials to these.
    #[cfg(feature = "config")]
    pub(crate) fn and_of_program(self) -> Self {
        Self { is_incomplete: true, ..self }
    }

    /// Whether a kind was announced and has not been added.
    pub(crate) const fn awaits_kind(&self) -> bool {
        self.is_incomplete
    }

    /// The kinds of credentials that are understood; none where authentication is disabled.
    pub(crate) fn kinds(&self) -> impl Iterator<Item = &dyn Authenticator> {
        match &self.choice {
            Choice::With(authenticate) => Some(authenticate.kinds()),
            Choice::Disabled => None,
        }
        .into_iter()
        .flatten()
    }

    /// The permissions that were declared.
    #[cfg(feature = "config")]
    pub(crate) const fn declared(&self) -> Option<&Permissions> {
        match &self.choice {
            Choice::With(authenticate) => authenticate.declared(),
            Choice::Disabled => None,
        }
    }

    /// Kinds that each claim every bearer token, where there are several: the first would refuse the tokens of all others.
    pub(crate) fn rivals(&self) -> Option<StackError> {
        let all: Vec<_> = self.kinds().filter(|kind| kind.claims_any_bearer()).map(short).collect();
        (all.len() > 1).then(|| StackError::SeveralOpaque { kinds: all.join(" and ") })
    }

    /// What only this process knows of who may call.
    pub(crate) fn kept_here(&self) -> Vec<&'static str> {
        match &self.choice {
            Choice::With(authenticate) => authenticate.kept_here(),
            Choice::Disabled => Vec::new(),
        }
    }

    pub(crate) fn guards(self) -> (Authenticate, Beside) {
        let authenticate = match self.choice {
            Choice::With(authenticate) => authenticate.identify(),
            Choice::Disabled => {
                tracing::warn!(
                    target: "palisade::setup",
                    "authentication is disabled: every route is open to everybody"
                );
                Authenticate::disabled()
            }
        };
        (authenticate, self.beside)
    }
}

/// A kind by its name and what it tells of itself, which is no secret, on one line and not too long.
fn short(kind: &dyn Authenticator) -> String {
    const WIDEST: usize = 80;
    let told = format!("{kind:?}").split_whitespace().collect::<Vec<_>>().join(" ");
    if told.chars().count() <= WIDEST {
        return format!("`{told}`");
    }
    format!("`{}…`", told.chars().take(WIDEST).collect::<String>())
}
